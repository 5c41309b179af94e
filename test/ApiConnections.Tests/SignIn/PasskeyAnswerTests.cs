using System.Net;
using System.Text.Json.Nodes;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.SignIn;

/// <summary>What browsers answer when they are asked for a passkey: taken once, while it is as it was asked for.</summary>
public sealed class PasskeyAnswerTests
{
    [Theory, Engines]
    public async Task An_answer_is_taken_once_also_with_the_page_and_the_cookie_that_it_was_given_for(On engine)
    {
        await using var installation = await Installation.New(engine);
        using var holder = await PasskeyHolder.New(installation);
        using var browser = holder.Node.Browser(installation);
        var page = await browser.Get("/signin/passkey");
        var (answer, cookie) = (holder.Passkey.Show(page), browser.Cookie("passkey"));
        (await browser.Submit("/signin/passkey", ("credential", answer))).Location.ShouldBe("/account/apps");
        var sessions = await installation.Count("sessions");

        // With the sealed question as a thief may have kept it, with that of another page, and with none.
        foreach (var kept in new[] { cookie, null, "" })
        {
            using var thief = holder.Node.Browser(installation);
            await thief.Get("/signin/passkey");
            if (kept is not null)
                thief.Cookies.Add(new Uri(holder.Node.Issuer), new Cookie("passkey", kept));
            var refused = await thief.Submit("/signin/passkey", ("credential", answer));
            refused.Status.ShouldBe(HttpStatusCode.OK);
            refused.Html.ShouldContain("That passkey was not accepted");
            (await thief.IsSignedIn()).ShouldBeFalse();
        }

        (await installation.Count("sessions")).ShouldBe(sessions);
        (await installation.Count("passkey_challenges")).ShouldBe(2); // the one that added it, the one that signed in: refusals write none
    }

    [Theory, Engines]
    public async Task Of_many_who_send_one_answer_at_once_one_is_let_in(On engine)
    {
        await using var installation = await Installation.New(engine);
        using var holder = await PasskeyHolder.New(installation);
        using var first = holder.Node.Browser(installation);
        var answer = holder.Passkey.Show(await first.Get("/signin/passkey"));
        var browsers = Enumerable.Range(0, 4).Select(_ => holder.Node.Browser(installation)).ToArray();
        foreach (var browser in browsers)
        {
            await browser.Get("/signin/passkey");
            browser.Cookies.Add(new Uri(holder.Node.Issuer), new Cookie("passkey", first.Cookie("passkey")));
        }

        var answers = await Task.WhenAll(browsers.Select(browser => browser.Submit("/signin/passkey", ("credential", answer))));

        answers.Count(page => page.Status == HttpStatusCode.SeeOther).ShouldBe(1);
        Array.ForEach(browsers, browser => browser.Dispose());
    }

    [Theory, Engines]
    public async Task What_is_not_as_it_was_asked_for_signs_nobody_in(On engine)
    {
        await using var installation = await Installation.New(engine);
        using var holder = await PasskeyHolder.New(installation);
        using var stranger = new Authenticator(holder.Node.Issuer);
        const HttpStatusCode Again = HttpStatusCode.OK; // the page once more, with what is wrong on it
        const HttpStatusCode NoForm = HttpStatusCode.BadRequest;
        var wrong = new (string What, HttpStatusCode Status, Func<PageAnswer, string?> Answer)[]
        {
            ("another origin", Again, page => With(holder.Passkey, page, key => key.Origin = "https://localhost.evil.test")),
            ("our name at another port", Again, page => With(holder.Passkey, page, key => key.Origin = "http://localhost:1")),
            ("a page of somebody else's around ours", Again, page => With(holder.Passkey, page, key => key.CrossOrigin = true)),
            ("nobody who proved it to the device", Again, page => With(holder.Passkey, page, key => key.Verified = false)),
            ("a passkey that was made for another site", Again, page => holder.Passkey.Show(Changed(page, "rpId", "evil.test"))),
            ("a challenge that was not asked", Again, page => holder.Passkey.Show(Changed(page, "challenge", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))),
            ("no longer synced", Again, page => With(holder.Passkey, page, key => key.Synced = false)),
            ("another key under its name", Again, page => Renamed(stranger.Show(page), holder.Passkey)),
            ("a passkey that nobody has", Again, page => stranger.Show(page)),
            ("nothing", Again, _ => ""),
            ("no field", Again, _ => null),
            ("no JSON", Again, _ => "{"),
            ("an array", Again, _ => "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]"),
            ("no object", Again, _ => "\"id\""),
            ("a number for a name", Again, _ => "{\"id\":1}"),
            ("no base64", Again, _ => "{\"id\":\"*\"}"),
            ("only its name", Again, _ => new JsonObject { ["id"] = System.Buffers.Text.Base64Url.EncodeToString(holder.Passkey.Id) }.ToJsonString()),
            ("too much", NoForm, page => holder.Passkey.Show(page) + new string(' ', 8000)),
        };

        foreach (var (what, status, answer) in wrong)
        {
            using var browser = holder.Node.Browser(installation);
            var page = await browser.Get("/signin/passkey");
            var refused = await browser.Submit("/signin/passkey", ("credential", answer(page)));
            refused.Status.ShouldBe(status, what);
            refused.Headers.ShouldNotContainKey("Location", what);
            (await browser.IsSignedIn()).ShouldBeFalse(what);
        }

        (await holder.SignIn()).ShouldBeTrue("and as it was asked for it does");
        (await installation.Count("users where last_signed_in_at is not null")).ShouldBe(1);
    }

    [Theory, Engines]
    public async Task A_count_that_does_not_grow_is_refused(On engine)
    {
        await using var installation = await Installation.New(engine);
        using var holder = await PasskeyHolder.New(installation, synced: false);
        holder.Passkey.Count = 7;
        (await holder.SignIn()).ShouldBeTrue();

        holder.Passkey.Count = 6;
        (await holder.SignIn()).ShouldBeFalse("a copy of it is at the same count");
        holder.Passkey.Count = 9;
        (await holder.SignIn()).ShouldBeTrue();
    }

    [Theory, Engines]
    public async Task A_question_ends_after_five_minutes(On engine)
    {
        await using var installation = await Installation.New(engine);
        using var holder = await PasskeyHolder.New(installation);
        using var browser = holder.Node.Browser(installation);
        var page = await browser.Get("/signin/passkey");
        installation.Clock.Advance(TimeSpan.FromMinutes(5));
        (await browser.Submit("/signin/passkey", ("credential", holder.Passkey.Show(page)))).Html.ShouldContain("was not accepted");

        page = browser.Page;
        installation.Clock.Advance(TimeSpan.FromMinutes(4));
        (await browser.Submit("/signin/passkey", ("credential", holder.Passkey.Show(page)))).Location.ShouldBe("/account/apps");
    }

    [Theory, Engines]
    public async Task One_that_was_removed_or_whose_person_is_disabled_is_refused_between_question_and_answer(On engine)
    {
        await using var installation = await Installation.New(engine);
        using var holder = await PasskeyHolder.New(installation);
        foreach (var (what, change, back) in new (string, string[], string[]?)[] { ("disabled", ["user", "disable", holder.Login.Email], ["user", "enable", holder.Login.Email]), ("removed", ["user", "remove-passkeys", holder.Login.Email], null) })
        {
            using var browser = holder.Node.Browser(installation);
            var page = await browser.Get("/signin/passkey");
            var answer = holder.Passkey.Show(page);
            await installation.Do(change);

            (await browser.Submit("/signin/passkey", ("credential", answer))).Html.ShouldContain("was not accepted", customMessage: what);
            (await browser.IsSignedIn()).ShouldBeFalse(what);
            if (back is null)
                continue;

            await installation.Do(back);
            (await holder.SignIn()).ShouldBeTrue();
        }

        (await installation.Count("passkeys")).ShouldBe(0);
        (await installation.Actions("passkey.remove%")).ShouldBe(["passkey.remove_all"]);
        (await installation.Do("user", "remove-passkeys", holder.Login.Email)).GetProperty("removed").GetInt32().ShouldBe(0);
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
