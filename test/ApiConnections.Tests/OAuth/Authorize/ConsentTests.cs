using System.Net;
using System.Text.RegularExpressions;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Authorize;

public sealed class ConsentTests
{
    [Theory, Engines]
    public async Task N25_The_page_says_who_asks_for_what_for_how_long_and_where_it_ends(On engine)
    {
        await using var server = await AppServer.New(engine);
        await server.Installation.Execute("update companies set contact = 'help@acme.test'");
        var app = await server.Another(
            "--callback", AppServer.Callback, "--url", "https://app.test/", "--privacy-policy-url", "https://app.test/privacy", "--eula-url", "https://app.test/terms", "--required-scopes", "tasks:view");
        using var browser = await server.SignedIn();

        var html = WebUtility.HtmlDecode((await browser.Visit(server.Ask("", app))).ShouldAsk().Html);

        foreach (var text in new[] { app.Name, "Acme", "help@acme.test", "app.test", "180 days", server.Person.Email, "Not you?", "/account/apps", "See equipment, locations, tools and spare parts", "Always needed" })
            html.ShouldContain(text);
        Regex.Count(html, "href=\"https://[^\"]*\" rel=\"noopener noreferrer nofollow\"").ShouldBe(3);
        browser.Page.Boxes().ShouldBe(["assets:view", "tasks:add", "tasks:edit"]);
        browser.Page.Ticked().ShouldBe(["assets:view", "tasks:add", "tasks:edit"]);
        Regex.Count(html, "<h1").ShouldBe(1);
        html.ShouldContain("<legend>");
    }

    [Theory, Engines]
    public async Task N26_What_is_unticked_is_declined_and_not_asked_for_again(On engine)
    {
        await using var server = await AppServer.New(engine);
        using var browser = await server.SignedIn();
        await browser.Visit(server.Ask());

        (await browser.Allow("assets:view", "tasks:view")).ShouldGiveCode(server.Node);

        var grant = (await server.Grants()).ShouldHaveSingleItem();
        (grant.Scope, grant.Declined).ShouldBe(("assets:view tasks:view", "tasks:add tasks:edit"));
        // The same request again, and a smaller one: no page, and the declined is not in the code.
        (await browser.Get(server.Ask())).ShouldGiveCode(server.Node);
        browser.Page.Status.ShouldBe(HttpStatusCode.SeeOther);
        (await browser.Get(server.Ask("scope=tasks:view%20tasks:edit"))).ShouldGiveCode(server.Node);
        (await server.Installation.Query<string>("select scope from authorization_codes order by scope")).ShouldBe(["assets:view tasks:view", "assets:view tasks:view", "tasks:view"]);
        // Only declined ones: that has to be asked.
        (await browser.Visit(server.Ask("scope=tasks:edit"))).ShouldAsk();
        (await browser.Allow("tasks:edit")).ShouldGiveCode(server.Node);
        grant = (await server.Grants()).ShouldHaveSingleItem();
        (grant.Scope, grant.Declined).ShouldBe(("assets:view tasks:edit tasks:view", "tasks:add"));
        // Remembered answers are no new grants.
        (await server.Installation.Count("transactions_log where action = 'authorization.grant'")).ShouldBe(2);
    }

    [Theory, Engines]
    public async Task More_than_before_is_asked_and_stands_out(On engine)
    {
        await using var server = await AppServer.New(engine);
        using var browser = await server.SignedIn();
        await browser.Visit(server.Ask("scope=tasks:view"));
        browser.Page.Html.ShouldNotContain("tag new");
        await browser.Allow();

        var page = (await browser.Visit(server.Ask("scope=tasks:view%20tasks:edit"))).ShouldAsk();

        Regex.Count(page.Html, "<span class=\"tag new\">").ShouldBe(1);
        Regex.IsMatch(page.Html, "value=\"tasks:edit\"[^>]*>(?:(?!</label>).)*tag new", RegexOptions.Singleline).ShouldBeTrue();
    }

    [Theory, Engines]
    public async Task Peer_33_A_public_app_a_loopback_and_a_private_scheme_are_asked_every_time(On engine)
    {
        await using var server = await AppServer.New(engine);
        using var browser = await server.SignedIn();
        foreach (var (options, redirect) in new (string[], string)[]
        {
            (["--callback", "https://spa.test/cb", "--public"], "https://spa.test/cb"),
            (["--callback", "http://127.0.0.1/cb"], "http://127.0.0.1:4321/cb"),
            (["--callback", "com.example.app:/cb"], "com.example.app:/cb"),
        })
        {
            var app = await server.Another(options);
            var address = server.Ask("redirect_uri=" + Uri.EscapeDataString(redirect), app);
            for (var i = 0; i < 2; i++)
            {
                (await browser.Visit(address)).ShouldAsk();
                (await browser.Allow()).HandOver.ShouldNotBeNull().ShouldStartWith(redirect + "?code=");
            }

            (await browser.Get(address + "&prompt=none")).ShouldRefuse(server.Node, "consent_required");
        }
    }

    [Theory, Engines]
    public async Task Deny_is_told_to_the_app_and_nothing_is_kept(On engine)
    {
        await using var server = await AppServer.New(engine);
        using var browser = await server.SignedIn();
        await browser.Visit(server.Ask());
        var open = browser.Page;

        (await browser.Deny()).ShouldRefuse(server.Node, "access_denied");

        browser.Page.Location.ShouldBeNull();
        await server.NothingGranted();
        // Decided is decided.
        var late = await browser.Post("/consent", [.. open.Hidden, ("decision", "allow"), ("scope", "tasks:view")]);
        late.ShouldBePage(HttpStatusCode.OK);
        late.Html.ShouldContain("answered already");
        await server.NothingGranted();
        (await browser.Visit(server.Ask())).ShouldAsk();
    }

    [Theory, Engines]
    public async Task With_nothing_ticked_the_page_comes_again_and_nothing_is_decided(On engine)
    {
        await using var server = await AppServer.New(engine);
        using var browser = await server.SignedIn();
        await browser.Visit(server.Ask());

        foreach (var scopes in new[] { [], ["zqx"], new[] { "warehouses:view", "" } })
        {
            var page = (await browser.Submit("/consent", [("decision", "allow"), .. scopes.Select(scope => ("scope", (string?)scope))])).ShouldAsk();
            page.Html.ShouldContain("role=\"alert\"");
            page.Ticked().ShouldBeEmpty();
        }

        await server.NothingGranted();
        (await browser.Allow("tasks:view")).ShouldGiveCode(server.Node);
    }

    [Theory, Engines]
    public async Task What_the_app_cannot_work_without_is_granted_whatever_is_ticked(On engine)
    {
        await using var server = await AppServer.New(engine);
        var app = await server.Another("--callback", AppServer.Callback, "--required-scopes", "tasks:view");
        using var browser = await server.SignedIn();
        await browser.Visit(server.Ask("", app));

        (await browser.Submit("/consent", ("decision", "allow"))).ShouldGiveCode(server.Node);

        (await server.Grants()).ShouldHaveSingleItem().Scope.ShouldBe("tasks:view");
        (await browser.Get(server.Ask("", app))).ShouldGiveCode(server.Node);
        // A required one that was declined is asked for again.
        await server.Installation.Execute("update consumers set required_scopes = 'tasks:view tasks:edit', version = version + 1 where key = @Key", new { app.Key });
        (await browser.Visit(server.Ask("", app))).ShouldAsk();
    }

    [Theory, Engines]
    public async Task Two_tabs_of_a_browser_are_answered_each_for_itself(On engine)
    {
        await using var server = await AppServer.New(engine);
        using var browser = await server.SignedIn();
        await browser.Visit(server.Ask("scope=tasks:view state=first"));
        var first = browser.Page;
        await browser.Visit(server.Ask("scope=assets:view state=second"));
        var second = browser.Page;

        (await browser.Post("/consent", [.. first.Hidden, ("decision", "allow"), ("scope", "tasks:view")])).ShouldGiveCode(server.Node, "first");
        (await browser.Post("/consent", [.. second.Hidden, ("decision", "allow"), ("scope", "assets:view")])).ShouldGiveCode(server.Node, "second");

        (await server.Grants()).ShouldHaveSingleItem().Scope.ShouldBe("assets:view tasks:view");
        (await server.Installation.Query<string>("select scope from authorization_codes order by scope")).ShouldBe(["assets:view", "tasks:view"]);
    }

    [Theory, Engines]
    public async Task Peer_31_What_changed_between_page_and_answer_is_decided_anew(On engine)
    {
        await using var server = await AppServer.New(engine);
        var app = await server.Another("--callback", AppServer.Callback, "--callback", "https://app.test/second");
        using var browser = await server.SignedIn();
        var second = "redirect_uri=" + Uri.EscapeDataString("https://app.test/second");

        // The app asks for more as a must, under another name: the page comes again.
        await browser.Visit(server.Ask(second, app));
        await server.Installation.Execute("update consumers set required_scopes = 'tasks:edit', name = 'Other name', version = version + 1 where key = @Key", new { app.Key });
        (await browser.Allow("tasks:view")).ShouldAsk().Html.ShouldContain("role=\"alert\"");
        WebUtility.HtmlDecode(browser.Page.Html).ShouldContain("Other name");
        browser.Page.Boxes().ShouldNotContain("tasks:edit");
        await server.NothingGranted();

        // The group got more: what was not shown is neither granted nor declined.
        await server.Installation.Do("group", "edit", "Technicians", "--scopes", "assets:view tasks:view tasks:add tasks:edit tasks:delete");
        (await browser.Submit("/consent", ("decision", "allow"), ("scope", "tasks:view"), ("scope", "tasks:delete"))).ShouldGiveCode(server.Node);
        var grant = (await server.Grants()).ShouldHaveSingleItem();
        (grant.Scope, grant.Declined).ShouldBe(("tasks:edit tasks:view", "assets:view tasks:add"));

        // The group got less: what is gone is not granted.
        server.Installation.Clock.Advance(TimeSpan.FromSeconds(1));
        await server.Installation.Do("consumer", "disable", app.Key);
        await server.Installation.Do("consumer", "enable", app.Key);
        await Task.Delay(700); // it has heard now that the consumer was edited
        await browser.Visit(server.Ask(second + " prompt=consent", app));
        await server.Installation.Do("group", "edit", "Technicians", "--scopes", "assets:view tasks:edit");
        (await browser.Submit("/consent", ("decision", "allow"), ("scope", "tasks:add"), ("scope", "assets:view"))).ShouldGiveCode(server.Node);
        (await server.Installation.Query<string>("select scope from authorization_codes order by locator desc limit 1")).ShouldBe(["assets:view tasks:edit"]);

        // The callback was taken away.
        await browser.Visit(server.Ask(second + " prompt=consent", app));
        await server.Installation.Execute("update consumers set callback_urls = @only, version = version + 1 where key = @Key", new { app.Key, only = AppServer.Callback });
        var codes = await server.Codes();
        (await browser.Allow()).ShouldBePage(HttpStatusCode.BadRequest);
        (await server.Codes()).ShouldBe(codes);

        // The person lost everything.
        await browser.Visit(server.Ask("prompt=consent", app));
        await server.Installation.Execute("update users set group_id = null");
        (await browser.Allow("assets:view")).ShouldRefuse(server.Node, "access_denied");
        (await server.Codes()).ShouldBe(codes);
    }

    [Theory, Engines]
    public async Task A_person_who_was_disabled_or_signed_out_answers_nothing(On engine)
    {
        await using var server = await AppServer.New(engine);
        foreach (var sql in new[] { "update users set status = 'disabled' where id = @Id", "update sessions set ended_at = 1 where user_id = @Id" })
        {
            var person = await server.Somebody();
            using var browser = await server.SignedIn(person);
            await browser.Visit(server.Ask());
            await server.Installation.Execute(sql, new { person.Id });

            (await browser.Allow("tasks:view")).ShouldBePage(HttpStatusCode.BadRequest);
        }

        await server.NothingGranted();
    }

    [Theory, Engines]
    public async Task A_revoked_authorization_is_not_remembered_and_a_new_consent_makes_a_new_one(On engine)
    {
        await using var server = await AppServer.New(engine);
        using var browser = await server.SignedIn();
        await browser.Visit(server.Ask());
        await browser.Allow("tasks:view");
        var id = (await server.Installation.Do("authorization", "list"))[0].GetProperty("id").GetString()!;
        await server.Installation.Do("authorization", "revoke", id);

        (await browser.Visit(server.Ask())).ShouldAsk().Ticked().ShouldBe(AppServer.Everything);
        (await browser.Allow("assets:view")).ShouldGiveCode(server.Node);

        (await server.Grants()).Select(grant => $"{grant.Status} {grant.Scope}").Order().ShouldBe(["live assets:view", "revoked tasks:view"]);
    }

    [Theory, Engines]
    public async Task Pages_run_out(On engine)
    {
        await using var server = await AppServer.New(engine);
        using var stranger = server.Browser();
        var back = (await stranger.Get(server.Ask())).Leads["return"];
        using var browser = await server.SignedIn();
        await browser.Visit(server.Ask());
        var open = browser.Page;

        server.Installation.Clock.Advance(TimeSpan.FromMinutes(10));
        (await browser.Post("/consent", [.. open.Hidden, ("decision", "allow"), ("scope", "tasks:view")])).ShouldBePage(HttpStatusCode.BadRequest);
        (await browser.Get("/consent?request=" + open.Hidden.Single(field => field.Name == "request").Value)).ShouldBePage(HttpStatusCode.BadRequest);

        (await stranger.Get(back)).ShouldAskToSignIn();
        server.Installation.Clock.Advance(TimeSpan.FromMinutes(50));
        (await stranger.Get(back)).ShouldBePage(HttpStatusCode.BadRequest);
        await server.NothingGranted();
    }

    [Theory, OnlyPostgres]
    public async Task An_outage_during_consent_is_a_page_leaves_nothing_half_done_and_the_retry_works(On engine)
    {
        engine.ShouldBe(On.Postgres);
        var (server, proxy) = await AppServer.Breakable();
        await using (server)
        await using (proxy)
        {
            using var browser = await server.SignedIn();
            await browser.Visit(server.Ask());
            var open = browser.Page;

            proxy.Cut();
            var down = await browser.Post("/consent", [.. open.Hidden, ("decision", "allow"), ("scope", "tasks:view")]);
            down.ShouldBePage(HttpStatusCode.ServiceUnavailable);
            down.Headers["Retry-After"].ShouldBe("1");
            (await browser.Get(server.Ask())).ShouldBePage(HttpStatusCode.ServiceUnavailable);
            proxy.Restore();
            await server.NothingGranted();

            // It breaks in the middle: the last statement of the transaction fails.
            await server.Installation.Execute("alter table log_heads rename to log_heads_away");
            var broken = await browser.Post("/consent", [.. open.Hidden, ("decision", "allow"), ("scope", "tasks:view")]);
            ((int)broken.Status).ShouldBeGreaterThanOrEqualTo(500);
            broken.ShouldBePage(broken.Status);
            await server.Installation.Execute("alter table log_heads_away rename to log_heads");
            await server.NothingGranted();

            (await browser.Post("/consent", [.. open.Hidden, ("decision", "allow"), ("scope", "tasks:view")])).ShouldGiveCode(server.Node);
        }
    }
}
