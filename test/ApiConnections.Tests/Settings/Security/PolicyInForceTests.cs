using System.Net;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Settings.Security;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using Installation = ApiConnections.Tests.Support.Installation;

namespace ApiConnections.Tests.Settings.Security;

/// <summary>What a company asks of how its people sign in, in force where they do.</summary>
public sealed class PolicyInForceTests
{
    [Theory, Engines]
    public async Task Length_and_the_companys_own_list_decide_at_every_door_where_a_password_is_chosen(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        var file = Path.Combine(installation.Folder, "known.txt");
        await File.WriteAllTextAsync(file, "Green Valley Tools\n");
        await installation.Do("security", "edit", "--company", "Acme", "--password-length", "16", "--known-passwords-file", file);
        var node = await installation.Start();
        var login = await installation.Login();
        using var browser = node.Browser(installation);
        await browser.SignInAs(login);
        var link = (await installation.Reveal("user", "reset-password", login.Email, "--link")).GetProperty("link").GetString()!;
        installation.Watch(link.Split('/')[^1]);

        foreach (var (password, why) in new[] { ("fifteen letters", "at least 16 characters"), ("greenVALLEY tools 2026!", "list of known ones") })
        {
            (await browser.Get("/account/password")).Html.ShouldContain("At least 16 characters");
            (await browser.Submit("/account/password", ("current", login.Password), ("new", password))).Html.ShouldContain(why);
            (await browser.Get(new Uri(link).AbsolutePath)).Html.ShouldContain("minlength=\"16\"");
            (await browser.Submit(new Uri(link).AbsolutePath, ("password", password))).Html.ShouldContain(why);
            (await installation.Type(password, "user", "create", "--company", "Acme", "--email", "new@acme.test", "--role", "user")).Exit.ShouldBe(1);
            (await installation.Type(password, "user", "reset-password", login.Email)).Exit.ShouldBe(1);
        }

        // Another company has another policy; a password that is in use stays one.
        (await installation.Type("fifteen letters", "user", "create", "--company", "Other", "--email", "new@other.test", "--role", "user")).Exit.ShouldBe(0);
        (await browser.IsSignedIn()).ShouldBeTrue();
        (await browser.SignInAs(login, "?again=1")).Status.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Theory, Engines]
    public async Task Shorter_sessions_hold_at_once_for_those_that_there_are_and_longer_ones_for_those_that_begin(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var other = engine == On.Postgres ? await installation.Start() : node;
        var login = await installation.Login("super_administrator");
        using var browser = node.Browser(installation);
        await browser.SignInAs(login);

        installation.Clock.Advance(TimeSpan.FromMinutes(6));
        (await browser.IsSignedIn()).ShouldBeTrue();
        installation.Clock.Advance(TimeSpan.FromMinutes(6));
        await installation.Do("security", "edit", "--idle-minutes", "5");
        (await browser.IsSignedIn()).ShouldBeFalse();
        (await Elsewhere(other, browser)).ShouldBeFalse();
        (await node.App.Services.GetRequiredService<Server.Access.Identity.Persons>().Sessions(Actor.CommandLine, login.Email)).Granted().ShouldBeEmpty();
        var session = await installation.Read(session => session.Value<Guid>("select id from sessions"));
        (await node.App.Services.GetRequiredService<SecurityPolicies>().Show(new Actor(login.Email, "127.0.0.1") { Session = session }, "Acme")).RefusedAs().ShouldBe("signed_out");

        await installation.Do("security", "edit", "--idle-minutes", "600", "--session-hours", "48");
        (await browser.IsSignedIn()).ShouldBeTrue("it was never ended, and the policy allows it again");
        using var longer = node.Browser(installation);
        await longer.SignInAs(login);
        installation.Clock.Advance(TimeSpan.FromHours(9));
        (await browser.IsSignedIn()).ShouldBeFalse("it began with eight hours");
        (await longer.IsSignedIn()).ShouldBeTrue();
        (await Elsewhere(other, longer)).ShouldBeTrue();
        await installation.Do("security", "edit", "--session-hours", "10", "--idle-minutes", "300");
        installation.Clock.Advance(TimeSpan.FromHours(1));
        (await longer.IsSignedIn()).ShouldBeFalse();

        async Task<bool> Elsewhere(Node node, Browser browser)
        {
            using var there = node.Browser(installation);
            there.Cookies.Add(new Uri(node.Issuer), new Cookie("session", browser.Cookie("session")));
            return await there.IsSignedIn();
        }
    }

    [Theory, Engines]
    public async Task The_wait_begins_after_as_many_failures_and_lasts_as_long_as_the_company_says(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("security", "edit", "--lock-out-attempts", "3", "--lock-out-minutes", "20");
        var node = await installation.Start();
        var login = await installation.Login();
        using var browser = node.Browser(installation);

        // Who does not exist waits as somebody who does.
        foreach (var email in new[] { login.Email, "nobody@acme.test" })
        {
            for (var i = 0; i < 3; i++)
                (await browser.SignInAs(email, "not the password")).Status.ShouldBe(HttpStatusCode.OK);

            var waiting = await browser.SignInAs(email, email == login.Email ? login.Password : "not the password");
            waiting.Status.ShouldBe(HttpStatusCode.TooManyRequests);
            waiting.Headers["Retry-After"].ShouldBe("1200");
            waiting.Html.ShouldContain("Try again in 20 minutes.");
        }

        installation.Clock.Advance(TimeSpan.FromMinutes(19));
        (await browser.SignInAs(login)).Status.ShouldBe(HttpStatusCode.TooManyRequests);
        installation.Clock.Advance(TimeSpan.FromMinutes(1));
        (await browser.SignInAs(login)).Status.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Theory, Engines]
    public async Task Somebody_of_no_company_always_waits_by_the_policy_of_the_same_one(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        await installation.Do("security", "edit", "--company", "Other", "--lock-out-attempts", "17");
        var node = await installation.Start();
        var login = await installation.Login();
        var policies = node.App.Services.GetRequiredService<Server.Access.Identity.CompanyPolicies>();

        (await policies.OfSignIn(User.EmailKey(login.Email))).LockOutAttempts.ShouldBe(5);
        var strangers = new List<int>();
        for (var i = 0; i < 24; i++)
        {
            strangers.Add((await policies.OfSignIn($"stranger{i}@acme.test")).LockOutAttempts);
            (await policies.OfSignIn($"stranger{i}@acme.test")).LockOutAttempts.ShouldBe(strangers[i]);
        }

        strangers.Distinct().Order().ShouldBe([5, 17]);
        (await policies.OfSignIn("")).ShouldNotBeNull();
    }
}
