using System.Net;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Settings.UserAccounts;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Settings.UserAccounts;

/// <summary>People are invited, and choose a password with a link that works once.</summary>
public sealed class InvitationTests
{
    [Theory, Engines]
    public async Task Somebody_who_was_invited_chooses_a_password_and_is_signed_in(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (path, id) = await Invite(installation, node, " New@Acme.test ", "--name", "Pat Ñandú", "--role", "integration_developer", "--group", "Viewers", "--may-assign", "viewers");
        using var browser = node.Browser(installation);
        var listed = (await installation.Do("user", "list"))[0];
        listed.GetProperty("status").GetString().ShouldBe("invited");
        DateTimeOffset.Parse(listed.GetProperty("invited_until").GetString()!, System.Globalization.CultureInfo.InvariantCulture).ShouldBe(installation.Clock.GetUtcNow().AddHours(72), TimeSpan.FromMinutes(1));
        (await installation.Query<byte[]>("select hash from person_links")).Single().Length.ShouldBe(32);

        // Programs that read mail open every address in it.
        for (var i = 0; i < 3; i++)
            (await browser.Get(path)).Status.ShouldBe(HttpStatusCode.OK);
        browser.Page.Headers["Content-Security-Policy"].ShouldStartWith("default-src 'none'");
        browser.Page.Headers["Cache-Control"].ShouldBe("no-store");
        browser.Page.Html.ShouldNotContain("<script");
        WebUtility.HtmlDecode(browser.Page.Html).ShouldContain("Welcome, Pat Ñandú");
        (await browser.Submit(path, ("password", "short"))).Html.ShouldContain("id=\"password-problem\"");
        (await browser.Submit(path, ("password", "New@Acme.test"))).Html.ShouldContain("cannot be your name");
        (await installation.Count("sessions")).ShouldBe(0);
        var password = installation.NewPassword();

        (await browser.Submit(path, ("password", password), ("email", "mallory@acme.test"), ("role", "super_administrator"))).Location.ShouldBe("/account/apps");

        (await browser.IsSignedIn()).ShouldBeTrue();
        var person = await installation.Do("user", "show", "new@acme.test");
        person.GetProperty("id").GetString().ShouldBe(id);
        person.GetProperty("status").GetString().ShouldBe("active");
        person.GetProperty("role").GetString().ShouldBe("integration_developer");
        person.GetProperty("group").GetString().ShouldBe("Viewers");
        person.GetProperty("may_assign")[0].GetString().ShouldBe("Viewers");
        person.TryGetProperty("invited_until", out var until).ShouldBe(until.ValueKind == System.Text.Json.JsonValueKind.Null);
        using var elsewhere = node.Browser(installation);
        (await elsewhere.SignInAs("new@acme.test", password)).Status.ShouldBe(HttpStatusCode.SeeOther);
        (await installation.Actions("%")).ShouldContain("invitation.accept");
        (await installation.Query<string>("select data from transactions_log")).ShouldAllBe(data => !data.Contains(path.Split('/')[2], StringComparison.Ordinal));
        (await installation.Count("users")).ShouldBe(1);
        await installation.Do("log", "verify");

        // Once.
        await ShouldBe(elsewhere, path, HttpStatusCode.Gone, "It was used already");
        elsewhere.Page.Html.ShouldContain("href=\"/signin\"");
        (await installation.Run("user", "withdraw", "new@acme.test")).Error.ShouldContain("not invited any more");
        (await installation.Run("user", "invite-again", "new@acme.test")).Error.ShouldContain("not invited any more");
    }

    [Theory, Engines]
    public async Task Of_many_who_send_the_form_at_once_one_is_signed_in(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (path, _) = await Invite(installation, node, "new@acme.test", "--role", "user");
        var browsers = Enumerable.Range(0, 6).Select(_ => node.Browser(installation)).ToArray();
        foreach (var browser in browsers)
            await browser.Get(path);

        var answers = await Task.WhenAll(browsers.Select(browser => browser.Submit(path, ("password", installation.NewPassword()))));

        answers.Count(answer => answer.Status == HttpStatusCode.SeeOther).ShouldBe(1);
        answers.Count(answer => answer.Status == HttpStatusCode.Gone).ShouldBe(5);
        (await installation.Count("sessions")).ShouldBe(1);
        (await installation.Actions("invitation.accept")).Count.ShouldBe(1);
        Array.ForEach(browsers, browser => browser.Dispose());
    }

    [Theory, Engines]
    public async Task A_link_that_is_void_says_why_and_does_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        using var browser = node.Browser(installation);

        var (first, _) = await Invite(installation, node, "renewed@acme.test", "--role", "user");
        var second = Path(await installation.Reveal("user", "invite-again", "renewed@acme.test"), installation, node);
        await ShouldBe(browser, first, HttpStatusCode.Gone, "a newer one took its place");
        (await browser.Get(second)).Status.ShouldBe(HttpStatusCode.OK);

        var (withdrawn, _) = await Invite(installation, node, "withdrawn@acme.test", "--role", "super_administrator");
        await installation.Do("user", "withdraw", "withdrawn@acme.test");
        await ShouldBe(browser, withdrawn, HttpStatusCode.Gone, "It was withdrawn");
        (await installation.Do("user", "list")).GetArrayLength().ShouldBe(1);
        // The address is free again.
        await Invite(installation, node, "withdrawn@acme.test", "--role", "user");

        await installation.Do("company", "suspend", "Acme");
        await ShouldBe(browser, second, HttpStatusCode.Forbidden, "Your company is suspended");
        (await installation.Run("user", "invite", "--email", "more@acme.test", "--role", "user")).Error.ShouldContain("suspended");
        (await installation.Run("user", "invite-again", "renewed@acme.test")).Error.ShouldContain("suspended");
        await installation.Do("company", "resume", "Acme");
        (await browser.Get(second)).Status.ShouldBe(HttpStatusCode.OK);

        // An invitation is no link for a password, nor anything else one.
        foreach (var path in new[] { second.Replace("/invitation/", "/new-password/", StringComparison.Ordinal), second.Replace("/invitation/", "/setup/", StringComparison.Ordinal), "/invitation/x", second + "0", "/invitation/" + Base62.Random(43), "/invitation/" + Uri.EscapeDataString(new string('é', 43)) })
            (await browser.Get(path)).Status.ShouldBe(HttpStatusCode.NotFound, path);

        installation.Clock.Advance(TimeSpan.FromHours(73));
        await ShouldBe(browser, second, HttpStatusCode.Gone, "It has expired");
        (await installation.Count("sessions")).ShouldBe(0);
        (await installation.Count("users where status = 'active'")).ShouldBe(0);
        (await installation.Actions("invitation.accept")).ShouldBeEmpty();
    }

    [Theory, Engines]
    public async Task Nobody_can_be_invited_twice_or_be_anything_before_they_accept(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        var node = await installation.Start();
        var there = await installation.Login("super_administrator");
        await Invite(installation, node, "new@acme.test", "--role", "super_administrator");

        foreach (var email in new[] { there.Email.ToUpperInvariant(), "NEW@acme.test" })
            (await installation.Run("user", "invite", "--company", "Other", "--email", email, "--role", "user")).Error.ShouldContain("already");
        await installation.Consumer();
        await installation.Execute("update consumers set owner_id = (select id from users where invited_until is not null)");
        (await installation.Run("user", "withdraw", "new@acme.test")).Error.ShouldContain("give them to somebody else first");
        (await installation.Run("user", "invite", "--company", "Acme", "--email", "no address", "--role", "user")).Error.ShouldContain("no e-mail address");
        (await installation.Run("user", "invite", "--company", "Acme", "--email", "x@acme.test", "--role", "user", "--group", "None")).Error.ShouldContain("no permission group");
        (await installation.Run("user", "invite", "--company", "Acme", "--email", "x@acme.test", "--role", "user", "--may-assign", "Viewers")).Error.ShouldContain("Only an integration developer");
        foreach (var command in new string[][] { ["enable"], ["disable"], ["reset-password", "--link"] })
            (await installation.Run(["user", command[0], "new@acme.test", .. command[1..]])).Error.ShouldContain("has not accepted the invitation yet");
        (await installation.Type(installation.NewPassword(), "user", "reset-password", "new@acme.test")).Error.ShouldContain("has not accepted the invitation yet");
        // Somebody who has not accepted keeps no company from having its last administrator.
        (await installation.Run("user", "disable", there.Email)).Error.ShouldContain("is the last active super administrator");
        (await installation.Run("user", "edit", there.Email, "--role", "user")).Error.ShouldContain("is the last active super administrator");
        (await installation.Count("users")).ShouldBe(2);
        (await installation.Count("users where password_hash is not null")).ShouldBe(1);
    }

    [Theory, Engines]
    public async Task An_invitation_that_goes_to_another_address_voids_the_link_of_the_first(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        using var browser = node.Browser(installation);
        var (path, id) = await Invite(installation, node, "wrong@acme.test", "--role", "user");

        await installation.Do("user", "edit", id, "--name", "Right Name");
        (await browser.Get(path)).Html.ShouldContain("Right Name");
        await installation.Do("user", "edit", id, "--email", "right@acme.test");

        await ShouldBe(browser, path, HttpStatusCode.Gone, "It was withdrawn");
        (await browser.Get(Path(await installation.Reveal("user", "invite-again", "right@acme.test"), installation, node))).Html.ShouldContain("right@acme.test");
        (await installation.Run("user", "show", "wrong@acme.test")).Exit.ShouldBe(1);
    }

    [Theory, Engines]
    public async Task A_link_sets_a_forgotten_password_once_and_ends_what_was_issued(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        var factor = await node.SecondFactor(installation, login);
        using var thief = node.Browser(installation);
        await thief.SignInAs(login);
        await thief.Get("/signin/code");
        await thief.Submit("/signin/code", ("code", factor.Code(installation)));
        var path = Path(await installation.Reveal("user", "reset-password", login.Email, "--link"), installation, node);
        (await thief.IsSignedIn()).ShouldBeTrue();
        using var browser = node.Browser(installation);
        await browser.Get(path);
        var fresh = installation.NewPassword();

        (await browser.Submit(path, ("password", fresh))).Location.ShouldBe("/signin?again=1&set=1");

        (await browser.Visit("/signin?again=1&set=1")).Html.ShouldContain("Your new password is set");
        (await browser.IsSignedIn()).ShouldBeFalse();
        (await thief.IsSignedIn()).ShouldBeFalse();
        (await installation.Query<long>("select grants_from from users")).ShouldBe([2]);
        (await browser.SignInAs(login)).Status.ShouldBe(HttpStatusCode.OK);
        // Who has a second factor goes on showing it.
        (await browser.SignInAs(login with { Password = fresh })).Location.ShouldBe("/signin/code");
        // Commands have another clock than the node.
        (await installation.Actions("password.%")).Order().ShouldBe(["password.link", "password.reset_by_link"]);
        await ShouldBe(browser, path, HttpStatusCode.Gone, "It was used already");

        // Whatever else changes the password, or shuts them out, voids a link that is open.
        var open = Path(await installation.Reveal("user", "reset-password", login.Email, "--link"), installation, node);
        (await installation.Type(login.Password, "user", "reset-password", login.Email)).Exit.ShouldBe(0);
        await ShouldBe(browser, open, HttpStatusCode.Gone, "It was withdrawn");
        open = Path(await installation.Reveal("user", "reset-password", login.Email, "--link"), installation, node);
        await installation.Do("user", "disable", login.Email);
        await ShouldBe(browser, open, HttpStatusCode.Gone, "It was withdrawn");
        (await installation.Run("user", "reset-password", login.Email, "--link")).Error.ShouldContain("is disabled");
        await installation.Do("user", "enable", login.Email);
        open = Path(await installation.Reveal("user", "reset-password", login.Email, "--link"), installation, node);
        installation.Clock.Advance(TimeSpan.FromHours(25));
        await ShouldBe(browser, open, HttpStatusCode.Gone, "It has expired");
    }

    [Theory, Engines]
    public async Task A_restored_backup_opens_no_link_again(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (path, _) = await Invite(installation, node, "new@acme.test", "--role", "user");
        (await node.App.Services.GetRequiredService<Restoration>().Restored(Actor.CommandLine, [], disableConsumers: false)).Granted();
        using var browser = node.Browser(installation);

        await ShouldBe(browser, path, HttpStatusCode.Gone, "It was withdrawn");
    }

    [Theory, Engines]
    public async Task Making_a_link_asks_who_signed_in_long_ago_to_show_it_again(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var person = await node.Person(role: UserRole.SuperAdministrator);
        using var browser = node.Browser(installation);
        await browser.SignIn(person);
        var actor = new Actor(person.Email, "127.0.0.1") { Session = await installation.Read(session => session.Value<Guid>("select id from sessions")) };
        var invitations = node.App.Services.GetRequiredService<Invitations>();
        (await invitations.Invite(actor, "Acme", new("one@acme.test", null, UserRole.User, null))).Granted().Delivery.ShouldBe(Delivery.ByHand);
        installation.Clock.Advance(TimeSpan.FromMinutes(11));

        (await invitations.Invite(actor, "Acme", new("two@acme.test", null, UserRole.User, null))).RefusedAs().ShouldBe("show_anew");
        (await invitations.Renew(actor, "one@acme.test")).RefusedAs().ShouldBe("show_anew");
        (await invitations.Withdraw(actor, "one@acme.test")).RefusedAs().ShouldBe("show_anew");
        (await invitations.ForPassword(actor, person.Email)).RefusedAs().ShouldBe("show_anew");
        (await node.App.Services.GetRequiredService<Persons>().Disable(actor, person.Email)).RefusedAs().ShouldBe("show_anew");
        (await installation.Count("person_links")).ShouldBe(1);
    }

    private static async Task<(string Path, string Id)> Invite(Installation installation, Node node, string email, params string[] more)
    {
        var made = await installation.Reveal(["user", "invite", "--company", "Acme", "--email", email, .. more]);
        return (Path(made, installation, node), made.GetProperty("id").GetString()!);
    }

    // The command's issuer is the default one; what it makes works on every node of the installation.
    private static string Path(System.Text.Json.JsonElement made, Installation installation, Node node)
    {
        var path = new Uri(made.GetProperty("link").GetString()!).AbsolutePath;
        installation.Watch(path.Split('/')[2]);
        made.GetProperty("mailed").GetBoolean().ShouldBeFalse();
        return path;
    }

    private static async Task ShouldBe(Browser browser, string path, HttpStatusCode status, string sentence)
    {
        // The form of a page that was open before.
        await browser.Get("/signin?again=1");
        var hidden = browser.Page.Hidden;
        (await browser.Get(path)).Status.ShouldBe(status);
        WebUtility.HtmlDecode(browser.Page.Html).ShouldContain(sentence);
        (await browser.Post(path, [.. hidden, ("password", "four words in a row")])).Status.ShouldBe(status);
        WebUtility.HtmlDecode(browser.Page.Html).ShouldContain(sentence);
    }
}
