using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Authorize;

public sealed class PromptTests(AppServer server) : IClassFixture<AppServer>
{
    [Fact]
    public async Task Prompt_none_answers_without_a_page()
    {
        using var stranger = server.Browser();
        (await stranger.Get(server.Ask("prompt=none"))).ShouldRefuse(server.Node, "login_required");
        stranger.Page.Status.ShouldBe(HttpStatusCode.SeeOther);

        using var browser = await server.SignedIn(await server.Somebody());
        (await browser.Get(server.Ask("prompt=none"))).ShouldRefuse(server.Node, "consent_required");
        await browser.Visit(server.Ask());
        await browser.Allow();
        (await browser.Get(server.Ask("prompt=none"))).ShouldGiveCode(server.Node);
        browser.Page.Status.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task Prompt_none_does_not_tell_an_app_that_somebody_of_another_company_is_signed_in()
    {
        await server.Installation.Run("company", "create", "Elsewhere");
        using var browser = await server.SignedIn(await server.Somebody(group: null, company: "Elsewhere"));

        (await browser.Get(server.Ask("prompt=none"))).ShouldRefuse(server.Node, "login_required");
    }

    [Theory, Engines]
    public async Task Prompt_login_asks_for_a_sign_in_that_is_newer_than_the_request(On engine)
    {
        await using var mine = await AppServer.New(engine);
        using var browser = await mine.SignedIn();
        mine.Installation.Clock.Advance(TimeSpan.FromMinutes(1));

        var first = (await browser.Get(mine.Ask("prompt=login"))).ShouldAskToSignIn();
        first["again"].ShouldBe("1");
        (await browser.Get(first["return"])).ShouldAskToSignIn();
        await mine.NothingGranted();

        mine.Installation.Clock.Advance(TimeSpan.FromSeconds(1));
        await browser.SignIn(mine.Person);
        (await browser.Visit(first["return"])).ShouldAsk();
        (await browser.Allow()).ShouldGiveCode(mine.Node);
    }

    [Fact]
    public async Task Prompt_consent_asks_what_was_answered_before()
    {
        using var browser = await server.SignedIn(await server.Somebody());
        await browser.Visit(server.Ask());
        await browser.Allow("tasks:view", "assets:view");

        (await browser.Visit(server.Ask("prompt=consent"))).ShouldAsk().Boxes().ShouldBe(AppServer.Everything);
        browser.Page.Ticked().ShouldBe(AppServer.Everything);
        browser.Page.Html.ShouldNotContain("tag new");
        (await browser.Get(server.Ask("prompt=login%20consent"))).ShouldAskToSignIn();
    }

    [Fact]
    public async Task The_sign_in_page_hears_of_the_hint_and_the_language()
    {
        using var browser = server.Browser();

        var leads = (await browser.Get(server.Ask("login_hint=pat%2B1%40acme.test ui_locales=fr%20pt-BR%20en"))).ShouldAskToSignIn();

        leads["login_hint"].ShouldBe("pat+1@acme.test");
        leads["lang"].ShouldBe("pt");
        leads.ShouldNotContainKey("again");
        browser.Page.Headers["Set-Cookie"].ShouldStartWith("lang=pt;");
        (await browser.Get(server.Ask("login_hint=" + new string('z', 321)))).ShouldAskToSignIn().ShouldNotContainKey("login_hint");
        (await browser.Get(server.Ask("ui_locales=fr"))).ShouldAskToSignIn().ShouldNotContainKey("lang");
    }

    [Theory, InlineData("en", "Deny"), InlineData("es", "Denegar"), InlineData("pt", "Negar")]
    public async Task The_app_chooses_the_language_of_the_pages_and_the_person_another(string language, string deny)
    {
        using var browser = await server.SignedIn(await server.Somebody());

        (await browser.Visit(server.Ask("ui_locales=" + language))).ShouldAsk().Html.ShouldContain($"<html lang=\"{language}\">");
        browser.Page.Html.ShouldContain($">{deny}</button>");
        (await browser.Get(server.Ask($"client_id=zqx ui_locales={language}"))).Html.ShouldContain($"<html lang=\"{language}\">");
        await browser.Visit(server.Ask());
        browser.Page.Html.ShouldContain("&amp;lang=" + (language == "en" ? "es" : "en"));
    }

    [Fact]
    [Rfc("8707 s2")]
    public async Task The_code_remembers_the_API_that_was_asked_for()
    {
        using var browser = await server.SignedIn(await server.Somebody());
        await browser.Visit(server.Ask("resource=https%3A%2F%2Fapi.test"));
        await browser.Allow();

        (await server.Installation.Query<string>("select audience from authorization_codes where audience is not null")).ShouldBe(["https://api.test"]);
    }
}
