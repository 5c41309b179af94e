using System.Net;
using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>Who gets into the console, and who is out of it again.</summary>
public sealed class ConsoleAccessTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    [Fact]
    public async Task Nobody_is_sent_to_sign_in_and_a_user_is_told_that_it_is_not_theirs()
    {
        var stranger = await chromium.Open();
        await stranger.GotoAsync(site.Node.Issuer + ConsoleSite.Consumers);
        await stranger.ShouldReach(site.Node.Issuer + "/signin?return=");

        var user = await chromium.Open();
        await user.GotoAsync($"{site.Node.Issuer}/signin?return={Uri.EscapeDataString(ConsoleSite.Consumers)}");
        await user.SignIn(site.Site.Email, Site.Password);
        await user.WaitForSelectorAsync("h1");
        (await user.InnerTextAsync("h1")).ShouldBe("The settings are for those who administer the company");
        (await user.APIRequest.GetAsync(site.Node.Issuer + ConsoleSite.Path + "/consumers.csv")).Status.ShouldBe(403);
        (await user.APIRequest.PostAsync(site.Node.Issuer + "/_blazor/negotiate?negotiateVersion=1")).Status.ShouldBe(401);
    }

    [Fact]
    public async Task A_circuit_is_opened_from_our_own_pages_alone()
    {
        var page = await site.Open(chromium, ConsoleSite.Consumers);
        var answer = await page.APIRequest.PostAsync(site.Node.Issuer + "/_blazor/negotiate?negotiateVersion=1", new() { Headers = [new("Origin", "https://elsewhere.test")] });
        answer.Status.ShouldBe(403);
    }

    [Theory]
    [InlineData("/settings/api-connections/consumers?page=abc&desc=perhaps&sort=zqx&status=zqx&grant=zqx&group=zqx&q=%00"), InlineData("/settings/api-connections/consumers?page=-1"), InlineData("/settings/api-connections/consumers?page=99999999999999999999")]
    [InlineData("/settings/api-connections/authorizations?page=abc&desc=perhaps&used=zqx&q=%00"), InlineData("/settings/api-connections/apis?q=%00&page=abc"), InlineData("/settings/modules?page=abc&q=%00")]
    [InlineData("/settings/log?before=abc&from=never&to=0000-00-00&module=zqx&actor=%00"), InlineData("/settings/log?before=-1")]
    public async Task An_address_that_says_nonsense_shows_the_list_all_the_same(string address)
    {
        var page = await chromium.Open();
        var wrong = page.Watch(site.Node.Issuer);
        await page.GotoAsync($"{site.Node.Issuer}/signin?return=%2Fsettings");
        await page.SignIn(ConsoleSite.Admin, Site.Password);
        await page.ShouldReach(site.Node.Issuer + "/settings");
        await page.GotoAsync(site.Node.Issuer + address);

        await page.WaitForSelectorAsync("main table thead");
        await page.ClickAsync("main button:has-text('Refresh')"); // it still answers
        await page.WaitForSelectorAsync("main table thead");
        (await page.Locator("#blazor-error-ui").IsVisibleAsync()).ShouldBeFalse();
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_is_demoted_while_the_console_is_open_can_do_nothing_more()
    {
        const string Email = "leaving@acme.test";
        await site.Installation.DoWith(Site.Password, "user", "create", "--company", "Acme", "--email", Email, "--name", "Leo Ruiz", "--role", "super_administrator", "--group", "Technicians");
        var page = await site.Open(chromium, $"{ConsoleSite.Consumers}/{site.Program.Key}", email: Email);
        await page.WaitForSelectorAsync("#name");
        await site.Installation.Execute($"update users set role = 'user' where email = '{Email}'");

        await page.ClickAsync(".head .second");
        await page.ClickAsync(".mud-dialog .danger");
        await Assertions.Expect(page.Locator("[role=status]")).ToContainTextAsync("Your role does not allow this; ask a super administrator.");
        (await site.Node.Token(site.Program)).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Making_a_secret_asks_for_the_password_when_the_sign_in_was_more_than_ten_minutes_ago()
    {
        var page = await site.Open(chromium, $"{ConsoleSite.Consumers}/{site.Program.Key}/credentials");
        await page.WaitForSelectorAsync("#label");
        await site.Installation.Execute("update sessions set authenticated_at = authenticated_at - 11 * 60 * 1000");
        var before = await site.Installation.Count("consumer_secrets");
        await page.ClickAsync("form button[type=submit]");
        await page.FillAsync("#anew-password", "not the password");
        await page.PressAsync("#anew-password", "Enter");
        await Assertions.Expect(page.Locator(".mud-dialog [role=alert]")).ToContainTextAsync("The password is wrong.");
        (await site.Installation.Count("consumer_secrets")).ShouldBe(before);

        await page.FillAsync("#anew-password", Site.Password);
        await page.PressAsync("#anew-password", "Enter");
        site.Installation.Watch(await page.InnerTextAsync("#secret"));
        (await site.Installation.Count("consumer_secrets")).ShouldBe(before + 1);
    }

    [Fact]
    public async Task Another_companys_consumers_are_not_there()
    {
        await site.Installation.Do("company", "create", "Other");
        await site.Installation.Do("group", "create", "--company", "Other", "--name", "Viewers", "--scopes", "tasks:view");
        var theirs = await site.Installation.Reveal("consumer", "create", "--company", "Other", "--name", "Their program", "--grant", "client_credentials", "--group", "Viewers");
        var key = theirs.GetProperty("key").GetString()!;

        foreach (var tab in new[] { "", "/credentials", "/requests", "/authorizations" })
        {
            var page = await site.Open(chromium, $"{ConsoleSite.Consumers}/{key}{tab}");
            await Assertions.Expect(page.Locator("main [role=alert]")).ToContainTextAsync($"There is no consumer \"{key}\".");
            (await page.ContentAsync()).ShouldNotContain("Their program");
            await page.Context.CloseAsync();
        }
    }
}
