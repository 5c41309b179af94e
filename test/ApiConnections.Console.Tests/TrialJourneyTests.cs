using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>An administrator tries a consumer: what it would get, why it would be refused, and nothing of it is left.</summary>
public sealed class TrialJourneyTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    [Theory]
    [InlineData("en-US", "When it expires", "Ended. APIs refuse this token")]
    [InlineData("es-CO", "Cuándo vence", "Terminado. Las API rechazan este token")]
    [InlineData("pt-BR", "Quando expira", "Encerrado. As APIs recusam este token")]
    public async Task A_program_is_tried_its_token_explained_and_ended_at_a_press_or_with_the_page(string language, string meaning, string ended)
    {
        var page = await site.Open(chromium, $"{ConsoleSite.Consumers}/{site.Program.Key}/test", new Window { Language = language });
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var wrong = page.Watch(site.Node.Issuer);
        var asked = Addresses(page);

        var first = await Try(page);
        await Assertions.Expect(page.Locator("tbody")).ToContainTextAsync(meaning);
        await Assertions.Expect(page.Locator("pre")).ToContainTextAsync("\"active\": true");
        await Assertions.Expect(page.Locator("#token")).ToContainTextAsync("warehouses:delete");
        await Assertions.Expect(page.Locator("#test-secret")).ToHaveValueAsync("");
        (await IsGood(first)).ShouldBeTrue();
        await ShouldKeepNothing(page, first);
        await page.ClickAsync("#token .danger");
        await Assertions.Expect(page.Locator("[role=status]")).ToContainTextAsync(ended);
        (await IsGood(first)).ShouldBeFalse();

        // Whoever simply leaves need not have pressed anything.
        var second = await Try(page);
        var shortened = await page.InnerTextAsync("#token .secret span");
        await page.ClickAsync(".tabs li:nth-child(3) a");
        await page.WaitForSelectorAsync("tbody .badge");
        (await page.ContentAsync()).ShouldNotContain(shortened);
        await ApiConnections.Tests.Support.Should.Within(TimeSpan.FromSeconds(15), async () => !await IsGood(second), "a token ends with its page");

        await ShouldKeepNothing(page, second);
        asked.ShouldAllBe(address => !address.Contains(site.Program.Secret) && !address.Contains(first) && !address.Contains(second));
        wrong.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("en-US", "Look under Credentials", "The secret is none of the consumer's live ones")]
    [InlineData("es-CO", "Mire en Credenciales", "El secreto no es ninguno de los vigentes")]
    [InlineData("pt-BR", "Veja em Credenciais", "O segredo não é nenhum dos ativos")]
    public async Task A_refusal_says_why_what_was_expected_and_what_to_do(string language, string next, string why)
    {
        var page = await site.Open(chromium, $"{ConsoleSite.Consumers}/{site.Program.Key}/test", new Window { Language = language });
        await page.FillAsync("#test-secret", site.Site.Consumer.Secret);
        await page.PressAsync("#test-secret", "Enter");

        var refused = page.Locator("#refused");
        await Assertions.Expect(refused).ToContainTextAsync("invalid_client");
        await Assertions.Expect(refused).ToContainTextAsync(why);
        await Assertions.Expect(refused).ToContainTextAsync("…" + site.Program.Secret[^4..]);
        await Assertions.Expect(refused).ToContainTextAsync("…" + site.Site.Consumer.Secret[^4..]);
        await Assertions.Expect(refused).ToContainTextAsync(next);
        await ShouldKeepNothing(page, site.Site.Consumer.Secret);
    }

    [Theory]
    [InlineData("en-US", "You can close this tab", "You said no")]
    [InlineData("es-CO", "Puede cerrar esta pestaña", "Usted dijo que no")]
    [InlineData("pt-BR", "Você pode fechar esta aba", "Você disse não")]
    public async Task An_app_is_tried_as_oneself_at_the_real_consent_and_what_was_made_is_ended(string language, string close, string no)
    {
        var app = site.Site.Consumer;
        var page = await site.Open(chromium, $"{ConsoleSite.Consumers}/{app.Key}/test", new Window { Language = language });
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var wrong = page.Watch(site.Node.Issuer);
        var asked = Addresses(page);

        var tab = await Begin(page, app);
        wrong.AddRange(tab.Watch(site.Node.Issuer));
        await tab.ClickAsync(Steps.Deny);
        await Assertions.Expect(tab.Locator("h1")).ToContainTextAsync(close);
        await Assertions.Expect(page.Locator("#refused")).ToContainTextAsync(no);

        tab = await Begin(page, app);
        var opened = tab.Watch(site.Node.Issuer);
        await tab.UncheckAsync("input[name=scope][value='tasks:edit']");
        await tab.ClickAsync(Steps.Allow);
        await Assertions.Expect(tab.Locator("h1")).ToContainTextAsync(close);
        tab.Url.ShouldEndWith("/test/answered");
        var token = await Token(page);
        await Assertions.Expect(page.Locator("#token")).ToContainTextAsync("acr_…");
        await Assertions.Expect(page.Locator("#token dl")).ToContainTextAsync("tasks:edit");
        (await Live()).ShouldBe(1);
        await ShouldKeepNothing(page, token);
        (await tab.ContentAsync()).ShouldNotContain("acc_");

        await page.ClickAsync("#token .danger");
        await Assertions.Expect(page.Locator("#token")).ToHaveCountAsync(0);
        (await Live()).ShouldBe(0);
        asked.ShouldAllBe(address => !address.Contains(app.Secret) && !address.Contains(token));
        wrong.Concat(opened).ShouldBeEmpty();

        // Left without an answer, it takes none any more.
        tab = await Begin(page, app);
        await page.ClickAsync("#waiting .second");
        await page.WaitForSelectorAsync("#test-secret");
        await tab.ClickAsync(Steps.Allow);
        await Assertions.Expect(tab.Locator(Steps.Allow)).ToHaveCountAsync(0);
        (await Live()).ShouldBe(0);
    }

    private static List<string> Addresses(IPage page)
    {
        var asked = new List<string>();
        page.Context.Request += (_, request) => asked.Add(request.Url);
        return asked;
    }

    private async Task<string> Try(IPage page)
    {
        await page.FillAsync("#test-secret", site.Program.Secret);
        await page.FillAsync("#test-scope", "tasks:view  warehouses:delete");
        await page.ClickAsync("form button[type=submit]");
        return await Token(page);
    }

    private static async Task<IPage> Begin(IPage page, TestConsumer app)
    {
        await page.FillAsync("#test-secret", app.Secret);
        await page.FillAsync("#test-scope", "tasks:view tasks:edit");
        var tab = await page.Context.RunAndWaitForPageAsync(() => page.ClickAsync("form button[type=submit]"));
        await tab.WaitForSelectorAsync(Steps.Allow);
        return tab;
    }

    // As a person gets it: with the button beside it.
    private async Task<string> Token(IPage page)
    {
        await page.ClickAsync("#token .secret button");
        await Assertions.Expect(page.Locator("[role=status]")).Not.ToBeEmptyAsync();
        var token = await page.EvaluateAsync<string>("navigator.clipboard.readText()");
        token.ShouldStartWith("eyJ");
        site.Installation.Watch(token);
        return token;
    }

    private async Task<bool> IsGood(string token)
    {
        using var content = new FormUrlEncodedContent([KeyValuePair.Create("token", token)]);
        return (await site.Node.Send(content, Node.Basic(site.Program.Key, site.Program.Secret), "/oauth/introspect")).Body.GetProperty("active").GetBoolean();
    }

    private Task<long> Live() => site.Installation.Count($"authorizations a join users u on u.id = a.user_id where u.email = '{ConsoleSite.Admin}' and a.status = 'live'");

    private async Task ShouldKeepNothing(IPage page, string token)
    {
        page.Url.ShouldNotContain(site.Program.Secret);
        var kept = await page.ContentAsync() + await page.EvaluateAsync<string>("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie + JSON.stringify(history.state)");
        foreach (var secret in new[] { token, site.Program.Secret, site.Site.Consumer.Secret })
            kept.ShouldNotContain(secret);
    }
}
