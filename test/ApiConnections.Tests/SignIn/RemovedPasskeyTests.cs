using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.SignIn;

/// <summary>What ends with a passkey.</summary>
public sealed class RemovedPasskeyTests
{
    [Theory, Engines]
    public async Task A_passkey_that_is_removed_ends_the_sessions_that_began_with_one_but_for_the_one_in_which_it_is_done(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start(settings: Node.OnLocalhost);
        var (login, stranger) = (await installation.Login(), await installation.Login());
        using var stolen = new Authenticator(node.Issuer) { Synced = false, Count = 1 };
        using var kept = new Authenticator(node.Issuer);
        using var others = new Authenticator(node.Issuer);
        using var owner = node.Browser(installation);
        await owner.SignInAs(login);
        await owner.AddPasskey(login, stolen, "Stolen");
        await owner.AddPasskey(login, kept, "Kept");
        using var other = node.Browser(installation);
        await other.SignInAs(stranger);
        await other.AddPasskey(stranger, others, "Another's");
        using var thief = node.Browser(installation);
        using var second = node.Browser(installation);
        using var apart = node.Browser(installation);
        (await thief.SignInWith(stolen)).ShouldBeTrue();
        (await second.SignInWith(kept)).ShouldBeTrue();
        (await apart.SignInWith(others)).ShouldBeTrue();
        using var here = node.Browser(installation);
        (await here.SignInWith(kept)).ShouldBeTrue();

        var id = (await installation.Query<Guid>("select id from passkeys where name = 'Stolen'")).Single();
        (await here.Get($"/account/passkeys/{id}")).Html.ShouldContain("sessions that began with a passkey end");
        (await here.Submit($"/account/passkeys/{id}", ("do", "remove"), ("password", login.Password))).Location.ShouldBe("/account/passkeys?done=passkey_removed");

        (await thief.IsSignedIn()).ShouldBeFalse("whoever has the device");
        (await second.IsSignedIn()).ShouldBeFalse("which passkey began it is not known");
        (await here.IsSignedIn()).ShouldBeTrue("where it was done");
        (await owner.IsSignedIn()).ShouldBeTrue("it began with the password");
        (await apart.IsSignedIn()).ShouldBeTrue("it is another's");
        (await installation.Query<string>("select data from transactions_log where action = 'passkey.remove'")).Single().ShouldContain("\"sessions_ended\":2");

        (await installation.Do("user", "remove-passkeys", login.Email)).GetProperty("removed").GetInt32().ShouldBe(1);
        (await here.IsSignedIn()).ShouldBeFalse("an administrator took all away");
        (await owner.IsSignedIn()).ShouldBeTrue();
        (await apart.IsSignedIn()).ShouldBeTrue();
        (await installation.Query<string>("select data from transactions_log where action = 'passkey.remove_all'")).Single().ShouldContain("\"sessions_ended\":1");
        await installation.Do("log", "verify");
    }

    [Theory, Engines]
    public async Task A_question_is_good_for_its_purpose_its_session_and_its_person_alone(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start(settings: Node.OnLocalhost);
        var (login, stranger) = (await installation.Login(), await installation.Login());
        using var passkey = new Authenticator(node.Issuer);
        using var another = new Authenticator(node.Issuer);
        using var browser = node.Browser(installation);
        await browser.SignInAs(login);
        await browser.AddPasskey(login, passkey, "Phone");

        // What was asked for a sign-in answers no page that adds one, and the other way round.
        using var anybody = node.Browser(installation);
        var signIn = await anybody.Get("/signin/passkey");
        await browser.AskForPasskey(login, "Laptop");
        browser.Cookies.Add(new Uri(node.Issuer), new Cookie("passkey", anybody.Cookie("passkey")));
        (await browser.Submit("/account/passkeys/new", ("credential", passkey.Show(signIn)))).Html.ShouldContain("was not accepted");
        var forNew = await browser.AskForPasskey(login, "Laptop");
        await anybody.Get("/signin/passkey");
        anybody.Cookies.Add(new Uri(node.Issuer), new Cookie("passkey", browser.Cookie("passkey")));
        (await anybody.Submit("/signin/passkey", ("credential", another.Make(forNew)))).Html.ShouldContain("was not accepted");

        // Of the same person in another session, and once that session is over.
        using var twin = node.Browser(installation);
        await twin.SignInAs(login);
        var theirs = await twin.AskForPasskey(login, "Laptop");
        await browser.AskForPasskey(login, "Laptop");
        browser.Cookies.Add(new Uri(node.Issuer), new Cookie("passkey", twin.Cookie("passkey")));
        (await browser.Submit("/account/passkeys/new", ("credential", another.Make(theirs)))).Html.ShouldContain("was not accepted");
        theirs = await twin.AskForPasskey(login, "Laptop");
        await installation.Do("user", "sessions", login.Email, "--end");
        (await twin.Submit("/account/passkeys/new", ("credential", another.Make(theirs)))).Location.ShouldNotBe("/account/passkeys?done=passkey_added");
        (await installation.Count("passkeys")).ShouldBe(1);

        // A passkey names its person by itself: what an answer says of that has to be true.
        using var liar = node.Browser(installation);
        var page = await liar.Get("/signin/passkey");
        var id = (await installation.Query<Guid>("select id from users where email = @email", new { email = stranger.Email })).Single();
        var answer = System.Text.Json.Nodes.JsonNode.Parse(passkey.Show(page))!;
        answer["response"]!["userHandle"] = System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(id.ToString()));
        (await liar.Submit("/signin/passkey", ("credential", answer.ToJsonString()))).Html.ShouldContain("was not accepted");
        (await liar.IsSignedIn()).ShouldBeFalse();
    }

    [Theory, Engines]
    public async Task Of_twenty_who_send_one_answer_at_once_one_adds_it_and_of_twenty_one_signs_in(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start(settings: Node.OnLocalhost);
        var login = await installation.Login();
        using var passkey = new Authenticator(node.Issuer);
        using var browser = node.Browser(installation);
        await browser.SignInAs(login);
        var answer = passkey.Make(await browser.AskForPasskey(login, "Phone"));
        var hidden = browser.Page.Hidden.Where(field => field.Name != "credential").ToArray();
        var cookie = browser.Cookies.GetCookieHeader(new Uri(node.Issuer));

        var added = await Send(node, "/account/passkeys/new", cookie, [.. hidden, ("credential", answer)]);

        added.Count(status => status == HttpStatusCode.SeeOther).ShouldBe(1);
        added.ShouldAllBe(status => (int)status < 500);
        (await installation.Count("passkeys")).ShouldBe(1);
        (await installation.Actions("passkey.add")).Count.ShouldBe(1);

        using var visitor = node.Browser(installation);
        answer = passkey.Show(await visitor.Get("/signin/passkey"));
        hidden = [.. visitor.Page.Hidden.Where(field => field.Name != "credential")];
        cookie = visitor.Cookies.GetCookieHeader(new Uri(node.Issuer));
        var signedIn = await Send(node, "/signin/passkey", cookie, [.. hidden, ("credential", answer)]);
        signedIn.Count(status => status == HttpStatusCode.SeeOther).ShouldBe(1);
        signedIn.ShouldAllBe(status => (int)status < 500);
        (await installation.Count("sessions where methods <> 'pwd'")).ShouldBe(1);
    }

    // One browser's cookies and form, twenty times at once.
    private static Task<HttpStatusCode[]> Send(Node node, string path, string cookie, (string Name, string Value)[] form) => Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
    {
        using var handler = new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false };
        using var http = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Post, node.Issuer + path) { Content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value))) };
        request.Headers.Add("Cookie", cookie);
        request.Headers.Add("Origin", node.Issuer);
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }));
}

/// <summary>What people do with passkeys.</summary>
internal static class WithPasskeys
{
    public static async Task<PageAnswer> AskForPasskey(this Browser browser, Login login, string name)
    {
        await browser.Get("/account/passkeys");
        return await browser.Submit("/account/passkeys", ("name", name), ("password", login.Password));
    }

    public static async Task AddPasskey(this Browser browser, Login login, Authenticator passkey, string name)
    {
        var asked = await browser.AskForPasskey(login, name);
        (await browser.Submit("/account/passkeys/new", ("credential", passkey.Make(asked)))).Location.ShouldBe("/account/passkeys?done=passkey_added");
    }

    public static async Task<bool> SignInWith(this Browser browser, Authenticator passkey)
    {
        var page = await browser.Get("/signin/passkey");
        return (await browser.Submit("/signin/passkey", ("credential", passkey.Show(page)))).Location == "/account/apps" && await browser.IsSignedIn();
    }
}
