using System.Net;
using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>The console as others than super administrators see it: no more than what they may do.</summary>
public sealed class RolesJourneyTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    private static readonly string[] looks = ["Filters", "Refresh", "Export CSV", "Export JSON lines", "Show all", "Verify", "Older"];

    [Fact]
    public async Task A_developer_makes_a_consumer_with_a_group_they_were_given_gets_a_token_with_it_and_sees_no_other()
    {
        var email = await Person("developer@acme.test", "integration_developer", "--may-assign", "Viewers");
        var page = await site.Open(chromium, "/settings", email: email);
        var wrong = page.Watch(site.Node.Issuer);
        await page.ShouldReach(site.Node.Issuer + ConsoleSite.Path);
        await Assertions.Expect(page.Locator(".list.empty h2")).ToHaveTextAsync("You have no consumers yet");
        await Assertions.Expect(page.Locator(".menu a")).ToHaveTextAsync(["API Connections", "Account"]);
        await Assertions.Expect(page.Locator(".tabs a")).ToHaveTextAsync(["OAuth consumers", "App authorizations"]);
        await Assertions.Expect(page.Locator(".tabs a.active")).ToHaveTextAsync("OAuth consumers");
        await Assertions.Expect(page.Locator(".looking")).ToHaveCountAsync(0);

        await page.ClickAsync(".head a.button");
        await page.FillAsync("#name", "Warehouse bridge");
        (await page.Locator("#group option").AllInnerTextsAsync()).Skip(1).ShouldBe(["Viewers"]);
        (await page.Locator("#new-group-button").CountAsync()).ShouldBe(0);
        await page.SelectOptionAsync("#group", "Viewers");
        await Assertions.Expect(page.Locator(".may")).ToContainTextAsync("It will be able to");
        await page.ShouldBeAccessible();
        await page.ClickAsync("form button[type=submit]");
        var made = new TestConsumer(await page.InnerTextAsync("#key"), await page.InnerTextAsync("#secret"), "Warehouse bridge", "");
        site.Installation.Watch(made.Secret);
        (await site.Node.Token(made)).Status.ShouldBe(HttpStatusCode.OK);

        await page.CheckAsync("main .check input");
        await page.ClickAsync("main > .button");
        await page.ShouldReach($"{site.Node.Issuer}{ConsoleSite.Consumers}/{made.Key}");
        await Assertions.Expect(page.Locator(".facts")).ToContainTextAsync($"Owner{"\n"}developer · {email}", new() { UseInnerText = true });
        (await page.Locator("#owner").CountAsync()).ShouldBe(0);
        await page.FillAsync("#description", "Moves stock.");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator("[role=status]")).ToContainTextAsync("Saved.");

        await page.ClickAsync(".crumbs a");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await page.ClickAsync(".tabs a:has-text('App authorizations')");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("tbody tr")).ToContainTextAsync("Warehouse bridge");
        wrong.ShouldBeEmpty();

        foreach (var (path, sentence) in new[]
        {
            ($"{ConsoleSite.Consumers}/{site.Program.Key}", $"There is no consumer \"{site.Program.Key}\"."),
            ($"{ConsoleSite.Authorizations}?consumer={site.Program.Key}", $"There is no consumer \"{site.Program.Key}\"."),
            (ConsoleSite.Apis, "Your role does not allow this; ask a super administrator."),
            (ConsoleSite.Apis + "/new", "Your role does not allow this; ask a super administrator."),
            (ConsoleSite.Groups, "Your role does not allow this; ask a super administrator."),
            (ConsoleSite.Groups + "/groups/new", "Your role does not allow this; ask a super administrator."),
            ($"{ConsoleSite.Groups}/groups/{site.Group}", "Your role does not allow this; ask a super administrator."),
            (ConsoleSite.Groups + "/switches", "Your role does not allow this; ask a super administrator."),
            ("/settings/log", "Your role does not allow this; ask a super administrator."),
        })
        {
            await page.GotoAsync(site.Node.Issuer + path);
            await Assertions.Expect(page.Locator("main [role=alert]")).ToContainTextAsync(sentence);
            (await page.Locator("main .danger, main form button[type=submit], main a[href$='/new'], main tbody tr, main .head button").CountAsync()).ShouldBe(0, path);
            (await page.InnerTextAsync("main")).ShouldNotContain("Nightly report");
        }
    }

    [Fact]
    public async Task A_developer_without_a_group_to_hand_out_is_told_whom_to_ask()
    {
        var page = await site.Open(chromium, ConsoleSite.Consumers + "/new", email: await Person("new.developer@acme.test", "integration_developer"));
        await Assertions.Expect(page.Locator("main [role=alert]")).ToContainTextAsync("ask a super administrator");
        (await page.Locator("main form").CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_super_administrator_gives_a_consumer_to_a_developer_who_has_it_from_then_on()
    {
        var email = await Person("next.developer@acme.test", "integration_developer", "--may-assign", "Technicians");
        var address = $"{ConsoleSite.Consumers}/{site.Program.Key}";
        var admin = await site.Open(chromium, address);
        await Assertions.Expect(admin.Locator("#owner option:checked")).ToHaveTextAsync("Nobody");
        await admin.FillAsync("#description", "Typed before the owner was changed.");
        await admin.SelectOptionAsync("#owner", email);
        await admin.ShouldBeAccessible();
        await admin.ClickAsync("button:has-text('Change owner')");
        await Assertions.Expect(admin.Locator("[role=status]")).ToContainTextAsync("The owner was changed.");
        await admin.ClickAsync("form button[type=submit]");
        await Assertions.Expect(admin.Locator("[role=status]")).ToContainTextAsync("Saved.");

        var developer = await site.Open(chromium, address, email: email);
        await Assertions.Expect(developer.Locator("#description")).ToHaveValueAsync("Typed before the owner was changed.");
        // The group that it is in is not theirs to hand out, but it may stay there.
        await Assertions.Expect(developer.Locator("#group option:checked")).ToHaveTextAsync("Viewers");
        await admin.SelectOptionAsync("#owner", "");
        await admin.ClickAsync("button:has-text('Change owner')");
        await Assertions.Expect(admin.Locator("button:has-text('Change owner')")).ToBeDisabledAsync();

        await developer.ClickAsync("form button[type=submit]");
        await Assertions.Expect(developer.Locator("main [role=alert]")).ToContainTextAsync($"There is no consumer \"{site.Program.Key}\".");
    }

    [Fact]
    public async Task An_auditor_sees_every_page_and_nothing_that_changes_anything()
    {
        var page = await site.Open(chromium, ConsoleSite.Consumers, email: await Person("auditor@acme.test", "auditor"));
        var key = site.Program.Key;
        foreach (var (path, wait) in new[]
        {
            (ConsoleSite.Consumers, "tbody tr"),
            ($"{ConsoleSite.Consumers}/{key}", "#name"),
            ($"{ConsoleSite.Consumers}/{site.Site.Consumer.Key}", "#name"),
            ($"{ConsoleSite.Consumers}/{key}/credentials", "tbody tr"),
            ($"{ConsoleSite.Consumers}/{key}/requests", "tbody tr"),
            ($"{ConsoleSite.Consumers}/{key}/authorizations", "tbody tr"),
            (ConsoleSite.Authorizations, "tbody tr"),
            ($"{ConsoleSite.Authorizations}?consumer={site.Site.Consumer.Key}", "tbody tr"),
            (ConsoleSite.Apis, "tbody tr"),
            ($"{ConsoleSite.Apis}/{site.Api}", "#name"),
            (ConsoleSite.Groups, "tbody tr"),
            ($"{ConsoleSite.Groups}/groups/{site.Group}", "#group-name"),
            (ConsoleSite.Groups + "/switches", "tbody tr"),
            ("/settings/log", "tbody tr"),
        })
        {
            await page.GotoAsync(site.Node.Issuer + path);
            await page.WaitForSelectorAsync(wait);
            await Assertions.Expect(page.Locator(".looking")).ToHaveTextAsync("You can look at everything here and change nothing.");
            (await page.Locator(".note.bad").CountAsync()).ShouldBe(0, path);
            var pressed = await page.Locator("main .button").AllInnerTextsAsync();
            pressed.Select(text => text.Trim()).Where(text => text.Length > 0 && !looks.Contains(text)).ShouldBeEmpty(path);
            (await page.Locator("main .danger, main form button[type=submit]").CountAsync()).ShouldBe(0, path);
            // Fields of a form only show; those above the columns of a list filter it.
            (await page.Locator("main form :is(input:not([type=checkbox]), textarea):not([readonly]), main form :is(select, input[type=checkbox]):not([disabled]), main td.tick, main th.tick").CountAsync()).ShouldBe(0, path);
            await page.ShouldBeAccessible();
            await page.SetViewportSizeAsync(360, 740);
            await page.ShouldFit();
            await page.SetViewportSizeAsync(1280, 800);
        }

        foreach (var path in new[] { ConsoleSite.Consumers + "/new", ConsoleSite.Apis + "/new", ConsoleSite.Groups + "/groups/new" })
        {
            await page.GotoAsync(site.Node.Issuer + path);
            await Assertions.Expect(page.Locator("main [role=alert]")).ToContainTextAsync("Your role does not allow this; ask a super administrator.");
            (await page.Locator("main form").CountAsync()).ShouldBe(0, path);
        }
    }

    private async Task<string> Person(string email, string role, params string[] options)
    {
        await site.Installation.DoWith(Site.Password, ["user", "create", "--company", "Acme", "--email", email, "--role", role, "--group", "Technicians", .. options]);
        return email;
    }
}
