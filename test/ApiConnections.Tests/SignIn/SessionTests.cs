using System.Net;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.SignIn;

public sealed class SessionTests
{
    [Theory, Engines]
    public async Task Peer_CVE_2026_7507_Every_sign_in_has_an_id_of_its_own_and_ends_the_one_before(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (first, second) = (await installation.Login(), await installation.Login());
        using var browser = node.Browser(installation);

        // A planted id is worth nothing.
        var planted = Base62.Random(43);
        browser.Cookies.Add(new Uri(node.Issuer), new Cookie("session", planted));
        await browser.SignInAs(first);
        var one = browser.Cookie("session");
        await browser.SignInAs(first, "?again=1");
        var two = browser.Cookie("session");
        await browser.SignInAs(second, "?again=1");
        var three = browser.Cookie("session");

        new[] { planted, one, two, three }.Distinct().Count().ShouldBe(4);
        foreach (var old in new[] { planted, one, two })
        {
            using var thief = node.Browser(installation);
            thief.Cookies.Add(new Uri(node.Issuer), new Cookie("session", old));
            (await thief.IsSignedIn()).ShouldBeFalse();
        }

        (await browser.IsSignedIn()).ShouldBeTrue();
        (await installation.Query<string>("select u.email from sessions s join users u on u.id = s.user_id where s.ended_at is null")).ShouldBe([second.Email]);
    }

    [Theory, Engines]
    public async Task A_session_ends_after_half_an_hour_without_a_request_and_after_eight_hours_in_any_case(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        using var idle = node.Browser(installation);
        using var busy = node.Browser(installation);
        await idle.SignInAs(login);
        await busy.SignInAs(login);

        installation.Clock.Advance(TimeSpan.FromMinutes(29));
        (await busy.IsSignedIn()).ShouldBeTrue();
        installation.Clock.Advance(TimeSpan.FromMinutes(1));
        (await idle.IsSignedIn()).ShouldBeFalse();
        for (var minutes = 30; minutes < 479; minutes += 29)
        {
            (await busy.IsSignedIn()).ShouldBeTrue($"after {minutes} minutes");
            installation.Clock.Advance(TimeSpan.FromMinutes(Math.Min(29, 479 - minutes)));
        }

        (await busy.IsSignedIn()).ShouldBeTrue("after 479 minutes");
        installation.Clock.Advance(TimeSpan.FromMinutes(1));
        (await busy.IsSignedIn()).ShouldBeFalse("after 480 minutes");
    }

    [Theory, OnlyPostgres]
    public async Task A_session_ended_on_one_node_is_refused_at_once_on_the_other(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (here, there) = (await installation.Start(), await installation.Start());
        var login = await installation.Login();
        using var browser = here.Browser(installation);
        await browser.SignInAs(login);
        using var other = there.Browser(installation);
        other.Cookies.Add(new Uri(there.Issuer), new Cookie("session", browser.Cookie("session")));
        (await other.IsSignedIn()).ShouldBeTrue();

        await browser.Get("/signout");
        await browser.Submit("/signout");

        (await other.IsSignedIn()).ShouldBeFalse();
        (await browser.IsSignedIn()).ShouldBeFalse();
    }

    [Theory, Engines]
    public async Task Signing_out_takes_a_form_of_ours_and_ends_the_session_for_good(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        using var browser = node.Browser(installation);
        await browser.SignInAs(login);
        var cookie = browser.Cookie("session");

        (await browser.Get("/signout")).Html.ShouldContain(login.Email);
        (await browser.IsSignedIn()).ShouldBeTrue();
        (await browser.Post("/signout", [])).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await browser.IsSignedIn()).ShouldBeTrue();
        await browser.Get("/signout");
        (await browser.Submit("/signout")).Location.ShouldBe("/signin?out=1");

        browser.Cookie("session").ShouldBeNull();
        (await browser.Get("/signin?out=1")).Html.ShouldContain("You have signed out.");
        browser.Cookies.Add(new Uri(node.Issuer), new Cookie("session", cookie));
        (await browser.IsSignedIn()).ShouldBeFalse();
        (await installation.Actions("session.%")).ShouldBe(["session.begin", "session.end"]);
        (await browser.Get("/signout")).Location.ShouldBe("/signin");
    }

    [Theory, Engines]
    public async Task What_a_browser_says_about_itself_is_kept_without_anything_that_could_harm_a_reader(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();

        await installation.Write(async session => await node.App.Services.GetRequiredService<Sessions>().Begin(
            session, (await UserStore.FindByEmail(session, login.Email))!, SecurityPolicy.Default, "pwd", "127.0.0.1", "Firefox\r\n\u001b[31mroot\u202E\0" + new string('x', 5000)));

        var agent = (await installation.Run("user", "sessions", login.Email, "--json")).Json()[0].GetProperty("agent").GetString()!;
        agent.Length.ShouldBeLessThanOrEqualTo(200);
        agent.ShouldAllBe(character => character >= ' ' && character < 0x7F);
        agent.ShouldStartWith("Firefox");
    }
}
