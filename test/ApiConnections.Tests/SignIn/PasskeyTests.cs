using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.SignIn;

/// <summary>Signing in with a passkey.</summary>
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
        await PasskeyHolder.Add(node, installation, login, passkey, "Work laptop");
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
        using var holder = await PasskeyHolder.New(installation);

        for (var i = 0; i < 2; i++)
            (await holder.SignIn()).ShouldBeTrue();

        (await installation.Query<string>("select distinct methods from sessions where methods <> 'pwd'")).ShouldBe(["swk user mfa"]);
    }

    [Theory, Engines]
    public async Task A_passkey_is_the_second_factor_that_the_company_asks_for_and_nothing_is_put_in_its_place_with_the_password(On engine)
    {
        await using var installation = await Installation.New(engine);
        using var holder = await PasskeyHolder.New(installation);
        await installation.Do("security", "edit", "--second-factor", "everybody", "--password-months", "1");
        installation.Clock.Advance(TimeSpan.FromDays(10));
        using var browser = holder.Node.Browser(installation);

        (await browser.SignInAs(holder.Login)).Location.ShouldBe("/signin/passkey");
        (await browser.IsSignedIn()).ShouldBeFalse();
        (await browser.Get("/signin/second-factor")).Location.ShouldBe("/signin/passkey");
        var page = await browser.Get("/signin/passkey");
        page.Html.ShouldContain("Your passkey is enough");
        (await browser.Submit("/signin/passkey", ("credential", holder.Passkey.Show(page)))).Location.ShouldBe("/account/apps");
        browser.Cookie("signin").ShouldBeNull();

        // The last one stays while the company asks for it.
        var id = (await installation.Query<Guid>("select id from passkeys")).Single();
        await browser.Get($"/account/passkeys/{id}");
        (await browser.Submit($"/account/passkeys/{id}", ("do", "remove"), ("password", holder.Login.Password))).Html.ShouldContain("it cannot be switched off");
        (await installation.Count("passkeys")).ShouldBe(1);
        // Who shows no password is not asked for another one.
        installation.Clock.Advance(TimeSpan.FromDays(40));
        (await holder.SignIn()).ShouldBeTrue();
        (await installation.Do("security", "show")).GetProperty("without_second_factor").GetInt32().ShouldBe(0);
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
}
