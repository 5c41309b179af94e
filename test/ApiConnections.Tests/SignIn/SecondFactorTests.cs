using System.Net;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;
using Installation = ApiConnections.Tests.Support.Installation;

namespace ApiConnections.Tests.SignIn;

public sealed class SecondFactorTests
{
    [Theory, Engines]
    public async Task A_session_begins_only_after_the_code(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        var factor = await node.SecondFactor(installation, login);
        using var browser = node.Browser(installation);

        (await browser.SignInAs(login, "?return=%2Fconsent%3Fx%3D1")).Location.ShouldBe("/signin/code?return=%2Fconsent%3Fx%3D1");
        browser.Cookie("session").ShouldBeNull();
        (await installation.Count("sessions")).ShouldBe(0);
        (await browser.IsSignedIn()).ShouldBeFalse();
        (await browser.Get("/signin/code?return=%2Fconsent%3Fx%3D1")).Html.ShouldContain("name=\"code\"");
        var code = factor.Code(installation);
        var page = await browser.Submit("/signin/code", ("code", code[..3] + " " + code[3..]));

        (page.Status, page.Location).ShouldBe((HttpStatusCode.SeeOther, "/consent?x=1"));
        (await browser.IsSignedIn()).ShouldBeTrue();
        browser.Cookie("signin").ShouldBeNull();
        (await installation.Query<string>("select methods from sessions")).ShouldBe(["pwd otp"]);
        (await installation.Actions("%")).ShouldContain("second_factor.on");
    }

    [Theory, Engines]
    public async Task A_code_works_once_within_a_step_of_now_and_never_after_a_later_one(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        var factor = await node.SecondFactor(installation, login);
        installation.Clock.Advance(TimeSpan.FromMinutes(5));

        (await With(2)).ShouldBeFalse();
        (await With(-2)).ShouldBeFalse();
        (await With(-1)).ShouldBeTrue();
        (await With(-1)).ShouldBeFalse();
        (await With(1)).ShouldBeTrue();
        (await With(0)).ShouldBeFalse();
        installation.Clock.Advance(TimeSpan.FromSeconds(60));
        (await With(0)).ShouldBeTrue();

        async Task<bool> With(int steps)
        {
            using var browser = node.Browser(installation);
            return (await browser.SignInWith(login, factor.Code(installation, steps))).Status == HttpStatusCode.SeeOther && await browser.IsSignedIn();
        }
    }

    [Theory, Engines]
    public async Task Of_many_who_use_one_code_at_once_one_is_let_in(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        var factor = await node.SecondFactor(installation, login);

        foreach (var code in new[] { factor.Code(installation), factor.RecoveryCodes[0] })
        {
            var before = await installation.Count("sessions");
            var browsers = Enumerable.Range(0, 4).Select(_ => node.Browser(installation)).ToArray();
            foreach (var browser in browsers)
            {
                await browser.SignInAs(login);
                await browser.Get("/signin/code");
            }

            var answers = await Task.WhenAll(browsers.Select(browser => browser.Submit("/signin/code", ("code", code))));

            answers.Count(answer => answer.Status == HttpStatusCode.SeeOther).ShouldBe(1);
            answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(3);
            (await installation.Count("sessions")).ShouldBe(before + 1);
            Array.ForEach(browsers, browser => browser.Dispose());
            installation.Clock.Advance(TimeSpan.FromMinutes(15));
        }
    }

    [Theory, Engines]
    public async Task A_recovery_code_works_once_however_it_is_written_and_the_others_stay(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        var factor = await node.SecondFactor(installation, login);
        factor.RecoveryCodes.Count.ShouldBe(10);
        factor.RecoveryCodes.ShouldAllBe(code => code.Length == 19);
        using var browser = node.Browser(installation);

        await browser.SignInAs(login);
        (await browser.Get("/signin/code?recovery=1")).Html.ShouldContain("Recovery code");
        (await browser.Submit("/signin/code", ("code", factor.RecoveryCodes[3].ToUpperInvariant().Replace("-", " ", StringComparison.Ordinal)))).Status.ShouldBe(HttpStatusCode.SeeOther);
        using var second = node.Browser(installation);
        (await second.SignInWith(login, factor.RecoveryCodes[3])).Status.ShouldBe(HttpStatusCode.OK);
        (await second.SignInWith(login, factor.RecoveryCodes[4])).Status.ShouldBe(HttpStatusCode.SeeOther);

        var user = (await installation.Read(session => CredentialStore.FindByEmailKey(session, login.Email)))!.Value;
        user.Credentials.RecoveryCodes.Count.ShouldBe(8);
        user.Credentials.RecoveryCodes.ShouldAllBe(hash => Convert.FromBase64String(hash).Length == 32);
    }

    [Theory, Engines]
    public async Task What_was_begun_ends_after_five_minutes_and_with_the_password_the_second_factor_or_the_person(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        var factor = await node.SecondFactor(installation, login);
        var fresh = installation.NewPassword();
        var changes = new (string What, Func<Task> Change)[]
        {
            ("time", () => Task.Run(() => installation.Clock.Advance(TimeSpan.FromMinutes(5)))),
            ("disabled", async () => await installation.Do("user", "disable", login.Email)),
            ("password", async () =>
            {
                await installation.Do("user", "enable", login.Email);
                (await installation.Type(fresh, "user", "reset-password", login.Email)).Exit.ShouldBe(0);
                login = login with { Password = fresh };
            }),
        };
        using var open = node.Browser(installation);
        await open.SignInAs(login);
        installation.Clock.Advance(TimeSpan.FromMinutes(4));
        (await open.Get("/signin/code")).Status.ShouldBe(HttpStatusCode.OK);

        foreach (var (what, change) in changes)
        {
            using var browser = node.Browser(installation);
            if (what != "password")
                await browser.SignInAs(login);
            else
                browser.Cookies.Add(open.Cookies.GetCookies(new Uri(node.Issuer)));
            if (what != "password")
                await browser.Get("/signin/code");
            var page = browser.Page;
            await change();
            (await browser.Get("/signin/code")).Location.ShouldBe("/signin", what);
            if (page is not null)
            {
                (await browser.Post("/signin/code", [.. page.Hidden, ("code", factor.Code(installation))])).Location.ShouldBe("/signin", what);
                browser.Page.Headers.ShouldNotContainKey("Set-Cookie");
            }

            (await installation.Count("sessions")).ShouldBe(0);
        }
    }

    [Fact]
    public async Task Without_the_first_step_the_second_leads_back_to_it()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var login = await installation.Login();
        var factor = await node.SecondFactor(installation, login);
        using var other = node.Browser(installation);
        await other.SignInAs(login);
        using var browser = node.Browser(installation);
        var hidden = (await browser.Get("/signin?return=%2Fconsent")).Hidden;

        (await browser.Get("/signin/code?return=%2Fconsent")).Location.ShouldBe("/signin?return=%2Fconsent");
        (await browser.Post("/signin/code", [.. hidden, ("code", factor.Code(installation))])).Location.ShouldBe("/signin?return=%2Fconsent");
        foreach (var forged in new[] { "x", "CfDJ8" + new string('A', 200), other.Cookie("signin")![..^2] + "AA", new string('x', 3000) })
        {
            browser.Cookies.Add(new Uri(node.Issuer), new Cookie("signin", forged));
            (await browser.Post("/signin/code", [.. hidden, ("code", factor.Code(installation))])).Location.ShouldBe("/signin?return=%2Fconsent");
        }

        (await installation.Count("sessions")).ShouldBe(0);
    }

    [Theory, Engines]
    public async Task Guesses_of_the_code_are_counted_and_the_right_password_does_not_forgive_them(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        var factor = await node.SecondFactor(installation, login);
        using var browser = node.Browser(installation);
        for (var i = 0; i < 5; i++)
        {
            var wrong = (await browser.SignInWith(login, i == 0 ? null : i == 1 ? "" : "00000" + i)).Html;
            wrong.ShouldContain("That code is wrong");
        }

        (await browser.SignInAs(login)).Status.ShouldBe(HttpStatusCode.TooManyRequests);
        installation.Clock.Advance(TimeSpan.FromSeconds(2));
        (await browser.SignInWith(login, factor.Code(installation))).Status.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Theory, Engines]
    public async Task The_key_stands_sealed_for_its_person_alone_and_is_sealed_anew_with_the_rest(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        var begun = await installation.Login();
        var factor = await node.SecondFactor(installation, login);
        using (var browser = node.Browser(installation))
            await browser.Get("/signin");
        var pending = (await node.App.Services.GetRequiredService<SecondFactors>().Begin((await installation.Read(session => UserStore.FindByEmail(session, begun.Email)))!)).Granted();
        pending.Address.ShouldBe($"otpauth://totp/API%20Connections%20%28127.0.0.1%29%3A{Uri.EscapeDataString(begun.Email)}?secret={pending.Key}&issuer=API%20Connections%20%28127.0.0.1%29");
        var kek = node.App.Services.GetRequiredService<KeyEncryptionKey>();
        var rows = await installation.Read(CredentialStore.HoldSealed);
        rows.Count.ShouldBe(2);
        var mine = rows.Single(row => row.Key is not null);
        mine.Key!.AsSpan().IndexOf(factor.Key).ShouldBe(-1);
        kek.Open(SecondFactors.Purpose(mine.User), mine.Key).ShouldBe(factor.Key);
        kek.Open(SecondFactors.Purpose(Guid.Empty), mine.Key).ShouldBeNull();
        await node.Stop();

        var file = Path.Combine(installation.Folder, "next.key");
        await File.WriteAllTextAsync(file, KeyEncryptionKey.New().Reveal());
        var resealed = engine == On.Sqlite ? await installation.Do("keys", "reseal") : await installation.Do("keys", "reseal", "--new-key-file", file);
        resealed.GetProperty("sealed_anew").GetInt32().ShouldBe(1 + 1 + 2 + 1); // a signing key, the log's, two second factors, the ring's
        if (engine == On.Postgres)
            installation.Settings["ApiConnections:Keys:EncryptionKey"] = await File.ReadAllTextAsync(file);

        (await installation.Read(CredentialStore.HoldSealed)).ShouldAllBe(row => kek.Open(SecondFactors.Purpose(row.User), row.Key ?? row.Pending!) == null);
        node = await installation.Start();
        using var after = node.Browser(installation);
        (await after.SignInWith(login, factor.Code(installation))).Status.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Fact]
    [Rfc("6238 appendix B")]
    public async Task Codes_are_those_of_the_standard()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start(builder => builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(20_000_000_000))));
        var login = await installation.Login();
        var user = (await installation.Read(session => UserStore.FindByEmail(session, login.Email)))!;
        var box = node.App.Services.GetRequiredService<KeyEncryptionKey>().Seal(SecondFactors.Purpose(user.Id), "12345678901234567890"u8);
        await installation.Execute("update users set totp_key = @box", new { box });
        using var browser = node.Browser(installation);

        (await browser.SignInWith(login, "353131")).Status.ShouldBe(HttpStatusCode.OK);
        (await browser.SignInWith(login, "353130")).Status.ShouldBe(HttpStatusCode.SeeOther);
    }
}

file static class Steps
{
    public static async Task<PageAnswer> SignInWith(this Browser browser, Login login, string? code)
    {
        await browser.SignInAs(login, "?again=1");
        await browser.Get("/signin/code");
        return await browser.Submit("/signin/code", ("code", code));
    }
}
