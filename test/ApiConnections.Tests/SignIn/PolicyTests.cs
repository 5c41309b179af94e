using System.Net;
using System.Text.RegularExpressions;
using ApiConnections.Tests.Support;
using OtpNet;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.SignIn;

/// <summary>What the company's policy asks for between the password and a session.</summary>
public sealed partial class PolicyTests
{
    private const string Return = "?return=%2Fconsent%3Fx%3D1";

    [Theory, Engines]
    public async Task Who_has_no_second_factor_where_the_company_asks_for_one_sets_it_up_before_a_session_begins(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        await installation.Do("security", "edit", "--second-factor", "everybody");
        using var browser = node.Browser(installation);

        (await browser.SignInAs(login, Return)).Location.ShouldBe("/signin/second-factor" + Return);
        browser.Cookie("session").ShouldBeNull();
        (await browser.IsSignedIn()).ShouldBeFalse();
        (await browser.Get("/signin/new-password" + Return)).Location.ShouldBe("/signin/second-factor" + Return);
        (await browser.Get("/signin/code" + Return)).Location.ShouldBe("/signin" + Return);
        (await browser.Get("/signin/second-factor" + Return)).Html.ShouldContain("Your company asks for more than a password");
        (await browser.Submit("/signin/second-factor", ("do", "begin"))).Location.ShouldBe("/signin/second-factor" + Return);
        var key = Key(await browser.Get("/signin/second-factor" + Return));
        installation.Watch(key);
        (await browser.Submit("/signin/second-factor", ("do", "confirm"), ("code", "000000"))).Html.ShouldContain("That code is wrong");
        (await installation.Count("sessions")).ShouldBe(0);
        var codes = await browser.Submit("/signin/second-factor", ("do", "confirm"), ("code", new TestFactor(Base32Encoding.ToBytes(key), []).Code(installation)));

        codes.Status.ShouldBe(HttpStatusCode.OK);
        codes.Html.ShouldContain("Your recovery codes");
        codes.Html.ShouldContain("href=\"/consent?x=1\"");
        browser.Cookie("signin").ShouldBeNull();
        (await browser.IsSignedIn()).ShouldBeTrue();
        (await installation.Query<string>("select methods from sessions")).ShouldBe(["pwd otp"]);
        (await installation.Actions("se%_.%n")).ShouldBe(["second_factor.on", "session.begin"]);
        // From now on it is asked for as ever, and cannot be switched off.
        (await browser.SignInAs(login, "?again=1")).Location.ShouldBe("/signin/code");
        await browser.Get("/account/second-factor");
        (await browser.Submit("/account/second-factor", ("do", "remove"), ("password", login.Password))).Html.ShouldContain("it cannot be switched off");
        (await installation.Count("users where totp_key is null")).ShouldBe(0);
    }

    [Theory, Engines]
    public async Task Only_super_administrators_are_asked_where_the_company_says_so(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        await installation.Do("security", "edit", "--second-factor", "administrators");

        foreach (var (role, asked) in new[] { ("user", false), ("auditor", false), ("integration_developer", false), ("super_administrator", true) })
        {
            using var browser = node.Browser(installation);
            (await browser.SignInAs(await installation.Login(role))).Location.ShouldBe(asked ? "/signin/second-factor" : "/account/apps", role);
            (await browser.IsSignedIn()).ShouldBe(!asked, role);
        }
    }

    [Theory, Engines]
    public async Task An_invitation_leads_to_the_second_factor_too(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        await installation.Do("security", "edit", "--second-factor", "everybody");
        var link = new Uri((await installation.Reveal("user", "invite", "--email", "ines@acme.test", "--role", "user")).GetProperty("link").GetString()!).AbsolutePath;
        installation.Watch(link.Split('/')[^1]);
        using var browser = node.Browser(installation);

        await browser.Get(link);
        (await browser.Submit(link, ("password", installation.NewPassword()))).Location.ShouldBe("/signin/second-factor");

        (await browser.IsSignedIn()).ShouldBeFalse();
        (await installation.Count("sessions")).ShouldBe(0);
        (await browser.Get("/signin/second-factor")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Theory, Engines]
    public async Task A_password_that_is_too_old_is_replaced_after_all_factors_were_shown_and_by_another_one(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        var factor = await node.SecondFactor(installation, login);
        using var elsewhere = node.Browser(installation);
        await elsewhere.SignInAs(login);
        await elsewhere.Get("/signin/code");
        await elsewhere.Submit("/signin/code", ("code", factor.Code(installation)));
        (await elsewhere.IsSignedIn()).ShouldBeTrue();
        installation.Clock.Advance(TimeSpan.FromDays(62));
        await installation.Do("security", "edit", "--password-months", "2");
        using var browser = node.Browser(installation);

        (await browser.SignInAs(login, Return)).Location.ShouldBe("/signin/code" + Return);
        (await browser.Get("/signin/new-password" + Return)).Location.ShouldBe("/signin/code" + Return);
        await browser.Get("/signin/code" + Return);
        (await browser.Submit("/signin/code", ("code", factor.Code(installation)))).Location.ShouldBe("/signin/new-password" + Return);
        (await browser.IsSignedIn()).ShouldBeFalse();
        (await browser.Get("/signin/new-password" + Return)).Html.ShouldContain("every 2 months");
        (await browser.Submit("/signin/new-password", ("password", login.Password))).Html.ShouldContain("That is the password you have now");
        (await browser.Submit("/signin/new-password", ("password", "short"))).Html.ShouldContain("at least 10 characters");
        var before = await installation.Count("sessions");
        var stale = browser.Cookie("signin");
        var fresh = installation.NewPassword();
        var page = browser.Page;
        (await browser.Submit("/signin/new-password", ("password", fresh))).Location.ShouldBe("/consent?x=1");

        (await installation.Count("sessions")).ShouldBe(before + 1);
        (await installation.Query<string>("select methods from sessions where ended_at is null")).ShouldBe(["pwd otp"]);
        (await browser.IsSignedIn()).ShouldBeTrue();
        (await installation.Actions("password.%")).ShouldBe(["password.change"]);
        // What was begun with the former password is worth nothing.
        using var late = node.Browser(installation);
        late.Cookies.Add(new Uri(node.Issuer), new Cookie("signin", stale));
        (await late.Get("/signin/new-password")).Location.ShouldBe("/signin");
        (await late.SignInAs(login)).Html.ShouldContain("The e-mail address or the password is wrong");
        // And the new one is good for two months.
        (await late.SignInAs(login with { Password = fresh })).Location.ShouldBe("/signin/code");
        await installation.Do("log", "verify");
    }

    [Theory, Engines]
    public async Task A_password_of_the_right_age_is_left_alone_and_never_asked_for_by_default(On engine)
    {
        await using var installation = await Installation.New(engine);
        var login = await installation.Login();
        // Before there is a node, whose every poll of those days would be made up for.
        installation.Clock.Advance(TimeSpan.FromDays(4000));
        var node = await installation.Start();
        using var browser = node.Browser(installation);

        (await browser.SignInAs(login)).Location.ShouldBe("/account/apps");
        await installation.Do("security", "edit", "--password-months", "1");
        (await browser.SignInAs(login, "?again=1")).Location.ShouldBe("/signin/new-password");
        await browser.Get("/signin/new-password");
        var fresh = installation.NewPassword();
        (await browser.Submit("/signin/new-password", ("password", fresh))).Location.ShouldBe("/account/apps");
        installation.Clock.Advance(TimeSpan.FromDays(27));
        (await browser.SignInAs(login.Email, fresh, "?again=1")).Location.ShouldBe("/account/apps");
        installation.Clock.Advance(TimeSpan.FromDays(5));
        (await browser.SignInAs(login.Email, fresh, "?again=1")).Location.ShouldBe("/signin/new-password");
    }

    [Theory, Engines]
    public async Task Of_two_who_replace_a_password_at_once_one_does(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        await installation.Do("security", "edit", "--password-months", "1");
        installation.Clock.Advance(TimeSpan.FromDays(40));
        var browsers = Enumerable.Range(0, 3).Select(_ => node.Browser(installation)).ToArray();
        foreach (var browser in browsers)
        {
            await browser.SignInAs(login);
            await browser.Get("/signin/new-password");
        }

        var answers = await Task.WhenAll(browsers.Select(browser => browser.Submit("/signin/new-password", ("password", installation.NewPassword()))));

        answers.Count(answer => answer.Location == "/account/apps").ShouldBe(1);
        (await installation.Count("sessions where ended_at is null")).ShouldBe(1);
        (await installation.Actions("password.change")).Count.ShouldBe(1);
        Array.ForEach(browsers, browser => browser.Dispose());
    }

    private static string Key(PageAnswer page) => KeyText().Match(page.Html).Groups[1].Value.Replace(" ", "", StringComparison.Ordinal);

    [GeneratedRegex("<code id=\"key\">([^<]+)</code>")]
    private static partial Regex KeyText();
}
