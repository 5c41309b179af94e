using System.Net;
using System.Text.RegularExpressions;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Tests.Support;
using OtpNet;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Settings.Account.AppsTests;

namespace ApiConnections.Tests.Settings.Account;

/// <summary>A person changes what they sign in with, and only they: each change asks for the password.</summary>
public sealed class CredentialsTests
{
    private const string Password = "/account/password";
    private const string SecondFactor = "/account/second-factor";
    private const string Old = "three old lighthouses";
    private const string Fresh = "seven green umbrellas";

    [Theory, Engines]
    public async Task A_new_password_ends_other_sessions_and_devices_and_this_session_goes_on(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (node, person) = await WithPassword(installation);
        var app = await installation.App();
        var authorization = await installation.Authorization(person, app);
        await installation.Device(person, app, authorization);
        using var browser = node.Browser(installation);
        using var other = node.Browser(installation);
        await browser.SignIn(person);
        await other.SignIn(person);
        Text(await browser.Get(Password)).ShouldContain("every app that acts for you has to be connected again");
        Text(browser.Page).ShouldContain("At least 10 characters");
        var before = await installation.LastChange();

        var answer = await browser.Submit(Password, ("current", Old), ("new", Fresh));

        answer.Location.ShouldBe(Password + "?done=password_changed");
        Text(await browser.Get(answer.Location!)).ShouldContain("Your password was changed.");
        (await other.Get(Password)).Status.ShouldBe(HttpStatusCode.SeeOther);
        var change = (await installation.ChangesAfter(before)).ShouldHaveSingleItem();
        (change.Kind, change.Subject, change.Generation, change.ForApis).ShouldBe(("user", person.Id.ToString(), 2L, true));
        Text(await browser.Get("/account/apps")).ShouldContain("No device at this moment");
        await browser.Get(Password);
        (await browser.Submit(Password, ("current", Old), ("new", "another good password"))).Status.ShouldBe(HttpStatusCode.BadRequest, "the old one is no longer right");
    }

    [Theory, Engines]
    public async Task A_wrong_or_bad_password_changes_nothing_and_is_never_sent_back(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (node, person) = await WithPassword(installation);
        using var browser = node.Browser(installation);
        using var other = node.Browser(installation);
        await browser.SignIn(person);
        await other.SignIn(person);

        foreach (var (current, fresh, why) in new[] { ("not the right one", Fresh, "The password is wrong."), (Old, "short", "too short"), (Old, "password123", "among the first"), ("", Fresh, "The password is wrong.") })
        {
            await browser.Get(Password);
            var page = await browser.Submit(Password, ("current", current), ("new", fresh));
            page.Status.ShouldBe(HttpStatusCode.BadRequest);
            Text(page).ShouldContain(why);
            page.Html.ShouldContain("role=\"alert\"");
            foreach (var secret in new[] { Old, Fresh, "not the right one", "password123" })
                page.Html.ShouldNotContain(secret);
        }

        (await other.Get(Password)).Status.ShouldBe(HttpStatusCode.OK);
        (await installation.Count("transactions_log where action = 'password.change'")).ShouldBe(0);
        for (var i = 0; i < 5; i++)
            await browser.Submit(Password, ("current", "wrong again " + i), ("new", Fresh));
        var late = await browser.Submit(Password, ("current", Old), ("new", Fresh));
        late.Status.ShouldBe(HttpStatusCode.TooManyRequests);
        late.Headers.ShouldContainKey("Retry-After");
        Text(late).ShouldContain("a short wait");
    }

    [Theory, Engines]
    public async Task A_second_factor_is_set_up_by_its_first_code_and_its_recovery_codes_are_shown_once(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (node, person) = await WithPassword(installation);
        using var browser = node.Browser(installation);
        using var other = node.Browser(installation);
        await browser.SignIn(person);
        await other.SignIn(person);
        await browser.Get(SecondFactor);
        browser.Page.Html.ShouldNotContain("data:image");
        (await browser.Submit(SecondFactor, ("do", "begin"), ("password", "wrong"))).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await installation.Count("users where totp_pending is not null")).ShouldBe(0);

        (await browser.Submit(SecondFactor, ("do", "begin"), ("password", Old))).Location.ShouldBe(SecondFactor);
        var page = await browser.Get(SecondFactor);
        page.Html.ShouldContain("src=\"data:image/png;base64,");
        var key = Regex.Match(page.Html, "<code id=\"key\">([A-Z2-7 ]+)</code>").Groups[1].Value.Replace(" ", "", StringComparison.Ordinal);
        installation.Watch(key);
        var totp = new Totp(Base32Encoding.ToBytes(key));
        var now = installation.Clock.GetUtcNow().UtcDateTime;

        var wrong = await browser.Submit(SecondFactor, ("do", "confirm"), ("code", totp.ComputeTotp(now.AddHours(1))));
        wrong.Status.ShouldBe(HttpStatusCode.BadRequest);
        Text(wrong).ShouldContain("That code is wrong");
        (await other.Get(SecondFactor)).Status.ShouldBe(HttpStatusCode.OK);

        var codes = await browser.Submit(SecondFactor, ("do", "confirm"), ("code", totp.ComputeTotp(now)));
        codes.Status.ShouldBe(HttpStatusCode.OK);
        var shown = Codes(codes);
        shown.Length.ShouldBe(10);
        codes.Html.ShouldContain("download=\"api-connections-recovery-codes.txt\" href=\"data:text/plain;charset=utf-8," + shown[0]);
        (await other.Get(SecondFactor)).Status.ShouldBe(HttpStatusCode.SeeOther, "it began without a code");

        page = await browser.Get(SecondFactor);
        Text(page).ShouldContain("Recovery codes left: 10 of 10");
        page.Html.ShouldNotContain(shown[0]);
        page.Html.ShouldNotContain("data:image");
        Text(await browser.Submit(SecondFactor, ("do", "renew"), ("password", "wrong"))).ShouldContain("The password is wrong.");
        var renewed = Codes(await browser.Submit(SecondFactor, ("do", "renew"), ("password", Old)));
        renewed.Length.ShouldBe(10);
        renewed.ShouldNotContain(shown[0]);

        await browser.Get(SecondFactor);
        (await browser.Submit(SecondFactor, ("do", "remove"), ("password", "wrong"))).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await installation.Count("users where totp_key is not null")).ShouldBe(1);
        (await browser.Submit(SecondFactor, ("do", "remove"), ("password", Old))).Location.ShouldBe(SecondFactor + "?done=factor_is_off");
        (await installation.Count("users where totp_key is not null")).ShouldBe(0);
        foreach (var action in new[] { "second_factor.on", "second_factor.new_recovery_codes", "second_factor.off" })
            (await installation.Count($"transactions_log where action = '{action}'")).ShouldBe(1, action);
    }

    [Theory]
    [InlineData("")]
    [InlineData("zqx")]
    [InlineData("confirm")]
    public async Task What_is_not_asked_properly_is_not_done(string what)
    {
        await using var installation = await Installation.New(On.Sqlite);
        var (node, person) = await WithPassword(installation);
        using var browser = node.Browser(installation);
        await browser.SignIn(person);
        await browser.Get(SecondFactor);

        var page = await browser.Submit(SecondFactor, ("do", what), ("password", Old), ("code", "000000"));

        ((int)page.Status).ShouldBeInRange(400, 499);
        (await installation.Count("users where totp_pending is not null or totp_key is not null")).ShouldBe(0);
    }

    private static string[] Codes(PageAnswer page) => [.. Regex.Matches(page.Html, "<li>([a-z2-9-]{19})</li>").Select(found => found.Groups[1].Value)];

    private static async Task<(Node Node, TestPerson Person)> WithPassword(Installation installation)
    {
        installation.Watch(Old);
        installation.Watch(Fresh);
        var node = await installation.Start();
        var person = await node.Person();
        (await node.App.Services.GetRequiredService<Passwords>().Reset(Actor.CommandLine, person.Email, Old)).TryGet(out _, out var refusal).ShouldBeTrue(refusal?.Reason);
        // Setting it began a new generation.
        await installation.Execute("update users set generation = 1, grants_from = 1");
        return (node, person);
    }
}
