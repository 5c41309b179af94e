using System.Net;
using System.Text.Json.Nodes;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.SignIn;

/// <summary>Signing in with a passkey, and what is none.</summary>
public sealed class PasskeyTests
{
    [Theory, Engines]
    public async Task A_passkey_is_added_with_the_password_and_then_signs_in_without_it(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start(settings: Node.OnLocalhost);
        var login = await installation.Login();
        await node.SecondFactor(installation, login);
        using var passkey = new Authenticator(node.Issuer) { Synced = false, Count = 1 };
        await Add(node, installation, login, passkey, "Work laptop");
        using var browser = node.Browser(installation);

        (await browser.Get("/signin?return=%2Fconsent%3Fx%3D1")).Html.ShouldContain("href=\"/signin/passkey?return=%2Fconsent%3Fx%3D1\"");
        browser.Page.Html.ShouldNotContain("<script");
        var page = await browser.Get("/signin/passkey?return=%2Fconsent%3Fx%3D1");
        page.Headers["Content-Security-Policy"].ShouldStartWith("script-src 'self'; default-src 'none';");
        page.Html.ShouldNotContain(login.Email);
        Authenticator.Options(page)["allowCredentials"]!.AsArray().ShouldBeEmpty();
        Authenticator.Options(page)["userVerification"]!.GetValue<string>().ShouldBe("required");
        Authenticator.Options(page)["rpId"]!.GetValue<string>().ShouldBe("localhost");
        (await browser.Submit("/signin/passkey", ("credential", passkey.Show(page)))).Location.ShouldBe("/consent?x=1");

        (await browser.IsSignedIn()).ShouldBeTrue();
        browser.Cookie("passkey").ShouldBeNull();
        // RFC 8176: a key of hardware, somebody who was there, more than one factor; no password.
        (await installation.Query<string>("select methods from sessions where ended_at is null and methods <> 'pwd'")).ShouldBe(["hwk user mfa"]);
        (await installation.Query<string>("select data from transactions_log where action = 'session.begin' order by number desc limit 1")).Single().ShouldContain("\"with\":\"passkey\"");
        (await installation.Query<long>("select sign_count from passkeys")).ShouldBe([2L]);
        (await installation.Count("passkeys where last_used_at is not null and transports = 'internal'")).ShouldBe(1);
        (await installation.Actions("passkey.%")).ShouldBe(["passkey.add"]);
        (await browser.Get("/account/passkeys")).Html.ShouldContain("Work laptop");
        await installation.Do("log", "verify");
    }

    [Theory, Engines]
    public async Task A_passkey_that_is_synced_says_so_and_keeps_no_count(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (node, _, passkey) = await WithPasskey(installation);

        for (var i = 0; i < 2; i++)
            (await SignIn(node, installation, passkey)).ShouldBeTrue();

        (await installation.Query<string>("select distinct methods from sessions where methods <> 'pwd'")).ShouldBe(["swk user mfa"]);
        passkey.Dispose();
    }

    [Theory, Engines]
    public async Task An_answer_is_taken_once_also_with_the_page_and_the_cookie_that_it_was_given_for(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (node, _, passkey) = await WithPasskey(installation);
        using var browser = node.Browser(installation);
        var page = await browser.Get("/signin/passkey");
        var (answer, cookie) = (passkey.Show(page), browser.Cookie("passkey"));
        (await browser.Submit("/signin/passkey", ("credential", answer))).Location.ShouldBe("/account/apps");
        var sessions = await installation.Count("sessions");

        // With the sealed question as a thief may have kept it, with that of another page, and with none.
        foreach (var kept in new[] { cookie, null, "" })
        {
            using var thief = node.Browser(installation);
            await thief.Get("/signin/passkey");
            if (kept is not null)
                thief.Cookies.Add(new Uri(node.Issuer), new Cookie("passkey", kept));
            var refused = await thief.Submit("/signin/passkey", ("credential", answer));
            refused.Status.ShouldBe(HttpStatusCode.OK);
            refused.Html.ShouldContain("That passkey was not accepted");
            (await thief.IsSignedIn()).ShouldBeFalse();
        }

        (await installation.Count("sessions")).ShouldBe(sessions);
        (await installation.Count("passkey_challenges")).ShouldBe(2); // the one that added it, the one that signed in: refusals write none
        passkey.Dispose();
    }

    [Theory, Engines]
    public async Task Of_many_who_send_one_answer_at_once_one_is_let_in(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (node, _, passkey) = await WithPasskey(installation);
        using var first = node.Browser(installation);
        var answer = passkey.Show(await first.Get("/signin/passkey"));
        var browsers = Enumerable.Range(0, 4).Select(_ => node.Browser(installation)).ToArray();
        foreach (var browser in browsers)
        {
            await browser.Get("/signin/passkey");
            browser.Cookies.Add(new Uri(node.Issuer), new Cookie("passkey", first.Cookie("passkey")));
        }

        var answers = await Task.WhenAll(browsers.Select(browser => browser.Submit("/signin/passkey", ("credential", answer))));

        answers.Count(page => page.Status == HttpStatusCode.SeeOther).ShouldBe(1);
        Array.ForEach(browsers, browser => browser.Dispose());
        passkey.Dispose();
    }

    [Theory, Engines]
    public async Task What_is_not_as_it_was_asked_for_signs_nobody_in(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (node, login, passkey) = await WithPasskey(installation);
        using var stranger = new Authenticator(node.Issuer);
        var wrong = new (string What, Func<PageAnswer, string?> Answer)[]
        {
            ("another origin", page => With(passkey, page, key => key.Origin = "https://localhost.evil.test")),
            ("our name at another port", page => With(passkey, page, key => key.Origin = "http://localhost:1")),
            ("a page of somebody else's around ours", page => With(passkey, page, key => key.CrossOrigin = true)),
            ("nobody who proved it to the device", page => With(passkey, page, key => key.Verified = false)),
            ("a passkey that was made for another site", page => passkey.Show(Changed(page, "rpId", "evil.test"))),
            ("a challenge that was not asked", page => passkey.Show(Changed(page, "challenge", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))),
            ("no longer synced", page => With(passkey, page, key => key.Synced = false)),
            ("another key under its name", page => Renamed(stranger.Show(page), passkey)),
            ("a passkey that nobody has", page => stranger.Show(page)),
            ("nothing", _ => ""),
            ("no field", _ => null),
            ("no JSON", _ => "{"),
            ("an array", _ => "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]"),
            ("no object", _ => "\"id\""),
            ("a number for a name", _ => "{\"id\":1}"),
            ("no base64", _ => "{\"id\":\"*\"}"),
            ("only its name", _ => new JsonObject { ["id"] = System.Buffers.Text.Base64Url.EncodeToString(passkey.Id) }.ToJsonString()),
            ("too much", page => passkey.Show(page) + new string(' ', 8000)),
        };

        foreach (var (what, answer) in wrong)
        {
            using var browser = node.Browser(installation);
            var page = await browser.Get("/signin/passkey");
            var refused = await browser.Submit("/signin/passkey", ("credential", answer(page)));
            refused.Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.BadRequest);
            refused.Headers.ShouldNotContainKey("Location", what);
            (await browser.IsSignedIn()).ShouldBeFalse(what);
        }

        (await SignIn(node, installation, passkey)).ShouldBeTrue("and as it was asked for it does");
        (await installation.Count("users where last_signed_in_at is not null")).ShouldBe(1);
        login.ShouldNotBeNull();
        passkey.Dispose();
    }

    [Theory, Engines]
    public async Task A_count_that_does_not_grow_is_refused(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (node, _, passkey) = await WithPasskey(installation, synced: false);
        passkey.Count = 7;
        (await SignIn(node, installation, passkey)).ShouldBeTrue();

        passkey.Count = 6;
        (await SignIn(node, installation, passkey)).ShouldBeFalse("a copy of it is at the same count");
        passkey.Count = 9;
        (await SignIn(node, installation, passkey)).ShouldBeTrue();
        passkey.Dispose();
    }

    [Theory, Engines]
    public async Task A_question_ends_after_five_minutes(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (node, _, passkey) = await WithPasskey(installation);
        using var browser = node.Browser(installation);
        var page = await browser.Get("/signin/passkey");
        installation.Clock.Advance(TimeSpan.FromMinutes(5));
        (await browser.Submit("/signin/passkey", ("credential", passkey.Show(page)))).Html.ShouldContain("was not accepted");

        page = browser.Page;
        installation.Clock.Advance(TimeSpan.FromMinutes(4));
        (await browser.Submit("/signin/passkey", ("credential", passkey.Show(page)))).Location.ShouldBe("/account/apps");
        passkey.Dispose();
    }

    [Theory, Engines]
    public async Task One_that_was_removed_or_whose_person_is_disabled_is_refused_between_question_and_answer(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (node, login, passkey) = await WithPasskey(installation);
        foreach (var (what, change, back) in new (string, string[], string[]?)[] { ("disabled", ["user", "disable", login.Email], ["user", "enable", login.Email]), ("removed", ["user", "remove-passkeys", login.Email], null) })
        {
            using var browser = node.Browser(installation);
            var page = await browser.Get("/signin/passkey");
            var answer = passkey.Show(page);
            await installation.Do(change);

            (await browser.Submit("/signin/passkey", ("credential", answer))).Html.ShouldContain("was not accepted", customMessage: what);
            (await browser.IsSignedIn()).ShouldBeFalse(what);
            if (back is null)
                continue;

            await installation.Do(back);
            (await SignIn(node, installation, passkey)).ShouldBeTrue();
        }

        (await installation.Count("passkeys")).ShouldBe(0);
        (await installation.Actions("passkey.remove%")).ShouldBe(["passkey.remove_all"]);
        (await installation.Do("user", "remove-passkeys", login.Email)).GetProperty("removed").GetInt32().ShouldBe(0);
        passkey.Dispose();
    }

    [Theory, Engines]
    public async Task A_passkey_is_the_second_factor_that_the_company_asks_for_and_nothing_is_put_in_its_place_with_the_password(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (node, login, passkey) = await WithPasskey(installation);
        await installation.Do("security", "edit", "--second-factor", "everybody", "--password-months", "1");
        installation.Clock.Advance(TimeSpan.FromDays(10));
        using var browser = node.Browser(installation);

        (await browser.SignInAs(login)).Location.ShouldBe("/signin/passkey");
        (await browser.IsSignedIn()).ShouldBeFalse();
        (await browser.Get("/signin/second-factor")).Location.ShouldBe("/signin/passkey");
        var page = await browser.Get("/signin/passkey");
        page.Html.ShouldContain("Your passkey is enough");
        (await browser.Submit("/signin/passkey", ("credential", passkey.Show(page)))).Location.ShouldBe("/account/apps");
        browser.Cookie("signin").ShouldBeNull();

        // The last one stays while the company asks for it.
        var id = (await installation.Query<Guid>("select id from passkeys")).Single();
        await browser.Get($"/account/passkeys/{id}");
        (await browser.Submit($"/account/passkeys/{id}", ("do", "remove"), ("password", login.Password))).Html.ShouldContain("it cannot be switched off");
        (await installation.Count("passkeys")).ShouldBe(1);
        // Who shows no password is not asked for another one.
        installation.Clock.Advance(TimeSpan.FromDays(40));
        (await SignIn(node, installation, passkey)).ShouldBeTrue();
        (await installation.Do("security", "show")).GetProperty("without_second_factor").GetInt32().ShouldBe(0);
        passkey.Dispose();
    }

    [Theory, Engines]
    public async Task Passkeys_are_renamed_and_removed_by_their_person_alone(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (node, login, passkey) = await WithPasskey(installation);
        var other = await installation.Login();
        var id = (await installation.Query<Guid>("select id from passkeys")).Single();
        using var stranger = node.Browser(installation);
        await stranger.SignInAs(other);
        (await stranger.Get($"/account/passkeys/{id}")).Status.ShouldBe(HttpStatusCode.NotFound);
        await stranger.Get("/account/passkeys");
        (await stranger.Submit($"/account/passkeys/{id}", ("do", "rename"), ("name", "Mine now"))).Status.ShouldBe(HttpStatusCode.NotFound);
        (await stranger.Submit($"/account/passkeys/{id}", ("do", "remove"), ("password", other.Password))).Status.ShouldBe(HttpStatusCode.NotFound);
        (await installation.Query<string>("select name from passkeys")).ShouldBe(["Phone"]);

        using var browser = node.Browser(installation);
        await browser.SignInAs(login);
        await browser.Get($"/account/passkeys/{id}");
        (await browser.Submit($"/account/passkeys/{id}", ("do", "rename"), ("name", "  "))).Html.ShouldContain("Give the passkey a name");
        (await browser.Submit($"/account/passkeys/{id}", ("do", "rename"), ("name", new string('x', 61)))).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await browser.Submit($"/account/passkeys/{id}", ("do", "rename"), ("name", "Pocket phone"))).Location.ShouldBe("/account/passkeys?done=passkey_renamed");
        (await browser.Get("/account/passkeys")).Html.ShouldContain("Pocket phone");
        await browser.Get($"/account/passkeys/{id}");
        (await browser.Submit($"/account/passkeys/{id}", ("do", "remove"), ("password", "not the password"))).Html.ShouldContain("The password is wrong.");
        (await browser.Submit($"/account/passkeys/{id}", ("do", "remove"), ("password", login.Password))).Location.ShouldBe("/account/passkeys?done=passkey_removed");
        (await browser.Get($"/account/passkeys/{id}")).Status.ShouldBe(HttpStatusCode.NotFound);

        (await SignIn(node, installation, passkey)).ShouldBeFalse();
        (await installation.Actions("passkey.%")).ShouldBe(["passkey.add", "passkey.rename", "passkey.remove"]);
        await installation.Do("log", "verify");
        passkey.Dispose();
    }

    [Theory, Engines]
    public async Task A_new_passkey_needs_the_password_the_session_that_asked_and_a_key_that_nobody_has(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start(settings: Node.OnLocalhost);
        var (mine, others) = (await installation.Login(), await installation.Login());
        using var passkey = new Authenticator(node.Issuer);
        using var browser = node.Browser(installation);
        await browser.SignInAs(mine);
        await browser.Get("/account/passkeys");
        (await browser.Submit("/account/passkeys", ("name", "Phone"), ("password", "not the password"))).Html.ShouldContain("The password is wrong.");
        (await browser.Submit("/account/passkeys", ("name", "\u202E"), ("password", mine.Password))).Html.ShouldContain("Give the passkey a name");
        (await browser.Get("/account/passkeys/new")).Location.ShouldBe("/account/passkeys");
        await browser.Get("/account/passkeys");
        (await browser.Submit("/account/passkeys/new", ("credential", "{}"))).Html.ShouldContain("was not accepted");

        // From a page of another origin, and without having proved it to the device.
        foreach (var spoil in new Action<Authenticator>[] { key => key.Origin = "http://evil.test", key => key.Verified = false, key => key.CrossOrigin = true })
        {
            await browser.Get("/account/passkeys");
            var asked = await browser.Submit("/account/passkeys", ("name", "Phone"), ("password", mine.Password));
            spoil(passkey);
            (await browser.Submit("/account/passkeys/new", ("credential", passkey.Make(asked)))).Html.ShouldContain("was not accepted");
            (passkey.Origin, passkey.Verified, passkey.CrossOrigin) = (node.Issuer, true, false);
        }

        (await installation.Count("passkeys")).ShouldBe(0);
        // The page asks anew, and that is good.
        (await browser.Submit("/account/passkeys/new", ("credential", passkey.Make(browser.Page)))).Location.ShouldBe("/account/passkeys?done=passkey_added");

        // The same key for somebody else, and an answer to what somebody else was asked.
        using var stranger = node.Browser(installation);
        await stranger.SignInAs(others);
        await stranger.Get("/account/passkeys");
        var theirs = await stranger.Submit("/account/passkeys", ("name", "Theirs"), ("password", others.Password));
        var question = stranger.Cookie("passkey");
        (await stranger.Submit("/account/passkeys/new", ("credential", passkey.Make(theirs)))).Html.ShouldContain("registered already");
        using var second = new Authenticator(node.Issuer);
        await browser.Get("/account/passkeys");
        browser.Cookies.Add(new Uri(node.Issuer), new Cookie("passkey", question));
        (await browser.Submit("/account/passkeys/new", ("credential", second.Make(theirs)))).Html.ShouldContain("was not accepted");
        (await installation.Count("passkeys")).ShouldBe(1);
        Authenticator.Options(await Asked(browser, mine))["excludeCredentials"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task At_an_address_where_browsers_make_none_nobody_is_offered_one()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var login = await installation.Login();
        using var browser = node.Browser(installation);

        (await browser.Get("/signin")).Html.ShouldNotContain("passkey");
        (await browser.Get("/signin/passkey")).Location.ShouldBe("/signin");
        await browser.SignInAs(login);
        (await browser.Get("/account/passkeys")).Html.ShouldContain("needs https and a name");
        browser.Page.Html.ShouldNotContain("<form");
    }

    private static async Task<(Node Node, Login Login, Authenticator Passkey)> WithPasskey(Installation installation, bool synced = true)
    {
        var node = await installation.Start(settings: Node.OnLocalhost);
        var login = await installation.Login();
        var passkey = new Authenticator(node.Issuer) { Synced = synced };
        await Add(node, installation, login, passkey, "Phone");
        return (node, login, passkey);
    }

    private static async Task Add(Node node, Installation installation, Login login, Authenticator passkey, string name)
    {
        using var browser = node.Browser(installation);
        var user = (await installation.Read(session => UserStore.FindByEmail(session, login.Email)))!;
        await browser.SignIn(new TestPerson(user.Id, user.Email, user.Name));
        var asked = await Asked(browser, login, name);
        (await browser.Submit("/account/passkeys/new", ("credential", passkey.Make(asked)))).Location.ShouldBe("/account/passkeys?done=passkey_added");
    }

    private static async Task<PageAnswer> Asked(Browser browser, Login login, string name = "Phone")
    {
        await browser.Get("/account/passkeys");
        return await browser.Submit("/account/passkeys", ("name", name), ("password", login.Password));
    }

    private static async Task<bool> SignIn(Node node, Installation installation, Authenticator passkey)
    {
        using var browser = node.Browser(installation);
        var page = await browser.Get("/signin/passkey");
        return (await browser.Submit("/signin/passkey", ("credential", passkey.Show(page)))).Location == "/account/apps" && await browser.IsSignedIn();
    }

    private static string With(Authenticator passkey, PageAnswer page, Action<Authenticator> spoil)
    {
        var origin = passkey.Origin;
        spoil(passkey);
        var answer = passkey.Show(page);
        (passkey.Origin, passkey.Verified, passkey.CrossOrigin, passkey.Synced) = (origin, true, false, true);
        return answer;
    }

    private static JsonNode Changed(PageAnswer page, string field, string value)
    {
        var options = Authenticator.Options(page);
        options[field] = value;
        return options;
    }

    private static string Renamed(string answer, Authenticator passkey)
    {
        var credential = JsonNode.Parse(answer)!;
        foreach (var field in new[] { "id", "rawId" })
            credential[field] = System.Buffers.Text.Base64Url.EncodeToString(passkey.Id);
        return credential.ToJsonString();
    }
}
