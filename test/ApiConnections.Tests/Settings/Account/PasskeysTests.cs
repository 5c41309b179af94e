using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Settings.Account;

/// <summary>A person's passkeys on their own pages: made, renamed, removed.</summary>
public sealed class PasskeysTests
{
    [Theory, Engines]
    public async Task Passkeys_are_renamed_and_removed_by_their_person_alone(On engine)
    {
        await using var installation = await Installation.New(engine);
        using var holder = await PasskeyHolder.New(installation);
        var other = await installation.Login();
        var id = (await installation.Query<Guid>("select id from passkeys")).Single();
        using var stranger = holder.Node.Browser(installation);
        await stranger.SignInAs(other);
        (await stranger.Get($"/account/passkeys/{id}")).Status.ShouldBe(HttpStatusCode.NotFound);
        await stranger.Get("/account/passkeys");
        (await stranger.Submit($"/account/passkeys/{id}", ("do", "rename"), ("name", "Mine now"))).Status.ShouldBe(HttpStatusCode.NotFound);
        (await stranger.Submit($"/account/passkeys/{id}", ("do", "remove"), ("password", other.Password))).Status.ShouldBe(HttpStatusCode.NotFound);
        (await installation.Query<string>("select name from passkeys")).ShouldBe(["Phone"]);

        using var browser = holder.Node.Browser(installation);
        await browser.SignInAs(holder.Login);
        await browser.Get($"/account/passkeys/{id}");
        (await browser.Submit($"/account/passkeys/{id}", ("do", "rename"), ("name", "  "))).ShouldBeRefused(HttpStatusCode.BadRequest, "Give the passkey a name");
        (await browser.Submit($"/account/passkeys/{id}", ("do", "rename"), ("name", new string('x', 61)))).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await browser.Submit($"/account/passkeys/{id}", ("do", "rename"), ("name", "Pocket phone"))).Location.ShouldBe("/account/passkeys?done=passkey_renamed");
        (await browser.Get("/account/passkeys")).Html.ShouldContain("Pocket phone");
        await browser.Get($"/account/passkeys/{id}");
        (await browser.Submit($"/account/passkeys/{id}", ("do", "remove"), ("password", "not the password"))).ShouldBeRefused(HttpStatusCode.BadRequest, "The password is wrong.");
        (await browser.Submit($"/account/passkeys/{id}", ("do", "remove"), ("password", holder.Login.Password))).Location.ShouldBe("/account/passkeys?done=passkey_removed");
        (await browser.Get($"/account/passkeys/{id}")).Status.ShouldBe(HttpStatusCode.NotFound);

        (await holder.SignIn()).ShouldBeFalse();
        (await installation.Actions("passkey.%")).ShouldBe(["passkey.add", "passkey.rename", "passkey.remove"]);
        await installation.Do("log", "verify");
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
        (await browser.Submit("/account/passkeys", ("name", "Phone"), ("password", "not the password"))).ShouldBeRefused(HttpStatusCode.BadRequest, "The password is wrong.");
        (await browser.Submit("/account/passkeys", ("name", "\u202E"), ("password", mine.Password))).ShouldBeRefused(HttpStatusCode.BadRequest, "Give the passkey a name");
        (await browser.Get("/account/passkeys/new")).Location.ShouldBe("/account/passkeys");
        await browser.Get("/account/passkeys");
        (await browser.Submit("/account/passkeys/new", ("credential", "{}"))).ShouldBeRefused(HttpStatusCode.BadRequest, "was not accepted");

        // From a page of another origin, and without having proved it to the device.
        foreach (var spoil in new Action<Authenticator>[] { key => key.Origin = "http://evil.test", key => key.Verified = false, key => key.CrossOrigin = true })
        {
            await browser.Get("/account/passkeys");
            var asked = await browser.Submit("/account/passkeys", ("name", "Phone"), ("password", mine.Password));
            spoil(passkey);
            (await browser.Submit("/account/passkeys/new", ("credential", passkey.Make(asked)))).ShouldBeRefused(HttpStatusCode.BadRequest, "was not accepted");
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
        (await stranger.Submit("/account/passkeys/new", ("credential", passkey.Make(theirs)))).ShouldBeRefused(HttpStatusCode.Conflict, "registered already");
        using var second = new Authenticator(node.Issuer);
        await browser.Get("/account/passkeys");
        browser.Cookies.Add(new Uri(node.Issuer), new Cookie("passkey", question));
        (await browser.Submit("/account/passkeys/new", ("credential", second.Make(theirs)))).ShouldBeRefused(HttpStatusCode.BadRequest, "was not accepted");
        (await installation.Count("passkeys")).ShouldBe(1);
        Authenticator.Options(await PasskeyHolder.Ask(browser, mine))["excludeCredentials"]!.AsArray().Count.ShouldBe(1);
    }
}
