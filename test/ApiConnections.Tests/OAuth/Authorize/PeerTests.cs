using System.Net;
using System.Text.RegularExpressions;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Authorize;

/// <summary>What went wrong at others and must not here; the numbers tell the cases apart and stay.</summary>
public sealed class PeerTests
{
    private static readonly string[] polyglots =
    [
        "\"><script>alert(1)</script>", "'><img src=x onerror=alert(1)>", "javascript:/*--></title></style></textarea></script></xmp><svg/onload='+/\"/+/onmouseover=1/+/[*/[]/+alert(1)//'>",
        "</title><svg onload=alert(1)>", "{{7*7}}${7*7}<%= 7*7 %>@(7*7)", "\u2028\u2029</script><!--", "\" autofocus onfocus=alert(1) x=\"", "&lt;script&gt;", "0;url=javascript:alert(1)",
    ];

    [Fact]
    public async Task Peer_6_Peer_7_Peer_63_Whatever_is_echoed_is_text()
    {
        await using var server = await AppServer.New(On.Sqlite);
        using var browser = await server.SignedIn();
        foreach (var polyglot in polyglots)
        {
            var value = Uri.EscapeDataString(polyglot);
            foreach (var changes in new[] { $"client_id={value}", $"redirect_uri={value}", $"state={value} client_id=zqx", $"scope={value} redirect_uri={value}", $"ui_locales={value} client_id=zqx", $"zqx={value} client_id=zqx" })
                Harmless(await browser.Get(server.Ask(changes)), polyglot);

            // Rows that were not written by us: a name that no administrator could have typed.
            await server.Installation.Execute("update consumers set name = @polyglot, url = @polyglot, privacy_policy_url = @script, eula_url = @polyglot where key = @Key", new { polyglot, script = "javascript:alert(1)", server.App.Key });
            await server.Installation.Execute("update companies set name = @polyglot, contact = @polyglot", new { polyglot });
            await server.Installation.Execute("update users set name = @polyglot", new { polyglot });
            await Forget(server);
            Harmless((await browser.Visit(server.Ask($"state={value} prompt=consent"))).ShouldAsk(), polyglot);
            Regex.IsMatch(browser.Page.Html, "href=\"(?!/|https://)").ShouldBeFalse();
            Harmless(await browser.Allow("tasks:view"), polyglot);
            browser.Page.ShouldGiveCode(server.Node, polyglot);
            browser.Page.HandOver.ShouldNotBeNull().ShouldStartWith(AppServer.Callback);
        }
    }

    [Fact]
    public async Task Peer_64_Names_that_hide_or_turn_something_cannot_be_registered_and_are_shown_harmless()
    {
        await using var server = await AppServer.New(On.Sqlite);
        foreach (var name in new[] { "a\u202eb", "a\u200bb", "a\u2066b", "a\0b", "a\u0007b", "a\u061cb" })
        {
            (await server.Installation.Run("consumer", "create", "--name", name, "--grant", "authorization_code", "--group", "Technicians", "--callback", "https://x.test")).Exit.ShouldBe(1);
            await server.Installation.Execute("update consumers set name = @name where key = @Key", new { name = name.Replace('\0', '\u0001'), server.App.Key });
            await Forget(server);
            using var browser = await server.SignedIn();

            (await browser.Visit(server.Ask())).ShouldAsk();

            var text = WebUtility.HtmlDecode(browser.Page.Html);
            text.ShouldContain("a\ufffdb");
            text.Where(c => c is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\u200b' or '\u061c' or (< ' ' and not '\n' and not '\r' and not '\t')).ShouldBeEmpty();
            text.ShouldContain("<bdi>");
        }
    }

    [Fact]
    public async Task Peer_10_Peer_11_Peer_16_Peer_17_No_secret_of_the_browser_or_the_app_stands_in_an_address()
    {
        await using var server = await AppServer.New(On.Sqlite);
        using var browser = await server.SignedIn();
        var page = await browser.Get(server.Ask("+client_secret=zqxsecret password=zqxpassword"));
        page = await browser.Get(page.Location!);
        var cookies = browser.Cookies.GetAllCookies().Select(cookie => cookie.Value).Where(value => value.Length > 20).ToArray();

        cookies.ShouldNotBeEmpty();
        foreach (var cookie in cookies)
            page.Html.ShouldNotContain(cookie);
        page.Html.ShouldNotContain("zqx");
        page.Html.ShouldNotContain(AppServer.Challenge);
        page.Html.ShouldNotContain("postMessage");
        (await browser.Allow("tasks:view")).HandOver.ShouldNotBeNull().ShouldNotContain("#");
        server.Installation.Log.Lines.ShouldAllBe(line => !line.Contains("zqx", StringComparison.Ordinal) && !line.Contains(AppServer.Challenge, StringComparison.Ordinal));
    }

    [Fact]
    public async Task N22_N23_N24_Peer_12_Peer_14_Nobody_is_tricked_into_Allow()
    {
        await using var server = await AppServer.New(On.Sqlite);
        using var browser = await server.SignedIn();
        var page = (await browser.Visit(server.Ask())).ShouldAsk();

        page.ShouldBeProtected();
        var deny = page.Html.IndexOf("value=\"deny\"", StringComparison.Ordinal);
        deny.ShouldBeLessThan(page.Html.IndexOf("value=\"allow\"", StringComparison.Ordinal));
        foreach (Match button in Regex.Matches(page.Html, "<button[^>]*>"))
        {
            button.Value.ShouldNotContain(" id=");
            button.Value.ShouldNotContain("autofocus");
            button.Value.ShouldContain("class=\"second\"");
        }

        Regex.IsMatch(page.Html, "<div class=\"pair later\">\\s*<button").ShouldBeTrue();
        Regex.IsMatch(page.Html, "(src|href|action)=\"(https?:)?//").ShouldBeFalse("nothing is loaded from elsewhere");
        Regex.IsMatch(page.Html, " on[a-z]+=|style=").ShouldBeFalse();
        // Without the form's token, from another site, or with both decisions at once.
        foreach (var (form, header) in new ((string, string)[], (string, string)[])[]
        {
            ([.. page.Hidden.Where(field => field.Name != "antiforgery"), ("decision", "allow"), ("scope", "tasks:view")], []),
            ([.. page.Hidden.Where(field => field.Name != "antiforgery"), ("antiforgery", "zqx"), ("decision", "allow"), ("scope", "tasks:view")], []),
            ([.. page.Hidden, ("decision", "allow"), ("scope", "tasks:view")], [("Sec-Fetch-Site", "cross-site")]),
            ([.. page.Hidden, ("decision", "allow"), ("scope", "tasks:view")], [("Sec-Fetch-Site", "same-site")]),
            ([.. page.Hidden, ("decision", "deny"), ("decision", "allow"), ("scope", "tasks:view")], []),
        })
            (await browser.Post("/consent", form, header)).ShouldBePage(HttpStatusCode.BadRequest);
        await server.NothingGranted();
    }

    [Theory, Engines]
    public async Task Peer_54_Peer_60_Empty_partial_reordered_replayed_and_stuffed_posts_grant_nothing_more(On engine)
    {
        await using var server = await AppServer.New(engine);
        using var browser = await server.SignedIn();
        await browser.Visit(server.Ask("scope=tasks:view"));
        var hidden = browser.Page.Hidden;
        var token = hidden.Single(field => field.Name == "antiforgery");
        var id = hidden.Single(field => field.Name == "request");
        foreach (var form in new (string, string)[][]
        {
            [], [token], [id], [("decision", "allow")], [token, id], [token, ("decision", "allow")], [token, id, ("decision", "")], [token, id, ("decision", "Allow")], [token, id, ("decision", "1")],
            [token, id, id, ("decision", "allow"), ("scope", "tasks:view")], [token, ("request", ""), ("decision", "allow")], [token, ("request", "zqx"), ("decision", "allow")],
            [token, ("request", Guid.CreateVersion7().ToString("N")), ("decision", "allow"), ("scope", "tasks:view")], [token, ("request", Guid.Parse(id.Value).ToString()), ("decision", "allow"), ("scope", "tasks:view")],
        })
        {
            (await browser.Post("/consent", form)).ShouldBePage(HttpStatusCode.BadRequest);
            (await browser.Post("/consent?request=" + id.Value + "&decision=allow", form)).ShouldBePage(HttpStatusCode.BadRequest);
        }

        await server.NothingGranted();
        (string, string)[] stuffed =
        [
            ("user_id", Guid.Empty.ToString()), ("client_id", "zqx"), ("redirect_uri", "https://zqx.test"), ("state", "zqx"), ("code_challenge", "zqx"), ("trusted", "true"), ("isAdmin", "true"), ("company", "zqx"),
            ("scope", "tasks:edit"), ("scope", "tasks:view assets:view"), ("offered", "tasks:edit"), ("expires_at", "9999999999999"), ("session_id", "zqx"), ("response_type", "token"),
        ];
        (await browser.Post("/consent", [("scope", "tasks:view"), ("decision", "allow"), .. stuffed, id, token])).ShouldGiveCode(server.Node);
        browser.Page.HandOver!.ShouldNotContain("zqx");
        (await server.Grants()).ShouldHaveSingleItem().Scope.ShouldBe("tasks:view");
        (await server.Installation.Query<string>("select scope || ' ' || redirect_uri from authorization_codes")).ShouldBe(["tasks:view " + AppServer.Callback]);
    }

    [Theory, Engines]
    public async Task Peer_50_Peer_55_Another_persons_browser_or_sign_in_cannot_answer(On engine)
    {
        await using var server = await AppServer.New(engine);
        using var mine = await server.SignedIn();
        await mine.Visit(server.Ask());
        var id = mine.Page.Hidden.Single(field => field.Name == "request");
        (string, string)[] answer = [id, ("decision", "allow"), ("scope", "tasks:view")];

        // Another person, with a page and a form of their own.
        using var other = await server.SignedIn(await server.Somebody());
        await other.Visit(server.Ask());
        (await other.Get("/consent?request=" + id.Value)).ShouldBePage(HttpStatusCode.BadRequest);
        await other.Visit(server.Ask());
        (await other.Post("/consent", [other.Page.Hidden.Single(field => field.Name == "antiforgery"), .. answer])).ShouldBePage(HttpStatusCode.BadRequest);

        // The same person in another browser, and with the other's flow cookie.
        using var second = await server.SignedIn();
        await second.Visit(server.Ask());
        (await second.Post("/consent", [second.Page.Hidden.Single(field => field.Name == "antiforgery"), .. answer])).ShouldBePage(HttpStatusCode.BadRequest);

        // The same session without the flow cookie, as who has stolen only the session.
        var open = mine.Page;
        var flow = mine.Cookies.GetAllCookies().Single(cookie => cookie.Name == "flow");
        flow.HttpOnly.ShouldBeTrue();
        flow.Expired = true;
        (await mine.Post("/consent", [.. open.Hidden, ("decision", "allow"), ("scope", "tasks:view")])).ShouldBePage(HttpStatusCode.BadRequest);

        // The same browser after another sign-in.
        await mine.Visit(server.Ask());
        open = mine.Page;
        await mine.SignIn(server.Person);
        (await mine.Post("/consent", [.. open.Hidden, ("decision", "allow"), ("scope", "tasks:view")])).ShouldBePage(HttpStatusCode.BadRequest);
        using var stranger = server.Browser();
        (await stranger.Get("/consent?request=" + id.Value)).ShouldBePage(HttpStatusCode.BadRequest);
        await server.NothingGranted();
    }

    [Fact]
    public async Task Peer_25_Peer_26_The_request_on_its_way_cannot_be_read_or_changed()
    {
        await using var server = await AppServer.New(On.Sqlite);
        using var browser = server.Browser();
        var back = (await browser.Get(server.Ask("login_hint=zqx%40acme.test")))!.Leads["return"];
        var box = back[(back.IndexOf('=', StringComparison.Ordinal) + 1)..];
        back.ShouldNotContain(server.App.Key);
        back.ShouldNotContain("zqx");
        await browser.SignIn(server.Person);

        foreach (var changed in new[] { "", "zqx", "=", "%00", box[..^1], box[1..], box + "A", box[..40] + (box[40] == 'A' ? 'B' : 'A') + box[41..], box + "&request=" + box, new string('A', 4000) })
            (await browser.Get("/oauth/authorize/continue?request=" + changed)).ShouldBePage(HttpStatusCode.BadRequest);
        // What was sealed for something else does not open here.
        await browser.Visit(server.Ask());
        (await browser.Get("/oauth/authorize/continue?request=" + browser.Page.Hidden.Single(field => field.Name == "antiforgery").Value)).ShouldBePage(HttpStatusCode.BadRequest);
        (await browser.Visit(back)).ShouldAsk();
        await server.NothingGranted();
    }

    [Fact]
    public async Task Peer_30_Nobody_grants_a_scope_that_app_or_person_was_not_given()
    {
        await using var server = await AppServer.New(On.Sqlite);
        using var viewer = await server.SignedIn(await server.Somebody("Viewers"));
        await viewer.Visit(server.Ask("scope=tasks:view%20tasks:edit%20warehouses:view"));

        (await viewer.Allow("tasks:view", "tasks:edit", "warehouses:view")).ShouldGiveCode(server.Node);

        (await server.Installation.Query<string>("select scope from authorization_codes")).ShouldBe(["tasks:view"]);
        await server.Installation.Do("module", "off", "tasks");
        await Support.Should.Within(TimeSpan.FromSeconds(3), async () => (await viewer.Get(server.Ask("scope=tasks:view"))).Leads.ContainsKey("error"), "the module is off");
    }

    [Fact]
    public async Task Peer_62_No_address_of_an_app_is_ever_fetched()
    {
        await using var server = await AppServer.New(On.Sqlite);
        using var trap = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        trap.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)trap.LocalEndpoint).Port}/zqx";
        using var browser = await server.SignedIn();

        foreach (var name in new[] { "request_uri", "resource", "redirect_uri", "client_id", "sector_identifier_uri", "logo_uri", "jwks_uri" })
            await browser.Get(server.Ask($"{name}={Uri.EscapeDataString(address)}"));

        trap.Pending().ShouldBeFalse();
    }

    [Fact]
    public async Task Peer_66_Peer_67_Requests_made_to_cost_are_answered_soon()
    {
        await using var server = await AppServer.New(On.Sqlite);
        using var browser = await server.SignedIn();
        await browser.Get(server.Ask());
        var start = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < 20; i++)
            await browser.Get(server.Ask());
        var plain = TimeProvider.System.GetElapsedTime(start);
        start = TimeProvider.System.GetTimestamp();
        foreach (var changes in new[]
        {
            "scope=" + string.Concat(Enumerable.Repeat("a%20", 1600)), "scope=" + string.Concat(Enumerable.Repeat("a:b%20", 1100)), "scope=" + new string('a', 4000), "redirect_uri=http://[" + string.Concat(Enumerable.Repeat("1:", 2000)),
            "redirect_uri=http://[" + string.Concat(Enumerable.Repeat("::", 2000)) + "]", "prompt=" + string.Concat(Enumerable.Repeat("login%20", 500)), "ui_locales=" + string.Concat(Enumerable.Repeat("x-", 2000)),
            "zqx=" + new string('z', 5000), string.Join(' ', Enumerable.Range(0, 500).Select(i => $"+k{i}=1")),
        })
        {
            for (var i = 0; i < 10; i++)
                ((int)(await browser.Get(server.Ask(changes))).Status).ShouldBeOneOf(303, 400);
        }

        // 90 of them, in at most five times what as many plain ones take.
        TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(plain * 4.5 * 5);
        // RFC 7230: the request line itself is bounded.
        ((int)(await browser.Get(server.Ask("zqx=" + new string('z', 9000)))).Status).ShouldBeOneOf(400, 414, 431);
    }

    [Theory, Engines]
    public async Task Peer_69_Codes_are_not_heaped_up(On engine)
    {
        await using var server = await AppServer.New(engine);
        using var browser = await server.SignedIn();
        await browser.Visit(server.Ask());
        await browser.Allow();

        for (var i = 0; i < 8; i++)
        {
            server.Installation.Clock.Advance(TimeSpan.FromMilliseconds(5));
            (await browser.Get(server.Ask())).ShouldGiveCode(server.Node);
        }

        (await server.Codes()).ShouldBe(9);
        (await server.LiveCodes()).ShouldBe(5);
        (await server.Installation.Count("(select created_at, ended_at from authorization_codes order by created_at desc limit 5) as newest where ended_at is null")).ShouldBe(5);
    }

    // Rows that were changed behind the program's back are read anew.
    private static async Task Forget(AppServer server)
    {
        await server.Installation.Do("consumer", "disable", server.App.Key);
        await server.Installation.Do("consumer", "enable", server.App.Key);
        await Task.Delay(200);
    }

    private static void Harmless(PageAnswer page, string polyglot)
    {
        foreach (var part in new[] { "<script", "<img src=x", "<svg", "onerror=", " autofocus", "\" onfocus" })
        {
            if (polyglot.Contains(part, StringComparison.OrdinalIgnoreCase))
                Regex.IsMatch(page.Html, "<[^>]*" + Regex.Escape(part)).ShouldBeFalse($"{polyglot}: {page.Html}");
        }

        page.Html.ShouldNotContain("href=\"javascript:", Case.Insensitive);
        Regex.IsMatch(page.Html, "<meta[^>]*url=javascript:").ShouldBeFalse();
        page.Headers.GetValueOrDefault("Location", "").ShouldNotContain("<");
    }
}
