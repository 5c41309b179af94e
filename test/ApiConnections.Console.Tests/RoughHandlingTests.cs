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
    public async Task Who_was_signed_out_meanwhile_has_done_nothing_and_goes_on_with_what_was_typed_after_signing_in()
    {
        var page = await site.Open(chromium, New, new Window { Language = "es-CO" });
        await page.CheckAsync("input[value=authorization_code]");
        await page.FillAsync("#name", "Typed once");
        await page.FillAsync("input.mono >> nth=0", "https://app.example.com/callback");
        await page.SelectOptionAsync("#group", "Viewers");
        await site.Installation.Execute("delete from sessions");
        await page.ClickAsync("form button[type=submit]");

        await page.ShouldReach(site.Node.Issuer + "/signin?return=");
        (await site.Installation.Count("consumers where name = 'Typed once'")).ShouldBe(0);
        await page.SignIn(ConsoleSite.Admin, Site.Password);
        await page.ShouldReach(site.Node.Issuer + New);
        await Assertions.Expect(page.Locator("input[value=authorization_code]")).ToBeCheckedAsync();
        await Assertions.Expect(page.Locator("#name")).ToHaveValueAsync("Typed once");
        await Assertions.Expect(page.Locator("input.mono >> nth=0")).ToHaveValueAsync("https://app.example.com/callback");
        await Assertions.Expect(page.Locator("#group")).ToHaveValueAsync("Viewers");
        (await page.EvaluateAsync<int>("sessionStorage.length")).ShouldBe(0);
        await page.ClickAsync("form button[type=submit]");

        site.Installation.Watch(await page.InnerTextAsync("#secret"));
        (await site.Installation.Count("consumers where name = 'Typed once'")).ShouldBe(1);
    }

    [Fact]
    public async Task What_was_typed_is_for_nobody_else_who_signs_in_after()
    {
        var other = await site.Installation.Login("super_administrator");
        var page = await site.Open(chromium, New);
        await page.FillAsync("#name", "Only mine");
        await page.SelectOptionAsync("#group", "Viewers");
        await site.Installation.Execute("delete from sessions");
        await page.ClickAsync("form button[type=submit]");
        await page.ShouldReach(site.Node.Issuer + "/signin?return=");
        await page.SignIn(other.Email, other.Password);

        await page.ShouldReach(site.Node.Issuer + New);
        await Assertions.Expect(page.Locator("#name")).ToHaveValueAsync("");
        (await page.EvaluateAsync<int>("sessionStorage.length")).ShouldBe(0);
    }

    [Fact]
    public async Task A_connection_that_breaks_comes_back_with_everything_in_its_place()
    {
        var page = await site.Open(chromium, ConsoleSite.Consumers);
        await page.AddInitScriptAsync("window.sockets = []; const Socket = WebSocket; window.WebSocket = class extends Socket { constructor(...how) { super(...how); sockets.push(this); } };");
        await page.GotoAsync(site.Node.Issuer + New);
        await page.FillAsync("#name", "Through a tunnel");
        await page.SelectOptionAsync("#group", "Viewers");
        (await page.EvaluateAsync<int>("sockets.length")).ShouldBe(1);
        // It may be back before anybody looks: what was shown is noted where it is shown.
        await page.EvaluateAsync(
            """
            () => new Promise((shown, never) => {
                setTimeout(() => never(new Error('Nobody was told that the connection was lost.')), 15_000);
                const lost = document.getElementById('components-reconnect-modal');
                new MutationObserver(() => lost.checkVisibility({ visibilityProperty: true }) && shown()).observe(lost, { attributes: true });
                sockets[0].close();
            })
            """);
        await Assertions.Expect(page.Locator("#components-reconnect-modal")).ToBeHiddenAsync();
        await Assertions.Expect(page.Locator("#name")).ToHaveValueAsync("Through a tunnel");
        await page.ClickAsync("form button[type=submit]");
        site.Installation.Watch(await page.InnerTextAsync("#secret"));
        (await site.Installation.Count("consumers where name = 'Through a tunnel'")).ShouldBe(1);
    }

    [Fact]
    public async Task A_page_that_has_to_be_loaded_anew_keeps_what_was_typed_but_no_secret()
    {
        var made = await site.Installation.Reveal("consumer", "create", "--company", "Acme", "--name", "Loaded anew", "--grant", "client_credentials", "--group", "Viewers");
        var page = await site.Open(chromium, $"{ConsoleSite.Consumers}/{made.GetProperty("key").GetString()}");
        await page.FillAsync("#description", "Half a sent");
        await page.EvaluateAsync("document.querySelector('[data-reload]').click()");
        await Assertions.Expect(page.Locator("#description")).ToHaveValueAsync("Half a sent");

        await page.GotoAsync(page.Url + "/test");
        await page.FillAsync("#test-secret", made.GetProperty("secret").GetString()!);
        await page.EvaluateAsync("consolePages.keep()");
        (await page.EvaluateAsync<string>("JSON.stringify(sessionStorage)")).ShouldNotContain(made.GetProperty("secret").GetString()!);
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
