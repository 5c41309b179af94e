using System.Net;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Access.Identity;

/// <summary>What people change about their own sign-in, as the account pages call it.</summary>
public sealed class PersonalTests
{
    [Theory, Engines]
    public async Task A_person_changes_the_password_and_stays_signed_in_here_alone(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        using var here = node.Browser(installation);
        using var there = node.Browser(installation);
        await there.SignInAs(login);
        await here.SignInAs(login);
        var (passwords, me) = (node.App.Services.GetRequiredService<Passwords>(), await Me(node, here));
        var actor = new Actor(login.Email, "127.0.0.1");
        var fresh = installation.NewPassword();

        (await passwords.Change(actor, me, "wrong", fresh, IPAddress.Loopback)).RefusedAs().ShouldBe("password_wrong");
        (await passwords.Change(actor, me, login.Password, "short", IPAddress.Loopback)).RefusedAs().ShouldBe("password_too_short");
        (await passwords.Change(actor, me, login.Password, null, IPAddress.Loopback)).RefusedAs().ShouldBe("password_too_short");
        (await there.IsSignedIn()).ShouldBeTrue();
        (await passwords.Change(actor, me, login.Password, fresh, IPAddress.Loopback)).Granted().Generation.ShouldBe(2);

        (await here.IsSignedIn()).ShouldBeTrue();
        (await there.IsSignedIn()).ShouldBeFalse();
        (await installation.Actions("password.%")).ShouldBe(["password.change"]);
        (await here.SignInAs(login with { Password = fresh }, "?again=1")).Status.ShouldBe(HttpStatusCode.SeeOther);
        for (var i = 0; i < 5; i++)
            await passwords.Prove(me, "guess", IPAddress.Loopback);
        (await passwords.Prove(me, fresh, IPAddress.Loopback)).RefusedAs().ShouldBe("sign_in_delayed");
    }

    [Theory, Engines]
    public async Task A_second_factor_is_there_once_a_code_has_proved_it_and_sessions_elsewhere_end(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        using var here = node.Browser(installation);
        using var there = node.Browser(installation);
        await there.SignInAs(login);
        await here.SignInAs(login);
        var (factors, me) = (node.App.Services.GetRequiredService<SecondFactors>(), await Me(node, here));
        var actor = new Actor(login.Email, "127.0.0.1");

        (await factors.Confirm(actor, me.User, me.Session.Id, "000000")).RefusedAs().ShouldBe("second_factor_not_begun");
        var first = (await factors.Begin(me.User)).Granted();
        var second = (await factors.Begin(me.User)).Granted();
        second.ToString().ShouldBe("***");
        (await factors.State(me.User)).ShouldBe(new SecondFactorState(false, 0, second));
        (await factors.Confirm(actor, me.User, me.Session.Id, Code(installation, first.Key))).RefusedAs().ShouldBe("code_wrong");
        (await there.IsSignedIn()).ShouldBeTrue();
        (await here.SignInAs(login, "?again=1")).Location.ShouldBe("/account/apps"); // not yet asked for
        me = await Me(node, here);
        var codes = (await factors.Confirm(actor, me.User, me.Session.Id, Code(installation, second.Key))).Granted();

        (await factors.State(me.User)).ShouldBe(new SecondFactorState(true, 10, null));
        (await here.IsSignedIn()).ShouldBeTrue();
        (await there.IsSignedIn()).ShouldBeFalse();
        (await factors.Begin(me.User)).RefusedAs().ShouldBe("second_factor_there");
        var renewed = (await factors.Renew(actor, me.User)).Granted();
        renewed.Intersect(codes).ShouldBeEmpty();
        (await factors.Remove(actor, me.User)).Granted();
        (await factors.Remove(actor, me.User)).RefusedAs().ShouldBe("second_factor_none");
        (await factors.Renew(actor, me.User)).RefusedAs().ShouldBe("second_factor_none");
        (await factors.State(me.User)).ShouldBe(new SecondFactorState(false, 0, null));
        (await installation.Actions("second_factor.%")).ShouldBe(["second_factor.on", "second_factor.new_recovery_codes", "second_factor.off"]);
        await installation.Do("log", "verify");
    }

    [Theory, Engines]
    public async Task A_person_ends_a_session_of_their_own_and_of_nobody_else(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (mine, others) = (await installation.Login(), await installation.Login());
        using var here = node.Browser(installation);
        using var there = node.Browser(installation);
        using var stranger = node.Browser(installation);
        await here.SignInAs(mine);
        await there.SignInAs(mine);
        await stranger.SignInAs(others);
        var persons = node.App.Services.GetRequiredService<Persons>();
        var (me, away, foreign) = (await Me(node, here), await Me(node, there), await Me(node, stranger));
        var actor = new Actor(mine.Email, "127.0.0.1");

        (await persons.EndSession(actor, me.User.Email, foreign.Session.Id)).RefusedAs().ShouldBe("not_found");
        (await stranger.IsSignedIn()).ShouldBeTrue();
        (await persons.EndSession(actor, me.User.Email, away.Session.Id)).Granted();
        (await persons.EndSession(actor, me.User.Email, away.Session.Id)).RefusedAs().ShouldBe("not_found");
        (await there.IsSignedIn()).ShouldBeFalse();
        await there.SignInAs(mine);
        (await persons.EndSessions(actor, me.User.Email, except: me.Session.Id)).Granted().ShouldBe(1);
        (await there.IsSignedIn()).ShouldBeFalse();
        (await here.IsSignedIn()).ShouldBeTrue();
        (await installation.Actions("session.end%")).ShouldBe(["session.end", "session.end_all"]);
    }

    [Theory]
    [InlineData("a good long password", null)]
    [InlineData("1234 something", null)]
    [InlineData("contraseña de Ana", null)]
    [InlineData("8362947105", null)]
    [InlineData("日本語のパスワード文", null)]
    [InlineData("", "password_too_short")]
    [InlineData("123456789", "password_too_short")]
    [InlineData("😀😀😀😀😀", "password_too_short")]
    [InlineData("1234567890", "password_common")]
    [InlineData("Password2026!", "password_common")]
    [InlineData("Contraseña123", "password_common")]
    [InlineData("aaaaaaaaaaaa", "password_common")]
    [InlineData("correct horse battery staple", "password_common")]
    [InlineData("Pat Person-Smith", "password_own_name")]
    [InlineData("PAT.PERSON@acme.test", "password_own_name")]
    [InlineData("pat.person2026", "password_own_name")]
    public void Length_and_what_others_would_try_first_decide(string password, string? code) =>
        PasswordRules.WhyNot(password, "pat.person@acme.test", "Pat Person-Smith", SecurityPolicy.Default)?.Error.Code.ShouldBe(code);

    [Theory]
    [InlineData("pat@acme.test", true)]
    [InlineData("pat+tag@sub.acme.test", true)]
    [InlineData("josé@ñandú.example", true)]
    [InlineData("o'neill@acme.test", true)]
    [InlineData("pat", false)]
    [InlineData("pat@", false)]
    [InlineData("@acme.test", false)]
    [InlineData("pat@acme", false)]
    [InlineData("a@b@acme.test", false)]
    [InlineData(".pat@acme.test", false)]
    [InlineData("pa..t@acme.test", false)]
    [InlineData("pat@-acme.test", false)]
    [InlineData("pat@acme..test", false)]
    [InlineData("pat smith@acme.test", false)]
    [InlineData("<pat@acme.test>", false)]
    [InlineData("pat\u200B@acme.test", false)]
    [InlineData("pat\0@acme.test", false)]
    [InlineData("pat@acme.test\r\nBcc: x@y.test", false)]
    public void An_address_that_could_be_one_is_taken(string email, bool taken) => (EmailAddress.Read(email).Address is not null).ShouldBe(taken);

    private static async Task<SignedIn> Me(Node node, Browser browser) =>
        (await node.App.Services.GetRequiredService<Sessions>().Find(browser.Cookie("session"), "127.0.0.1"))!;

    private static string Code(Installation installation, string key) => new TestFactor(OtpNet.Base32Encoding.ToBytes(key), []).Code(installation);
}
