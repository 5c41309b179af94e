using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Authorize;

/// <summary>The error table of the authorization endpoint: situation, what differs from a good request, error. The word "zqx" stands for what an app made up.</summary>
[Rfc("6749 s4.1.2.1")]
public sealed class ErrorTable(AppServer server) : IClassFixture<AppServer>
{
    public static TheoryData<string, string, string> ToTheApp => new()
    {
        { "no response_type", "-response_type", "invalid_request" },
        { "empty response_type", "response_type=", "invalid_request" },
        { "implicit grant", "response_type=token", "unsupported_response_type" },
        { "hybrid", "response_type=code%20token", "unsupported_response_type" },
        { "ID token", "response_type=id_token", "unsupported_response_type" },
        { "none", "response_type=none", "unsupported_response_type" },
        { "code in other letters", "response_type=Code", "unsupported_response_type" },
        { "code with a space", "response_type=code%20", "unsupported_response_type" },
        { "response_type twice", "+response_type=code", "invalid_request" },
        { "response_type twice, once in other spelling", "+response%5Ftype=token", "invalid_request" },
        { "scope twice", "scope=tasks:view +scope=assets:view", "invalid_request" },
        { "scope twice, empty", "scope= +scope=", "invalid_request" },
        { "code_challenge twice", "+code_challenge=zqx", "invalid_request" },
        { "prompt twice", "prompt=login +prompt=none", "invalid_request" },
        { "response_mode fragment", "response_mode=fragment", "invalid_request" },
        { "response_mode form_post", "response_mode=form_post", "invalid_request" },
        { "request object", "request=zqx", "request_not_supported" },
        { "request address", "request_uri=https://zqx.test/r", "request_uri_not_supported" },
        { "no challenge", "-code_challenge -code_challenge_method", "invalid_request" },
        { "no challenge, a method", "-code_challenge", "invalid_request" },
        { "empty challenge", "code_challenge=", "invalid_request" },
        { "no method", "-code_challenge_method", "invalid_request" },
        { "method plain", "code_challenge_method=plain", "invalid_request" },
        { "method none", "code_challenge_method=none", "invalid_request" },
        { "method in other letters", "code_challenge_method=s256", "invalid_request" },
        { "method S512", "code_challenge_method=S512", "invalid_request" },
        { "challenge of 42 characters", "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c", "invalid_request" },
        { "challenge of 44 characters", "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMM", "invalid_request" },
        { "challenge with padding", "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c=", "invalid_request" },
        { "challenge in base64", "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw%2BcM", "invalid_request" },
        { "challenge beyond ASCII", "code_challenge=%C3%A99Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "invalid_request" },
        { "unknown prompt", "prompt=zqx", "invalid_request" },
        { "prompt none with another", "prompt=none%20login", "invalid_request" },
        { "prompt in other letters", "prompt=Consent", "invalid_request" },
        { "prompt of a space", "prompt=%20", "invalid_request" },
        { "two spaces in the scope", "scope=tasks:view%20%20assets:view", "invalid_scope" },
        { "space after the scope", "scope=tasks:view%20", "invalid_scope" },
        { "quote in the scope", "scope=tasks:view%22zqx", "invalid_scope" },
        { "NUL in the scope", "scope=tasks:view%00", "invalid_scope" },
        { "unknown scope", "scope=zqx:view", "invalid_scope" },
        { "unknown scope beside a known one", "scope=tasks:view%20openid", "invalid_scope" },
        { "nothing left of the scope", "scope=warehouses:view", "invalid_scope" },
        { "unknown resource", "resource=https://zqx.test", "invalid_target" },
        { "resource with a slash at its end", "resource=https://api.test/", "invalid_target" },
        { "two resources", "resource=https://api.test +resource=https://zqx.test", "invalid_target" },
        { "one resource twice", "resource=https://api.test +resource=https://api.test", "invalid_target" },
    };

    public static TheoryData<string, string> APage => new()
    {
        { "no client_id", "-client_id" },
        { "empty client_id", "client_id=" },
        { "unknown client_id", "client_id=zqx" },
        { "client_id twice", "+client_id={key}" },
        { "client_id twice, once in other spelling", "+client%5Fid=zqx" },
        { "client_id with a space", "client_id={key}%20" },
        { "client_id with a NUL", "client_id={key}%00" },
        { "client_id beyond ASCII", "client_id=%C3%A9" },
        { "client_id of 300 characters", "client_id=" + new string('z', 300) },
        { "redirect_uri twice", "+redirect_uri=https://zqx.test" },
        { "redirect_uri twice, the same", "+redirect_uri=https%3A%2F%2Fapp.test%2Fcallback%3Ftenant%3D7" },
        { "redirect_uri of a stranger", "redirect_uri=https://zqx.test/callback" },
        { "redirect_uri of a stranger, and all else wrong", "redirect_uri=https://zqx.test/callback response_type=token scope=zqx prompt=none" },
        { "no redirect_uri that fits, prompt none", "redirect_uri=https://app.test/ prompt=none" },
        { "a byte that is no UTF-8", "scope=%ff" },
        { "no UTF-8 in an ignored parameter", "zqx=%ff" },
        { "half a surrogate in UTF-8", "state=%ed%a0%80" },
        { "a state of 5001 characters", "state=" + new string('z', 5001) },
    };

    [Theory, MemberData(nameof(ToTheApp))]
    public async Task What_is_wrong_is_told_to_the_app(string situation, string changes, string error)
    {
        using var browser = await server.SignedIn();

        var page = await browser.Get(server.Ask(changes));

        page.Status.ShouldBe(HttpStatusCode.SeeOther, situation);
        page.Location!.ShouldStartWith(AppServer.Callback + "&error=", customMessage: situation);
        page.ShouldRefuse(server.Node, error);
        await server.NothingGranted();
    }

    [Theory, MemberData(nameof(ToTheApp))]
    [Rfc("9700 s4.11.2")]
    public async Task N21_Nobody_is_sent_to_an_app_before_they_have_signed_in(string situation, string changes, string error)
    {
        using var browser = server.Browser();
        var before = await server.Installation.Count("authorization_requests");
        (await browser.Get(server.Ask(changes))).ShouldAskToSignIn();
        (await server.Installation.Count("authorization_requests")).ShouldBe(before, situation);

        // After the sign-in it is told, by a hand-over page.
        var back = browser.Page.Leads["return"];
        await browser.SignIn(server.Person);
        var page = await browser.Get(back);
        page.Location.ShouldBeNull(situation);
        page.ShouldRefuse(server.Node, error);
        page.ShouldBeProtected();
    }

    [Theory, MemberData(nameof(APage))]
    [Rfc("9700 s4.11.2")]
    public async Task N04_Where_the_app_or_its_address_is_wrong_there_is_a_page_and_no_redirect(string situation, string changes)
    {
        using var browser = await server.SignedIn();
        foreach (var visitor in new[] { browser, server.Browser() })
        {
            var page = await visitor.Get(server.Ask(changes));
            page.ShouldBePage(HttpStatusCode.BadRequest);
            page.Html.ShouldContain("Reference:", customMessage: situation);
            (await visitor.Post("/oauth/authorize", [])).ShouldBePage(HttpStatusCode.BadRequest);
        }

        using var content = new StringContent(server.Query(changes), System.Text.Encoding.ASCII, "application/x-www-form-urlencoded");
        using var post = new HttpRequestMessage(HttpMethod.Post, "/oauth/authorize") { Content = content };
        (await browser.Send(post)).ShouldBePage(HttpStatusCode.BadRequest);
        await server.NothingGranted();
    }

    [Theory]
    [InlineData("scope=zqx%"), InlineData("scope=%4"), InlineData("%g0=1"), InlineData("scope=%zqx"), InlineData("state=%u0041")]
    public async Task What_no_client_library_would_send_gets_a_page_too(string broken)
    {
        var get = (await Wire.Exchange(server.Node, Wire.Request("GET", $"/oauth/authorize?{server.Query()}&{broken}", ""))).ShouldNotBeNull();
        var post = (await Wire.Exchange(server.Node, Wire.Request("POST", "/oauth/authorize", $"{server.Query()}&{broken}", "Content-Type: application/x-www-form-urlencoded"))).ShouldNotBeNull();

        foreach (var answer in new[] { get, post })
        {
            answer.Status.ShouldBe(HttpStatusCode.BadRequest);
            answer.Headers.ShouldNotContainKey("Location");
            answer.Headers["Content-Type"].ShouldBe("text/html; charset=utf-8");
        }
    }

    [Theory, Engines]
    public async Task Whether_the_app_may_ask_is_looked_at_anew(On engine)
    {
        await using var mine = await AppServer.New(engine);
        var program = await mine.Installation.Consumer();
        using var browser = await mine.SignedIn();
        (await browser.Visit(mine.Ask())).ShouldAsk();
        var open = browser.Page;

        foreach (var (off, on) in new (string[], string[])[]
        {
            (["consumer", "disable", mine.App.Key], ["consumer", "enable", mine.App.Key]),
            (["company", "suspend"], ["company", "resume"]),
            (["company", "addon", "off"], ["company", "addon", "on"]),
        })
        {
            await mine.Installation.Do(off);
            await Support.Should.Within(TimeSpan.FromSeconds(3), async () => (await browser.Get(mine.Ask())).Status == HttpStatusCode.BadRequest, string.Join(' ', off));
            browser.Page.ShouldBePage(HttpStatusCode.BadRequest);
            (await browser.Post("/consent", [.. open.Hidden, ("decision", "allow"), ("scope", "tasks:view")])).ShouldBePage(HttpStatusCode.BadRequest);
            await mine.Installation.Do(on);
            await Support.Should.Within(TimeSpan.FromSeconds(3), async () => (await browser.Visit(mine.Ask())).Status == HttpStatusCode.OK, string.Join(' ', on));
        }

        (await browser.Get(mine.Ask("", program))).ShouldBePage(HttpStatusCode.BadRequest);
        browser.Page.Html.ShouldContain("client credentials");
        await mine.Installation.Do("consumer", "delete", mine.App.Key);
        await Support.Should.Within(TimeSpan.FromSeconds(3), async () => (await browser.Get(mine.Ask())).Status == HttpStatusCode.BadRequest, "deleted");
        await mine.NothingGranted();
    }

    [Fact]
    [Rfc("7636 s4.4.1")]
    public async Task N10_Only_a_confidential_app_whose_owner_said_so_may_leave_PKCE_out()
    {
        var old = await server.Another("--callback", AppServer.Callback);
        var open = await server.Another("--callback", AppServer.Callback, "--public");
        await server.Installation.Execute("update consumers set options = '{\"pkce_optional\":true}' where key in (@Key, @Key2)", new { old.Key, Key2 = open.Key });
        using var browser = await server.SignedIn(await server.Somebody());

        (await browser.Visit(server.Ask("-code_challenge -code_challenge_method", old))).ShouldAsk();
        (await browser.Get(server.Ask("-code_challenge -code_challenge_method", open))).ShouldRefuse(server.Node, "invalid_request");
        (await browser.Get(server.Ask("-code_challenge", old))).ShouldRefuse(server.Node, "invalid_request");
        (await browser.Get(server.Ask("code_challenge_method=plain", old))).ShouldRefuse(server.Node, "invalid_request");
        (await browser.Get(server.Ask("-code_challenge_method", old))).ShouldRefuse(server.Node, "invalid_request");
    }

    [Fact]
    [Rfc("6749 s3.3")]
    public async Task A_person_without_a_group_is_refused_and_one_with_less_gets_less()
    {
        using var nobody = await server.SignedIn(await server.Somebody(group: null));
        (await nobody.Get(server.Ask())).ShouldRefuse(server.Node, "access_denied");

        using var viewer = await server.SignedIn(await server.Somebody("Viewers"));
        (await viewer.Visit(server.Ask("scope=assets:view%20tasks:edit%20warehouses:view"))).ShouldAsk().Boxes().ShouldBe(["assets:view"]);
        (await viewer.Get(server.Ask("scope=tasks:edit"))).ShouldRefuse(server.Node, "invalid_scope");
    }
}
