using System.Net;
using System.Text.Json;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.OAuth.Authorize;

public sealed class AuthorizeTests(AppServer server) : IClassFixture<AppServer>
{
    [Theory, Engines]
    [Rfc("6749 s4.1", "9207 s2")]
    public async Task N12_N15_N16_N17_A_person_signs_in_and_allows_and_the_app_gets_a_code_that_is_bound(On engine)
    {
        await using var mine = await AppServer.New(engine);
        using var browser = mine.Browser();
        var back = (await browser.Get(mine.Ask("scope=tasks:view%20tasks:edit"))).ShouldAskToSignIn()["return"];
        (await mine.Installation.Count("authorization_requests")).ShouldBe(0);

        await browser.SignIn(mine.Person);
        (await browser.Visit(back)).ShouldAsk().ShouldBeProtected();
        var page = await browser.Allow();

        page.Status.ShouldBe(HttpStatusCode.OK);
        page.ShouldBeProtected();
        page.HandOver.ShouldNotBeNull().ShouldStartWith(AppServer.Callback + "&code=");
        var code = page.ShouldGiveCode(mine.Node);
        mine.Installation.Watch(code);
        (await mine.Installation.Query<string>(
            "select consumer || ' ' || redirect_uri || ' ' || challenge || ' ' || scope || ' ' || cast(expires_at - created_at as text) || ' ' || cast(redirect_uri_given as text) from authorization_codes"))
            .ShouldBe([$"{mine.App.Key} {AppServer.Callback} {AppServer.Challenge} tasks:edit tasks:view 60000 1"]);
        (await mine.Installation.Query<string>("select action || ' ' || actor from transactions_log where action = 'authorization.grant'")).ShouldBe(["authorization.grant " + mine.Person.Email]);
        var data = (await mine.Installation.Query<string>("select data from transactions_log where action = 'authorization.grant'")).ShouldHaveSingleItem();
        data.ShouldContain(mine.App.Name);
        data.ShouldNotContain(code);
        (await mine.Installation.Run("log", "verify")).Exit.ShouldBe(0);
    }

    [Theory, Engines]
    public async Task Each_code_given_stands_among_the_requests_of_its_app_and_an_unanswered_consent_does_not(On engine)
    {
        await using var mine = await AppServer.New(engine);
        using var browser = await mine.SignedIn();
        (await browser.Visit(mine.Ask("scope=tasks:view"))).ShouldAsk();
        await mine.Node.Post([("grant_type", "password")], Node.Basic(mine.App.Key, mine.App.Secret));
        await Within(TimeSpan.FromSeconds(3), async () => (await Requests()).Length == 1, "the refusal that came after it is written");
        (await Requests()).ShouldNotContain("authorize ok authorization_code 1");

        (await browser.Allow()).ShouldGiveCode(mine.Node);
        (await browser.Get(mine.Ask("scope=tasks:view prompt=none"))).Status.ShouldBe(HttpStatusCode.SeeOther);

        await Within(TimeSpan.FromSeconds(3), async () => (await Requests()).Contains("authorize ok authorization_code 2"), "both codes");

        async Task<string[]> Requests() =>
            [.. (await mine.Installation.Do("consumer", "requests", mine.App.Key)).EnumerateArray().Select(entry =>
                $"{entry.GetProperty("endpoint").GetString()} {entry.GetProperty("outcome").GetString()} {entry.GetProperty("grant_type").GetString()} {entry.GetProperty("count").GetInt64()}")];
    }

    [Fact]
    [Rfc("6749 s3.1")]
    public async Task N06_A_POST_does_the_same_as_a_GET()
    {
        using var browser = await server.SignedIn(await server.Somebody());
        using var content = new StringContent(server.Query() + "&zqx=" + new string('z', 7000), System.Text.Encoding.ASCII, "application/x-www-form-urlencoded");
        using var post = new HttpRequestMessage(HttpMethod.Post, "/oauth/authorize") { Content = content };
        post.Headers.TryAddWithoutValidation("Sec-Fetch-Site", "cross-site");
        post.Headers.TryAddWithoutValidation("Origin", "https://app.test");

        var page = await browser.Send(post);

        // A form from elsewhere brings no cookies along: a GET of ours takes over.
        page.Status.ShouldBe(HttpStatusCode.SeeOther);
        page.Location.ShouldNotBeNull().ShouldStartWith("/oauth/authorize/continue?request=");
        page.Location!.Length.ShouldBeLessThan(8000);
        (await browser.Visit(page.Location)).ShouldAsk();
        (await browser.Allow()).ShouldGiveCode(server.Node);

        using var stranger = server.Browser();
        using var again = new HttpRequestMessage(HttpMethod.Post, "/oauth/authorize") { Content = new StringContent(server.Query("prompt=none"), System.Text.Encoding.ASCII, "application/x-www-form-urlencoded") };
        await stranger.Send(again);
        (await stranger.Visit(stranger.Page.Location!)).ShouldRefuse(server.Node, "login_required");
        stranger.Page.Location.ShouldBeNull();
    }

    [Theory]
    [InlineData("application/json", "{}"), InlineData("multipart/form-data; boundary=x", "--x--"), InlineData("text/plain", "client_id=x"), InlineData(null, "")]
    public async Task A_POST_that_is_no_form_gets_a_page(string? type, string body)
    {
        using var browser = server.Browser();
        using var post = new HttpRequestMessage(HttpMethod.Post, "/oauth/authorize") { Content = new StringContent(body) };
        post.Content.Headers.Remove("Content-Type");
        if (type is not null)
            post.Content.Headers.TryAddWithoutValidation("Content-Type", type);

        (await browser.Send(post)).ShouldBePage(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("HEAD"), InlineData("OPTIONS"), InlineData("PUT"), InlineData("PATCH"), InlineData("DELETE"), InlineData("TRACE"), InlineData("QUERY")]
    public async Task N06_N08_Peer_13_Other_methods_change_nothing_and_grant_nothing(string method)
    {
        await using var mine = await AppServer.New(On.Sqlite);
        using var browser = await mine.SignedIn();
        await browser.Visit(mine.Ask());
        var form = browser.Page.Hidden.Concat([("decision", "allow"), ("scope", "tasks:view")]).Select(field => new KeyValuePair<string, string>(field.Item1, field.Item2)).ToArray();
        foreach (var address in new[] { mine.Ask(), "/consent?request=" + browser.Page.Hidden.Single(field => field.Name == "request").Value, "/oauth/authorize/continue?request=zqx" })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), address);
            if (method is not ("HEAD" or "TRACE"))
                request.Content = new FormUrlEncodedContent(form);
            request.Headers.TryAddWithoutValidation("Origin", "https://zqx.test");
            request.Headers.TryAddWithoutValidation("Access-Control-Request-Method", "POST");

            var page = await browser.Send(request);

            page.Status.ShouldBe(HttpStatusCode.MethodNotAllowed, address);
            page.Headers.Keys.ShouldNotContain(header => header.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
            page.Location.ShouldBeNull();
        }

        (await mine.Installation.Count("authorization_requests")).ShouldBe(1);
        await mine.NothingGranted();
    }

    [Fact]
    public async Task N07_Unknown_parameters_are_ignored()
    {
        using var browser = await server.SignedIn(await server.Somebody());

        (await browser.Visit(server.Ask("zqx=1 +zqx=2 nonce=n claims=%7B%7D client_secret= code=x iss=y error=z lang=pt") + "&&=&a")).ShouldAsk();
        (await browser.Allow()).ShouldGiveCode(server.Node);
    }

    [Fact]
    public async Task N13_N17_Clients_find_out_what_there_is()
    {
        var document = JsonDocument.Parse(await server.Node.Http.GetStringAsync("/.well-known/oauth-authorization-server")).RootElement;

        document.GetProperty("authorization_endpoint").GetString().ShouldBe(server.Node.Issuer + "/oauth/authorize");
        document.GetProperty("response_types_supported")[0].GetString().ShouldBe("code");
        document.GetProperty("code_challenge_methods_supported")[0].GetString().ShouldBe("S256");
        document.GetProperty("authorization_response_iss_parameter_supported").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Somebody_of_another_company_is_told_so_and_may_use_another_account()
    {
        await server.Installation.Run("company", "create", "Far away");
        var stranger = await server.Somebody(group: null, company: "Far away");
        using var browser = await server.SignedIn(stranger);

        foreach (var changes in new[] { "", "response_type=token", "scope=zqx" })
        {
            (await browser.Get(server.Ask(changes))).ShouldBePage(HttpStatusCode.Forbidden);
            browser.Page.Html.ShouldContain(WebUtility.HtmlEncode(stranger.Email));
            browser.Page.Html.ShouldContain("href=\"/signin?return=");
            browser.Page.Html.ShouldContain("&amp;again=1");
        }

        (await server.Installation.Count("authorization_requests where user_id = @id".Replace("@id", "x'" + Convert.ToHexString(stranger.Id.ToByteArray(bigEndian: true)) + "'", StringComparison.Ordinal))).ShouldBe(0);
    }

    [Theory, OnlyPostgres]
    public async Task An_issuer_with_a_path_has_its_pages_below_it(On engine)
    {
        await using var mine = await AppServer.New(engine);
        var host = $"http://127.0.0.1:{Node.FreePort()}";
        var node = await mine.Installation.Start(settings: [("ApiConnections:Issuer", host + "/base"), ("Urls", host)]);
        using var browser = node.Browser(mine.Installation);

        (await browser.Get(host + "/base" + mine.Ask())).Location.ShouldNotBeNull().ShouldStartWith("/base/signin?return=%2Foauth%2Fauthorize%2Fcontinue%3F");
        await browser.SignIn(mine.Person);
        (await browser.Get(host + (await browser.Get(host + "/base" + mine.Ask())).Location)).ShouldAsk();
        browser.Page.Html.ShouldContain("action=\"/base/consent\"");
        (await browser.Submit(host + "/base/consent", ("decision", "allow"), ("scope", "tasks:view"))).Leads["iss"].ShouldBe(host + "/base");
        browser.Page.Leads.ShouldContainKey("code");
    }

    [Fact]
    public async Task Peer_53_The_hosts_that_a_stranger_names_are_in_no_address()
    {
        using var browser = server.Browser();

        var page = await browser.Get(server.Ask(), ("Host", "evil.test"), ("X-Forwarded-Host", "evil.test"), ("Forwarded", "host=evil.test"));

        page.ShouldAskToSignIn();
        page.Location.ShouldNotBeNull().ShouldNotContain("evil");
    }
}
