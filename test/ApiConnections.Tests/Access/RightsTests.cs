using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Settings.ApiConnections.Apis;
using ApiConnections.Server.Settings.ApiConnections.AppAuthorizations;
using ApiConnections.Server.Settings.ApiConnections.Consumers;
using ApiConnections.Server.Settings.General;
using ApiConnections.Server.Settings.Modules;
using ApiConnections.Server.Settings.Security;
using ApiConnections.Server.Settings.TransactionsLog;
using ApiConnections.Server.Settings.UserAccounts;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Access;

/// <summary>Every function behind the console, for every role, on what is its own company's and on what is another's.</summary>
public sealed class RightsTests
{
    private sealed record Things(string Company, string Consumer, Guid Authorization, string Api, string Group)
    {
        public string Person { get; init; } = "";

        public Guid Session { get; init; }

        public string Invited { get; init; } = "";
    }

    private sealed record Function(string Name, bool Changes, About About, Func<IServiceProvider, Actor, Things, Task<string>> Call);

    /// <summary>What a function is about, which decides what an integration developer may do with it.</summary>
    private enum About
    {
        /// <summary>Nothing of a developer's.</summary>
        Company,

        /// <summary>Consumers of a company: a developer's own of them.</summary>
        Consumers,

        /// <summary>A consumer: where it is the developer's own.</summary>
        Consumer,
    }

    private enum Whose
    {
        Own,
        AnotherDevelopers,
        AnotherCompanys,
    }

    private static readonly Function[] functions =
    [
        Looks(About.Consumers, "list consumers", (services, actor, of) => services.GetRequiredService<ConsumerLists>().Page(actor, of.Company, new())),
        Looks(About.Consumers, "export consumers", (services, actor, of) => services.GetRequiredService<ConsumerLists>().Export(actor, of.Company, new(), ["Name"], () => Task.FromResult(TextWriter.Null))),
        Looks(About.Consumers, "choose a group", (services, actor, of) => services.GetRequiredService<ConsumerLists>().Groups(actor, of.Company)),
        Looks(About.Consumer, "show a consumer", (services, actor, of) => services.GetRequiredService<Consumers>().Show(actor, of.Consumer)),
        Looks(About.Consumer, "its requests", (services, actor, of) => services.GetRequiredService<Consumers>().Requests(actor, of.Consumer)),
        Looks(About.Consumers, "list authorizations", (services, actor, of) => services.GetRequiredService<AppAuthorizations>().Page(actor, of.Company, new())),
        Looks(About.Consumer, "list authorizations of a consumer", (services, actor, of) => services.GetRequiredService<AppAuthorizations>().Page(actor, of.Company, new() { Consumer = of.Consumer })),
        Looks(About.Company, "list APIs", (services, actor, of) => services.GetRequiredService<Apis>().List(actor, of.Company)),
        Looks(About.Company, "show an API", (services, actor, of) => services.GetRequiredService<Apis>().Show(actor, of.Api)),
        Looks(About.Company, "list groups", (services, actor, of) => services.GetRequiredService<Groups>().List(actor, of.Company)),
        Looks(About.Company, "show a group", (services, actor, of) => services.GetRequiredService<Groups>().Show(actor, of.Company, of.Group)),
        Looks(About.Company, "list modules", (services, actor, of) => services.GetRequiredService<CompanyModules>().List(actor, of.Company)),
        Looks(About.Company, "show the company", (services, actor, of) => services.GetRequiredService<Companies>().Show(actor, of.Company)),
        Looks(About.Company, "list people", (services, actor, of) => services.GetRequiredService<PersonLists>().Page(actor, of.Company, new())),
        Looks(About.Company, "export people", (services, actor, of) => services.GetRequiredService<PersonLists>().Export(actor, of.Company, new(), ["Name"], () => Task.FromResult(TextWriter.Null))),
        Looks(About.Company, "groups for people", (services, actor, of) => services.GetRequiredService<PersonLists>().Groups(actor, of.Company)),
        Looks(About.Company, "everybody", (services, actor, of) => services.GetRequiredService<PersonLists>().All(actor, of.Company)),
        Looks(About.Company, "show a person", (services, actor, of) => services.GetRequiredService<UserAccounts>().Show(actor, of.Person)),
        Looks(About.Company, "their sessions", (services, actor, of) => services.GetRequiredService<Persons>().Sessions(actor, of.Person)),
        Looks(About.Company, "read the log", (services, actor, of) => services.GetRequiredService<LogLists>().Page(actor, of.Company, new(), 10)),
        Looks(About.Company, "show the log", (services, actor, of) => services.GetRequiredService<LogLists>().Show(actor, of.Company, new(), 10)),
        Looks(About.Company, "export the log", (services, actor, of) => services.GetRequiredService<LogExport>().Records(actor, of.Company, new(), LogFormat.Csv, ["Number"], () => Task.FromResult(TextWriter.Null))),
        Looks(About.Company, "verify the log", (services, actor, of) => services.GetRequiredService<LogLists>().Verify(actor, of.Company)),
        Looks(About.Company, "read the security policy", (services, actor, of) => services.GetRequiredService<SecurityPolicies>().Show(actor, of.Company)),
        Changes(About.Company, "edit the company", (services, actor, of) => services.GetRequiredService<Companies>().Edit(actor, of.Company, new CompanyEdit(Contact: "help@acme.test"))),
        Changes(About.Company, "add a link to the menu", (services, actor, of) => services.GetRequiredService<CompanyLinks>().Add(actor, of.Company, new("https://erp.example.com", "link", "One", "Uno", "Um"), null)),
        Changes(About.Company, "move a link of the menu", (services, actor, of) => services.GetRequiredService<CompanyLinks>().Move(actor, of.Company, 1, 1)),
        Changes(About.Company, "remove a link of the menu", (services, actor, of) => services.GetRequiredService<CompanyLinks>().Remove(actor, of.Company, 1)),
        Changes(About.Company, "have the configured links again", (services, actor, of) => services.GetRequiredService<CompanyLinks>().Reset(actor, of.Company)),
        Changes(About.Consumers, "make a consumer", (services, actor, of) => services.GetRequiredService<Consumers>().Create(actor, Typed(of) with { Name = "New " + Guid.CreateVersion7() })),
        Changes(About.Consumer, "save a consumer", (services, actor, of) => services.GetRequiredService<ConsumerEdits>().Save(actor, of.Consumer, Typed(of), 1)),
        Changes(About.Consumer, "add a secret", (services, actor, of) => services.GetRequiredService<ConsumerSecrets>().Add(actor, of.Consumer, "", null, null)),
        Changes(About.Consumer, "revoke a secret", (services, actor, of) => services.GetRequiredService<ConsumerAccess>().RevokeSecret(actor, of.Consumer, "none", revokeTokens: true), mayMiss: true),
        Changes(About.Consumer, "try a program", (services, actor, of) => services.GetRequiredService<TrialRuns>().ClientCredentials(actor, of.Consumer, "none", "", "")),
        Changes(About.Consumer, "try a secret", (services, actor, of) => services.GetRequiredService<TrialRuns>().Secret(actor, of.Consumer, "none")),
        Changes(About.Consumer, "redeem what a test got", (services, actor, of) => services.GetRequiredService<TrialRuns>().Redeem(actor, of.Consumer, "none", "none", new TokenValue("none"))),
        Changes(About.Consumer, "try an app as oneself", (services, actor, of) => services.GetRequiredService<PersonTrials>().Begin(actor, of.Consumer, "", "")),
        Changes(About.Consumer, "answer a test", (services, actor, of) => services.GetRequiredService<PersonTrials>().Answer(actor, of.Consumer, "none", "none", null, null)),
        Changes(About.Consumer, "look at a test", (services, actor, of) => services.GetRequiredService<PersonTrials>().Look(actor, of.Consumer, Begun)),
        Changes(About.Consumer, "close a test", (services, actor, of) => services.GetRequiredService<PersonTrials>().Close(actor, of.Consumer, Guid.Empty)),
        Changes(About.Consumer, "end the token of a test", (services, actor, of) => services.GetRequiredService<TrialEnds>().Token(actor, of.Consumer, new TokenValue("none"))),
        Changes(About.Consumer, "end what a test made", (services, actor, of) => services.GetRequiredService<TrialEnds>().Person(actor, of.Consumer, null, null)),
        Changes(About.Consumer, "disable a consumer", (services, actor, of) => services.GetRequiredService<ConsumerAccess>().Disable(actor, of.Consumer)),
        Changes(About.Consumer, "enable a consumer", (services, actor, of) => services.GetRequiredService<ConsumerAccess>().Enable(actor, of.Consumer)),
        Changes(About.Consumer, "move a consumer", (services, actor, of) => services.GetRequiredService<ConsumerAccess>().Move(actor, of.Consumer, "Viewers")),
        Changes(About.Consumer, "revoke its tokens", (services, actor, of) => services.GetRequiredService<ConsumerAccess>().RevokeTokens(actor, of.Consumer)),
        Changes(About.Consumer, "revoke an authorization", (services, actor, of) => services.GetRequiredService<AuthorizationAccess>().Revoke(actor, of.Authorization, null)),
        Changes(About.Consumer, "allow a program again", (services, actor, of) => services.GetRequiredService<AuthorizationAccess>().Allow(actor, of.Consumer)),
        Changes(About.Consumer, "revoke all of an app", (services, actor, of) => services.GetRequiredService<AuthorizationAccess>().RevokeAllOf(actor, of.Consumer, null)),
        Changes(About.Company, "choose an owner", (services, actor, of) => services.GetRequiredService<ConsumerOwners>().Candidates(actor, of.Company)),
        Changes(About.Company, "give a consumer to somebody", (services, actor, of) => services.GetRequiredService<ConsumerOwners>().Set(actor, of.Consumer, actor.Name)),
        Changes(About.Company, "invite somebody", (services, actor, of) => services.GetRequiredService<Invitations>().Invite(actor, of.Company, new($"{Guid.CreateVersion7():N}@acme.test", null, UserRole.User, null))),
        Changes(About.Company, "invite again", (services, actor, of) => services.GetRequiredService<Invitations>().Renew(actor, of.Invited)),
        Changes(About.Company, "withdraw an invitation", (services, actor, of) => services.GetRequiredService<Invitations>().Withdraw(actor, of.Invited)),
        Changes(About.Company, "make a link for a password", (services, actor, of) => services.GetRequiredService<Invitations>().ForPassword(actor, of.Person)),
        Changes(About.Company, "edit a person", (services, actor, of) => services.GetRequiredService<PersonEdits>().Edit(actor, of.Person, new() { Name = "Another Name" })),
        Changes(About.Company, "end a session", (services, actor, of) => services.GetRequiredService<Persons>().EndSession(actor, of.Person, of.Session)),
        Changes(About.Company, "end all sessions", (services, actor, of) => services.GetRequiredService<Persons>().EndSessions(actor, of.Person)),
        Changes(About.Company, "unlock a person", (services, actor, of) => services.GetRequiredService<Passwords>().Unlock(actor, of.Person)),
        Changes(About.Company, "remove a second factor", (services, actor, of) => services.GetRequiredService<SecondFactors>().RemoveOf(actor, of.Person)),
        Changes(About.Company, "remove passkeys", (services, actor, of) => services.GetRequiredService<Passkeys>().RemoveAllOf(actor, of.Person)),
        Changes(About.Company, "set a password", (services, actor, of) => services.GetRequiredService<UserAccounts>().ResetPassword(actor, of.Person, "four words in a row", removeSecondFactor: false)),
        Changes(About.Company, "disable a person", (services, actor, of) => services.GetRequiredService<Persons>().Disable(actor, of.Person)),
        Changes(About.Company, "enable a person", (services, actor, of) => services.GetRequiredService<Persons>().Enable(actor, of.Person)),
        Changes(About.Company, "set a person's role", (services, actor, of) => services.GetRequiredService<PersonEdits>().Edit(actor, of.Person, new() { Role = UserRole.Auditor })),
        Changes(About.Consumer, "delete a consumer", (services, actor, of) => services.GetRequiredService<ConsumerAccess>().Delete(actor, of.Consumer)),
        Changes(About.Company, "register an API", (services, actor, of) => services.GetRequiredService<Apis>().Create(actor, "New " + Guid.CreateVersion7(), $"https://{Guid.CreateVersion7()}.test", of.Company, [])),
        Changes(About.Company, "edit an API", (services, actor, of) => services.GetRequiredService<Apis>().Edit(actor, of.Api, new("Renamed " + Guid.CreateVersion7(), null, null))),
        Changes(About.Company, "add a secret to an API", (services, actor, of) => services.GetRequiredService<Apis>().AddSecret(actor, of.Api)),
        Changes(About.Company, "revoke a secret of an API", (services, actor, of) => services.GetRequiredService<Apis>().RevokeSecret(actor, of.Api, "none"), mayMiss: true),
        Changes(About.Company, "delete an API", (services, actor, of) => services.GetRequiredService<Apis>().Delete(actor, of.Api)),
        Changes(About.Company, "make a group", (services, actor, of) => services.GetRequiredService<Groups>().Create(actor, of.Company, "New " + Guid.CreateVersion7(), "tasks:view", readOnly: false)),
        Changes(About.Company, "foresee a narrowing", (services, actor, of) => services.GetRequiredService<Groups>().Foresee(actor, of.Company, of.Group, new(null, "assets:view", null))),
        Changes(About.Company, "edit a group", (services, actor, of) => services.GetRequiredService<Groups>().Edit(actor, of.Company, of.Group, new(null, "assets:view", null))),
        Changes(About.Company, "delete a group", (services, actor, of) => services.GetRequiredService<Groups>().Delete(actor, of.Company, of.Group)),
        Changes(About.Company, "edit the security policy", (services, actor, of) => services.GetRequiredService<SecurityPolicies>().Edit(actor, of.Company, new() { IdleMinutes = 45 }, null)),
        Changes(About.Company, "switch a module off", (services, actor, of) => services.GetRequiredService<CompanyModules>().Switch(actor, of.Company, "tasks", on: false)),
    ];

    [Theory, Engines]
    public async Task Each_role_may_do_what_is_its_own_and_nothing_of_another_company(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        await installation.Do("group", "create", "--company", "Other", "--name", "Viewers", "--scopes", "tasks:view assets:view");
        var node = await installation.Start();
        var theirs = await Make(installation, node, "Other", null);
        foreach (var role in Enum.GetValues<UserRole>())
        {
            var actor = await SignedIn(installation, node, role);
            var things = new Dictionary<Whose, Things>
            {
                [Whose.Own] = await Make(installation, node, "Acme", role is UserRole.SuperAdministrator or UserRole.IntegrationDeveloper ? actor.Name : null),
                [Whose.AnotherDevelopers] = await Make(installation, node, "Acme", (await node.Person(role: UserRole.IntegrationDeveloper)).Email),
                [Whose.AnotherCompanys] = theirs,
            };
            foreach (var function in functions)
            {
                foreach (var (whose, of) in things)
                {
                    var records = await installation.Count("transactions_log");

                    var said = await function.Call(node.App.Services, actor, of);

                    said.ShouldBe(Expected(role, function, whose), $"{role}, {whose}: {function.Name}");
                    if (said != "done" || !function.Changes)
                        (await installation.Count("transactions_log")).ShouldBe(records, $"{role}, {whose}: {function.Name}");
                }
            }

            if (role == UserRole.SuperAdministrator)
                await installation.Do("module", "on", "tasks", "--company", "Acme");
        }
    }

    private static string Expected(UserRole role, Function function, Whose whose)
    {
        var may = role switch
        {
            UserRole.SuperAdministrator => true,
            UserRole.Auditor => !function.Changes,
            UserRole.IntegrationDeveloper => function.About != About.Company,
            _ => false,
        };
        // What a developer may not know of is not there, and so is everything of another company.
        var there = whose != Whose.AnotherCompanys && !(role == UserRole.IntegrationDeveloper && function.About == About.Consumer && whose == Whose.AnotherDevelopers);
        return !may ? "not_allowed" : there ? "done" : "not_found";
    }

    [Theory, Engines]
    public async Task Who_is_disabled_or_demoted_may_do_nothing_from_the_next_call_on(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var mine = await Make(installation, node, "Acme", null);
        var actor = await SignedIn(installation, node, UserRole.SuperAdministrator);
        foreach (var function in functions.Where(function => !function.Changes))
            (await function.Call(node.App.Services, actor, mine)).ShouldBe("done", function.Name);

        await installation.Execute($"update users set role = 'auditor' where email = '{actor.Name}'");
        foreach (var function in functions)
            (await function.Call(node.App.Services, actor, mine)).ShouldBe(function.Changes ? "not_allowed" : "done", function.Name);

        await installation.Execute($"update users set status = 'disabled' where email = '{actor.Name}'");
        foreach (var function in functions)
            (await function.Call(node.App.Services, actor, mine)).ShouldBe("signed_out", function.Name);
    }

    private static BegunTrial Begun => new(Guid.Empty, TrialState.New(DateTimeOffset.UnixEpoch), "", "", default, null);

    private static NewConsumer Typed(Things of) => new() { Company = of.Company, Name = "Saved " + of.Consumer, GrantType = "client_credentials", Group = "Viewers" };

    private static Function Looks<T>(About about, string name, Func<IServiceProvider, Actor, Things, Task<Outcome<T>>> call)
        where T : notnull => new(name, Changes: false, about, async (services, actor, of) => Said(await call(services, actor, of), mayMiss: false));

    // Where the thing itself is none that there is, an administrator of the company is told so: allowed, and nothing done.
    private static Function Changes<T>(About about, string name, Func<IServiceProvider, Actor, Things, Task<Outcome<T>>> call, bool mayMiss = false)
        where T : notnull => new(name, Changes: true, about, async (services, actor, of) => Said(await call(services, actor, of), mayMiss));

    private static string Said<T>(Outcome<T> outcome, bool mayMiss)
        where T : notnull => outcome.TryGet(out _, out var refusal) || (mayMiss && refusal.Reason.Contains("\"none\"", StringComparison.Ordinal)) || refusal.Error.Code is "conflict" or "second_factor_none" ? "done" : refusal.Error.Code;

    private static async Task<Things> Make(Installation installation, Node node, string company, string? owner)
    {
        string[] whose = owner is null ? [] : ["--owner", owner];
        var consumer = (await installation.Reveal(["consumer", "create", "--company", company, "--name", "Program " + Guid.CreateVersion7(), "--grant", "client_credentials", "--group", "Viewers", .. whose])).GetProperty("key").GetString()!;
        var api = (await installation.ApiFor($"https://{Guid.CreateVersion7()}.test", "--company", company)).Key;
        var group = "Group " + Guid.CreateVersion7();
        await installation.Do("group", "create", "--company", company, "--name", group, "--scopes", "tasks:view assets:view");
        var authorization = await installation.Read(session => session.Value<Guid>("select id from authorizations where consumer = @consumer", new { consumer }));
        var invited = (await installation.Reveal("user", "invite", "--company", company, "--email", $"{Guid.CreateVersion7():N}@acme.test", "--role", "user")).GetProperty("email").GetString()!;
        var (person, browser) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await installation.Write(async session =>
        {
            var (owner, now) = ((await CompanyStore.FindByName(session, company))!, installation.Clock.GetUtcNow());
            await UserStore.Insert(session, new User(person, owner.Id, $"{person:N}@acme.test", "Pat Person", UserRole.User, null, UserStatus.Active, 1, 1, now));
            await SessionStore.Insert(session, new PersonSession(browser, person, "pwd", now, now, now, now.AddHours(1), "127.0.0.1", "test browser"), browser.ToByteArray());
        });
        return new Things(company, consumer, authorization, api, group) { Person = person.ToString(), Session = browser, Invited = invited };
    }

    private static async Task<Actor> SignedIn(Installation installation, Node node, UserRole role)
    {
        var person = await node.Person("Viewers", role: role);
        if (role == UserRole.IntegrationDeveloper)
            await installation.Do("user", "edit", person.Email, "--may-assign", "Viewers");
        using var browser = node.Browser(installation);
        await browser.SignIn(person);
        var id = person.Id;
        return new Actor(person.Email, "127.0.0.1") { Session = await installation.Read(session => session.Value<Guid>("select id from sessions where user_id = @id", new { id })) };
    }
}
