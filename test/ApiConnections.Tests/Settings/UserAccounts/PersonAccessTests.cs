using System.Net;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Settings.UserAccounts;

/// <summary>What an administrator does to a person beside their role and group.</summary>
public sealed class PersonAccessTests
{
    [Theory, Engines]
    public async Task One_session_is_ended_and_the_others_go_on(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        using var one = node.Browser(installation);
        using var two = node.Browser(installation);
        await one.SignInAs(login);
        installation.Clock.Advance(TimeSpan.FromSeconds(1));
        await two.SignInAs(login);
        var sessions = await installation.Do("user", "sessions", login.Email);

        await installation.Do("user", "sessions", login.Email, "--end-one", sessions[1].GetProperty("id").GetString()!);

        (await one.IsSignedIn()).ShouldBeFalse();
        (await two.IsSignedIn()).ShouldBeTrue();
        (await installation.Run("user", "sessions", login.Email, "--end-one", sessions[1].GetProperty("id").GetString()!)).Error.ShouldContain("has ended already");
        (await installation.Actions("session.end%")).ShouldBe(["session.end"]);
    }

    [Theory, Engines]
    public async Task The_wait_after_failed_sign_ins_is_ended_on_every_node(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        var bystander = await installation.Login();
        using var browser = node.Browser(installation);
        foreach (var email in new[] { login.Email, bystander.Email })
        {
            for (var i = 0; i < SecurityPolicy.Default.LockOutAttempts; i++)
                await browser.SignInAs(email, "not the password");
            (await browser.SignInAs(email, "not the password")).Status.ShouldBe(HttpStatusCode.TooManyRequests);
        }

        var accounts = node.App.Services.GetRequiredService<Server.Settings.UserAccounts.UserAccounts>();
        var details = (await accounts.Show(Actor.CommandLine, login.Email)).Granted();
        details.Failures.ShouldBe(SecurityPolicy.Default.LockOutAttempts);
        details.Wait.ShouldBeGreaterThan(TimeSpan.Zero);

        // On the command line, beside the running server.
        await installation.Do("user", "unlock", login.Email.ToUpperInvariant());
        await node.Hear();

        (await accounts.Show(Actor.CommandLine, login.Email)).Granted().Failures.ShouldBe(0);
        (await browser.SignInAs(login)).Status.ShouldBe(HttpStatusCode.SeeOther);
        using var other = node.Browser(installation);
        (await other.SignInAs(bystander)).Status.ShouldBe(HttpStatusCode.TooManyRequests);

        // In the console, on the node itself.
        (await node.App.Services.GetRequiredService<Passwords>().Unlock(Actor.CommandLine, bystander.Email)).Granted();
        (await other.SignInAs(bystander)).Status.ShouldBe(HttpStatusCode.SeeOther);
        (await installation.Actions("sign_in.unlock")).Count.ShouldBe(2);
    }

    [Theory, Engines]
    public async Task A_second_factor_is_taken_from_somebody_who_has_lost_it(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        await node.SecondFactor(installation, login);
        (await installation.Do("user", "show", login.Email)).GetProperty("second_factor").GetBoolean().ShouldBeTrue();

        await installation.Do("user", "remove-second-factor", login.Email);

        using var browser = node.Browser(installation);
        (await browser.SignInAs(login)).Location.ShouldBe("/account/apps");
        (await installation.Run("user", "remove-second-factor", login.Email)).Error.ShouldContain("no second factor");
        (await installation.Actions("second_factor.%")).ShouldBe(["second_factor.on", "second_factor.off"]);
    }

    [Theory, Engines]
    public async Task Name_and_address_are_changed_and_the_log_says_from_what_to_what(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        var node = await installation.Start();
        var (login, there) = (await installation.Login(), await installation.Login());
        using var browser = node.Browser(installation);
        await browser.SignInAs(login);

        await installation.Do("user", "edit", login.Email, "--name", "Zoë New", "--email", "Zoe@Acme.test");

        (await browser.IsSignedIn()).ShouldBeTrue();
        using var other = node.Browser(installation);
        (await other.SignInAs(login)).Status.ShouldBe(HttpStatusCode.OK);
        (await other.SignInAs("zoe@acme.test", login.Password)).Status.ShouldBe(HttpStatusCode.SeeOther);
        var data = (await installation.Query<string>("select data from transactions_log where action = 'user.edit'")).Single();
        data.ShouldBe($$$"""{"before":{"email":"{{{login.Email}}}","name":"{{{login.Email.Split('@')[0]}}}"},"after":{"email":"Zoe@Acme.test","name":"Zoë New"}}""");
        (await installation.Run("user", "edit", "zoe@acme.test", "--email", there.Email.ToUpperInvariant())).Error.ShouldContain("already");
        (await installation.Run("user", "edit", "zoe@acme.test", "--email", "nothing")).Error.ShouldContain("no e-mail address");
        (await installation.Run("user", "edit", "zoe@acme.test", "--name", "a\u202Eb")).Error.ShouldContain("cannot hold");
        (await installation.Actions("user.edit")).Count.ShouldBe(1);
    }

    [Theory, Engines]
    public async Task The_last_super_administrator_stays_when_one_is_disabled_and_the_other_demoted_at_once(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (persons, edits) = (node.App.Services.GetRequiredService<Persons>(), node.App.Services.GetRequiredService<PersonEdits>());
        for (var round = 0; round < 5; round++)
        {
            await installation.Execute("update users set status = 'disabled'");
            var (one, two) = (await node.Person(role: UserRole.SuperAdministrator), await node.Person(role: UserRole.SuperAdministrator));
            // Each is done in by the other, with sessions of their own.
            var (byOne, byTwo) = (await SignedIn(installation, node, one), await SignedIn(installation, node, two));

            var outcomes = await Task.WhenAll(
                Task.Run(() => persons.Disable(byOne, two.Email)),
                Task.Run(() => edits.Edit(byTwo, one.Email, new() { Role = UserRole.User })),
                Task.Run(() => edits.Edit(byOne, one.Email, new() { Role = UserRole.Auditor })));

            (await installation.Count("users where role = 'super_administrator' and status = 'active'")).ShouldBeGreaterThanOrEqualTo(1);
            outcomes.ShouldContain(outcome => outcome.RefusedAs() != null);
        }
    }

    [Theory, Engines]
    public async Task People_of_another_company_are_missing_under_their_address_and_their_id(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        var node = await installation.Start();
        var (mine, theirs) = (await node.Person(role: UserRole.SuperAdministrator), await node.Person(group: null, company: "Other"));
        var actor = await SignedIn(installation, node, mine);
        var accounts = node.App.Services.GetRequiredService<Server.Settings.UserAccounts.UserAccounts>();

        foreach (var who in new[] { theirs.Email, theirs.Id.ToString(), Guid.CreateVersion7().ToString(), "none@acme.test", "", "\0" })
            (await accounts.Show(actor, who)).RefusedAs().ShouldBe("not_found", who);
        (await accounts.Show(actor, mine.Id.ToString())).Granted().User.Email.ShouldBe(mine.Email);
    }

    private static async Task<Actor> SignedIn(Installation installation, Node node, TestPerson person)
    {
        using var browser = node.Browser(installation);
        await browser.SignIn(person);
        var id = person.Id;
        return new Actor(person.Email, "127.0.0.1") { Session = await installation.Read(session => session.Value<Guid>("select id from sessions where user_id = @id", new { id })) };
    }
}
