using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Settings.ApiConnections.Apis;
using ApiConnections.Server.Settings.ApiConnections.AppAuthorizations;
using ApiConnections.Server.Settings.ApiConnections.Consumers;
using ApiConnections.Server.Settings.Modules;
using ApiConnections.Server.Settings.TransactionsLog;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Access;

/// <summary>Every function behind the console, for every role, on what is its own company's and on what is another's.</summary>
public sealed class RightsTests
{
    private sealed record Things(string Company, string Consumer, Guid Authorization, string Api, string Group);

    private sealed record Function(string Name, bool Changes, Func<IServiceProvider, Actor, Things, Task<string>> Call);

    private static readonly Function[] functions =
    [
        Looks("list consumers", (services, actor, of) => services.GetRequiredService<ConsumerLists>().Page(actor, of.Company, new())),
        Looks("export consumers", (services, actor, of) => services.GetRequiredService<ConsumerLists>().Export(actor, of.Company, new(), ["Name"], () => Task.FromResult(TextWriter.Null))),
        Looks("choose a group", (services, actor, of) => services.GetRequiredService<ConsumerLists>().Groups(actor, of.Company)),
        Looks("show a consumer", (services, actor, of) => services.GetRequiredService<Consumers>().Show(actor, of.Consumer)),
        Looks("its requests", (services, actor, of) => services.GetRequiredService<Consumers>().Requests(actor, of.Consumer)),
        Looks("list authorizations", (services, actor, of) => services.GetRequiredService<AppAuthorizations>().Page(actor, of.Company, new())),
        Looks("list APIs", (services, actor, of) => services.GetRequiredService<Apis>().List(actor, of.Company)),
        Looks("show an API", (services, actor, of) => services.GetRequiredService<Apis>().Show(actor, of.Api)),
        Looks("list groups", (services, actor, of) => services.GetRequiredService<Groups>().List(actor, of.Company)),
        Looks("show a group", (services, actor, of) => services.GetRequiredService<Groups>().Show(actor, of.Company, of.Group)),
        Looks("list modules", (services, actor, of) => services.GetRequiredService<CompanyModules>().List(actor, of.Company)),
        Looks("read the log", (services, actor, of) => services.GetRequiredService<LogLists>().Page(actor, of.Company, new(), 10)),
        Looks("verify the log", (services, actor, of) => services.GetRequiredService<LogLists>().Verify(actor, of.Company)),
        Changes("make a consumer", (services, actor, of) => services.GetRequiredService<Consumers>().Create(actor, Typed(of) with { Name = "New " + Guid.CreateVersion7() })),
        Changes("save a consumer", (services, actor, of) => services.GetRequiredService<ConsumerEdits>().Save(actor, of.Consumer, Typed(of), 1)),
        Changes("add a secret", (services, actor, of) => services.GetRequiredService<ConsumerSecrets>().Add(actor, of.Consumer, "", null, null)),
        Changes("revoke a secret", (services, actor, of) => services.GetRequiredService<ConsumerAccess>().RevokeSecret(actor, of.Consumer, "none", revokeTokens: true), mayMiss: true),
        Changes("disable a consumer", (services, actor, of) => services.GetRequiredService<ConsumerAccess>().Disable(actor, of.Consumer)),
        Changes("enable a consumer", (services, actor, of) => services.GetRequiredService<ConsumerAccess>().Enable(actor, of.Consumer)),
        Changes("move a consumer", (services, actor, of) => services.GetRequiredService<ConsumerAccess>().Move(actor, of.Consumer, "Viewers")),
        Changes("revoke its tokens", (services, actor, of) => services.GetRequiredService<ConsumerAccess>().RevokeTokens(actor, of.Consumer)),
        Changes("revoke an authorization", (services, actor, of) => services.GetRequiredService<AuthorizationAccess>().Revoke(actor, of.Authorization, null)),
        Changes("allow a program again", (services, actor, of) => services.GetRequiredService<AuthorizationAccess>().Allow(actor, of.Consumer)),
        Changes("revoke all of an app", (services, actor, of) => services.GetRequiredService<AuthorizationAccess>().RevokeAllOf(actor, of.Consumer, null)),
        Changes("delete a consumer", (services, actor, of) => services.GetRequiredService<ConsumerAccess>().Delete(actor, of.Consumer)),
        Changes("register an API", (services, actor, of) => services.GetRequiredService<Apis>().Create(actor, "New " + Guid.CreateVersion7(), $"https://{Guid.CreateVersion7()}.test", of.Company, [])),
        Changes("edit an API", (services, actor, of) => services.GetRequiredService<Apis>().Edit(actor, of.Api, new("Renamed " + Guid.CreateVersion7(), null, null))),
        Changes("add a secret to an API", (services, actor, of) => services.GetRequiredService<Apis>().AddSecret(actor, of.Api)),
        Changes("revoke a secret of an API", (services, actor, of) => services.GetRequiredService<Apis>().RevokeSecret(actor, of.Api, "none"), mayMiss: true),
        Changes("delete an API", (services, actor, of) => services.GetRequiredService<Apis>().Delete(actor, of.Api)),
        Changes("make a group", (services, actor, of) => services.GetRequiredService<Groups>().Create(actor, of.Company, "New " + Guid.CreateVersion7(), "tasks:view", readOnly: false)),
        Changes("foresee a narrowing", (services, actor, of) => services.GetRequiredService<Groups>().Foresee(actor, of.Company, of.Group, new(null, "assets:view", null))),
        Changes("edit a group", (services, actor, of) => services.GetRequiredService<Groups>().Edit(actor, of.Company, of.Group, new(null, "assets:view", null))),
        Changes("delete a group", (services, actor, of) => services.GetRequiredService<Groups>().Delete(actor, of.Company, of.Group)),
        Changes("switch a module off", (services, actor, of) => services.GetRequiredService<CompanyModules>().Switch(actor, of.Company, "tasks", on: false)),
    ];

    [Theory, Engines]
    public async Task Each_role_may_do_what_is_its_own_and_nothing_of_another_company(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        await installation.Do("group", "create", "--company", "Other", "--name", "Viewers", "--scopes", "tasks:view assets:view");
        var node = await installation.Start();
        var services = node.App.Services;
        var theirs = await Make(installation, "Other");
        foreach (var role in Enum.GetValues<UserRole>())
        {
            var mine = await Make(installation, "Acme");
            var actor = await SignedIn(installation, node, role);
            foreach (var function in functions)
            {
                var (looks, administers) = (role is UserRole.SuperAdministrator or UserRole.Auditor, role == UserRole.SuperAdministrator);
                var records = await installation.Count("transactions_log");

                var own = await function.Call(services, actor, mine);
                (function.Changes ? administers : looks).ShouldBe(own == "done", $"{role}: {function.Name}: {own}");
                if (own != "done")
                    own.ShouldBe("not_allowed", $"{role}: {function.Name}");
                if (!administers)
                    (await installation.Count("transactions_log")).ShouldBe(records, $"{role}: {function.Name}");

                records = await installation.Count("transactions_log");
                var other = await function.Call(services, actor, theirs);
                other.ShouldBe((function.Changes ? administers : looks) ? "not_found" : "not_allowed", $"{role}, of another company: {function.Name}");
                (await installation.Count("transactions_log")).ShouldBe(records, $"{role}, of another company: {function.Name}");
            }

            if (role == UserRole.SuperAdministrator)
                await installation.Do("module", "on", "tasks", "--company", "Acme");
        }
    }

    [Theory, Engines]
    public async Task Who_is_disabled_or_demoted_may_do_nothing_from_the_next_call_on(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var mine = await Make(installation, "Acme");
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

    private static NewConsumer Typed(Things of) => new() { Company = of.Company, Name = "Saved " + of.Consumer, GrantType = "client_credentials", Group = "Viewers" };

    private static Function Looks<T>(string name, Func<IServiceProvider, Actor, Things, Task<Outcome<T>>> call)
        where T : notnull => new(name, Changes: false, async (services, actor, of) => Said(await call(services, actor, of), mayMiss: false));

    // Where the thing itself is none that there is, an administrator of the company is told so: allowed, and nothing done.
    private static Function Changes<T>(string name, Func<IServiceProvider, Actor, Things, Task<Outcome<T>>> call, bool mayMiss = false)
        where T : notnull => new(name, Changes: true, async (services, actor, of) => Said(await call(services, actor, of), mayMiss));

    private static string Said<T>(Outcome<T> outcome, bool mayMiss)
        where T : notnull => outcome.TryGet(out _, out var refusal) || (mayMiss && refusal.Reason.Contains("\"none\"", StringComparison.Ordinal)) || refusal.Error.Code is "conflict" ? "done" : refusal.Error.Code;

    private static async Task<Things> Make(Installation installation, string company)
    {
        var consumer = (await installation.Reveal("consumer", "create", "--company", company, "--name", "Program " + Guid.CreateVersion7(), "--grant", "client_credentials", "--group", "Viewers")).GetProperty("key").GetString()!;
        var api = (await installation.ApiFor($"https://{Guid.CreateVersion7()}.test", "--company", company)).Key;
        var group = "Group " + Guid.CreateVersion7();
        await installation.Do("group", "create", "--company", company, "--name", group, "--scopes", "tasks:view assets:view");
        var authorization = await installation.Read(session => session.Value<Guid>("select id from authorizations where consumer = @consumer", new { consumer }));
        return new Things(company, consumer, authorization, api, group);
    }

    private static async Task<Actor> SignedIn(Installation installation, Node node, UserRole role)
    {
        var person = await node.Person("Viewers", role: role);
        using var browser = node.Browser(installation);
        await browser.SignIn(person);
        var id = person.Id;
        return new Actor(person.Email, "127.0.0.1") { Session = await installation.Read(session => session.Value<Guid>("select id from sessions where user_id = @id", new { id })) };
    }
}
