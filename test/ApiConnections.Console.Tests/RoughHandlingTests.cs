using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>What people, browsers and strangers do to a form: nothing is done twice, and a sentence says what is the matter.</summary>
public sealed class RoughHandlingTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    private const string New = ConsoleSite.Consumers + "/new";

    [Fact]
    public async Task A_double_click_makes_one_consumer()
    {
        var page = await site.Open(chromium, New);
        await page.FillAsync("#name", "Pressed twice");
        await page.SelectOptionAsync("#group", "Viewers");
        await page.DblClickAsync("form button[type=submit]");

        site.Installation.Watch(await page.InnerTextAsync("#secret"));
        (await page.InnerTextAsync("#key")).Length.ShouldBe(20);
        (await site.Installation.Count("consumers where name = 'Pressed twice'")).ShouldBe(1);
    }

    [Fact]
    public async Task Who_was_signed_out_meanwhile_has_done_nothing_and_comes_back_after_signing_in()
    {
        var page = await site.Open(chromium, New, new Window { Language = "es-CO" });
        await page.FillAsync("#name", "Typed for nothing");
        await page.SelectOptionAsync("#group", "Viewers");
        await site.Installation.Execute("delete from sessions");
        await page.ClickAsync("form button[type=submit]");

        await page.ShouldReach(site.Node.Issuer + "/signin?return=");
        (await site.Installation.Count("consumers where name = 'Typed for nothing'")).ShouldBe(0);
        await page.SignIn(ConsoleSite.Admin, Site.Password);
        await page.ShouldReach(site.Node.Issuer + New);
    }

    [Theory]
    [InlineData("Ledger\u202Eegdel"), InlineData("Ledger\u0007"), InlineData("   "), InlineData("\u200B")]
    public async Task A_name_that_cannot_be_read_is_refused_beside_its_field_and_stays(string name)
    {
        var page = await site.Open(chromium, New, new Window { Language = "pt-BR" });
        await page.FillAsync("#name", name);
        await page.SelectOptionAsync("#group", "Viewers");
        var before = await site.Installation.Count("consumers");
        await page.ClickAsync("form button[type=submit]");

        await Assertions.Expect(page.Locator("#name-problem")).ToContainTextAsync("O nome");
        (await page.InputValueAsync("#name")).ShouldBe(name);
        (await site.Installation.Count("consumers")).ShouldBe(before);
    }

    [Fact]
    public async Task Markup_and_ten_megabytes_are_only_text()
    {
        const string Name = "<img src=x onerror=document.title='broken'>";
        var page = await site.Open(chromium, New);
        var wrong = page.Watch(site.Node.Issuer);
        await page.FillAsync("#name", Name);
        await page.SelectOptionAsync("#group", "Viewers");
        // As a paste: the browser itself keeps to the length of the field.
        await page.FocusAsync("#description");
        await page.EvaluateAsync("document.execCommand('insertText', false, 'x'.repeat(10_000_000))");
        (await page.InputValueAsync("#description")).Length.ShouldBeLessThan(10_000);
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator("#description-problem")).ToBeVisibleAsync();
        await page.FillAsync("#description", "<script>document.title='broken'</script>");
        await page.ClickAsync("form button[type=submit]");

        site.Installation.Watch(await page.InnerTextAsync("#secret"));
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync(Name);
        await page.CheckAsync("main .check input");
        await page.ClickAsync("main > .button");
        await page.GotoAsync(site.Node.Issuer + ConsoleSite.Consumers + "?q=onerror");
        await Assertions.Expect(page.Locator("tbody")).ToContainTextAsync(Name);
        (await page.TitleAsync()).ShouldNotContain("broken");
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_edit_of_what_was_deleted_meanwhile_says_so()
    {
        var made = await site.Installation.Reveal("consumer", "create", "--company", "Acme", "--name", "Soon gone", "--grant", "client_credentials", "--group", "Viewers");
        var key = made.GetProperty("key").GetString()!;
        var page = await site.Open(chromium, $"{ConsoleSite.Consumers}/{key}");
        await page.FillAsync("#description", "Too late.");
        await site.Installation.Do("consumer", "delete", key);
        await page.ClickAsync("form button[type=submit]");

        await Assertions.Expect(page.Locator("main [role=alert]").First).ToContainTextAsync($"There is no consumer \"{key}\".");
        (await page.InputValueAsync("#description")).ShouldBe("Too late.");
    }
}
