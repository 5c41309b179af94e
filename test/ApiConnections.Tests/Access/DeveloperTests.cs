using System.Net;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Settings.ApiConnections.AppAuthorizations;
using ApiConnections.Server.Settings.ApiConnections.Consumers;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Access;

/// <summary>An integration developer among consumers: their own, and within the permission groups that they were given.</summary>
public sealed class DeveloperTests
{
    [Theory, Engines]
    public async Task A_developer_sees_only_what_is_theirs_in_every_list(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("group", "create", "--name", "Writers", "--scopes", "tasks:edit");
        var node = await installation.Start();
        var (dev, services) = (await Developer.New(installation, node, "Viewers"), node.App.Services);
        var mine = await installation.Consumer(options: ["--owner", dev.Email]);
        var given = await installation.Consumer("Writers", options: ["--owner", dev.Email]);
        var others = await installation.Consumer(options: ["--owner", (await node.Person(role: UserRole.IntegrationDeveloper)).Email]);
        var nobodys = await installation.Consumer();
        var lists = services.GetRequiredService<ConsumerLists>();

        var page = (await lists.Page(dev.Actor, "Acme", new())).Granted();
        page.Rows.Select(row => row.Key).ShouldBe([mine.Key, given.Key], ignoreOrder: true);
        page.Total.ShouldBe(2);
        (await lists.Page(dev.Actor, "Acme", new() { Search = others.Key })).Granted().Total.ShouldBe(0);
        (await lists.Groups(dev.Actor, "Acme")).Granted().Select(choice => choice.Group.Name).ShouldBe(["Viewers"]);
        var authorizations = (await services.GetRequiredService<AppAuthorizations>().Page(dev.Actor, "Acme", new())).Granted();
        authorizations.Rows.Select(row => row.Listed.Authorization.Consumer).ShouldBe([mine.Key, given.Key], ignoreOrder: true);
        authorizations.Total.ShouldBe(2);
        // Its own group can still be explained, also one that the developer does not hand out.
        (await services.GetRequiredService<Consumers>().Show(dev.Actor, given.Key)).Granted().Scope.ToString().ShouldBe("tasks:edit");

        var csv = (await dev.Browser.Get("/settings/api-connections/consumers.csv")).Html;
        csv.ShouldContain(mine.Key);
        csv.ShouldContain(given.Key);
        csv.ShouldNotContain(others.Key);
        csv.ShouldNotContain(nobodys.Key);
        (await dev.Browser.Get("/settings/api-connections/consumers")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Theory, Engines]
    public async Task A_developer_makes_consumers_with_groups_they_were_given_and_owns_them(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("group", "create", "--name", "Writers", "--scopes", "tasks:edit");
        await installation.Do("group", "create", "--name", "Readers", "--scopes", "tasks:view");
        var node = await installation.Start();
        var (dev, services) = (await Developer.New(installation, node, "Viewers", "Readers"), node.App.Services);
        var another = await node.Person(role: UserRole.IntegrationDeveloper);

        var made = (await services.GetRequiredService<Consumers>().Create(dev.Actor, Typed("Mine", "Viewers") with { Owner = another.Email })).Granted();
        installation.Watch(made.Secret!.Reveal());
        made.Consumer.OwnerId.ShouldBe(dev.Id);
        (await node.Token(new TestConsumer(made.Consumer.Key, made.Secret.Reveal(), "Mine", ""))).Status.ShouldBe(HttpStatusCode.OK);
        var shown = await installation.Do("consumer", "show", made.Consumer.Key);
        shown.GetProperty("owner").GetString().ShouldBe(dev.Email);

        var records = await installation.Count("transactions_log");
        var refused = (await services.GetRequiredService<Consumers>().Create(dev.Actor, Typed("More", "Writers"))).Refused();
        refused.Error.Code.ShouldBe("not_found");
        // The same answer as for a group that there is none of.
        (await services.GetRequiredService<Consumers>().Create(dev.Actor, Typed("More", "None"))).Refused().Reason.ShouldBe(refused.Reason.Replace("Writers", "None", StringComparison.Ordinal));
        (await services.GetRequiredService<ConsumerAccess>().Move(dev.Actor, made.Consumer.Key, "Writers")).RefusedAs().ShouldBe("not_found");
        (await services.GetRequiredService<ConsumerEdits>().Save(dev.Actor, made.Consumer.Key, Typed("Mine", "Writers"), 1)).RefusedAs().ShouldBe("not_found");
        (await installation.Count("transactions_log")).ShouldBe(records);
        (await installation.Query<string>("select name from consumers")).ShouldBe(["Mine"]);

        (await services.GetRequiredService<ConsumerAccess>().Move(dev.Actor, made.Consumer.Key, "Readers")).Granted();
        // One that a super administrator put into another group stays there while the rest of it is edited.
        await installation.Do("consumer", "edit", made.Consumer.Key, "--group", "Writers");
        (await services.GetRequiredService<ConsumerEdits>().Save(dev.Actor, made.Consumer.Key, Typed("Renamed", "Writers"), 3)).Granted().Name.ShouldBe("Renamed");
    }

    [Theory, Engines]
    public async Task What_is_taken_from_a_developer_is_gone_at_once(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("group", "create", "--name", "Writers", "--scopes", "tasks:edit");
        var node = await installation.Start();
        var (dev, services) = (await Developer.New(installation, node, "Viewers", "Writers"), node.App.Services);
        var consumers = services.GetRequiredService<Consumers>();
        var mine = await installation.Consumer(options: ["--owner", dev.Email]);

        await installation.Do("user", "edit", dev.Email, "--may-assign", "Viewers");
        (await consumers.Create(dev.Actor, Typed("More", "Writers"))).RefusedAs().ShouldBe("not_found");
        (await services.GetRequiredService<ConsumerAccess>().Move(dev.Actor, mine.Key, "Writers")).RefusedAs().ShouldBe("not_found");

        await installation.Do("consumer", "edit", mine.Key, "--owner", (await node.Person(role: UserRole.IntegrationDeveloper)).Email);
        (await services.GetRequiredService<ConsumerAccess>().Disable(dev.Actor, mine.Key)).Refused().Reason.ShouldBe($"There is no consumer \"{mine.Key}\".");
        (await consumers.Show(dev.Actor, mine.Key)).RefusedAs().ShouldBe("not_found");

        await installation.Do("user", "edit", dev.Email, "--role", "user");
        (await consumers.Create(dev.Actor, Typed("More", "Viewers"))).RefusedAs().ShouldBe("not_allowed");
        (await dev.Browser.Get("/settings/api-connections/consumers")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await installation.Count("consumers")).ShouldBe(1);
    }

    [Theory, Engines]
    public async Task Nothing_is_made_with_a_group_after_it_was_taken_away(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (dev, services) = (await Developer.New(installation, node, "Viewers"), node.App.Services);
        for (var round = 0; round < 20; round++)
        {
            var name = $"Program {round}";
            await Race(
                installation,
                services,
                dev,
                async () => (await services.GetRequiredService<Consumers>().Create(dev.Actor, Typed(name, "Viewers"))).TryGet(out var made, out _) ? made.Secret : null,
                new PersonEdit { MayAssign = [] },
                "consumer.create",
                "user.may_assign");
            await installation.Do("user", "edit", dev.Email, "--may-assign", "Viewers");
        }
    }

    [Theory, Engines]
    public async Task No_secret_is_made_by_a_developer_after_they_were_demoted(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (dev, services) = (await Developer.New(installation, node), node.App.Services);
        var mine = await installation.Consumer(options: ["--owner", dev.Email]);
        for (var round = 0; round < 20; round++)
        {
            await Race(
                installation,
                services,
                dev,
                async () => (await services.GetRequiredService<ConsumerSecrets>().Add(dev.Actor, mine.Key, "", null, null)).TryGet(out var added, out _) ? added.Secret.Clear : null,
                new PersonEdit { Role = UserRole.User },
                "secret.add",
                "user.role");
            await installation.Do("user", "edit", dev.Email, "--role", "integration_developer");
        }
    }

    // Chains are written in the order of commits: where what was made was made at all, its record stands before the one that took the right away.
    private static async Task Race(Installation installation, IServiceProvider services, Developer dev, Func<Task<ClientSecret?>> make, PersonEdit taken, string made, string took)
    {
        var start = await installation.Count("transactions_log");
        var makes = Task.Run(make);
        var takes = Task.Run(() => services.GetRequiredService<PersonEdits>().Edit(Actor.CommandLine, dev.Email, taken));
        var secret = await makes;
        (await takes).Granted();

        if (secret is not null)
            installation.Watch(secret.Reveal());
        (await installation.Query<string>("select action from transactions_log where chain <> @none order by number desc", new { none = Guid.Empty }))
            .Take((int)(await installation.Count("transactions_log") - start)).ShouldBe(secret is null ? [took] : [took, made]);
    }

    [Theory, Engines]
    public async Task A_consumer_is_given_to_developers_and_super_administrators_of_its_company_alone(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        var (dev, boss, gone) = (await node.Person(role: UserRole.IntegrationDeveloper), await node.Person(role: UserRole.SuperAdministrator), await node.Person(role: UserRole.IntegrationDeveloper));
        await installation.Do("user", "disable", gone.Email);

        foreach (var owner in new[] { dev.Email.ToUpperInvariant(), boss.Email })
            await installation.Do("consumer", "edit", consumer.Key, "--owner", owner);
        (await installation.Do("consumer", "show", consumer.Key)).GetProperty("owner").GetString().ShouldBe(boss.Email);

        var records = await installation.Count("transactions_log");
        foreach (var (sentence, command) in new (string, string[])[]
        {
            ("already", ["--owner", boss.Email]),
            ("no active integration developer", ["--owner", (await node.Person()).Email]),
            ("no active integration developer", ["--owner", (await node.Person(role: UserRole.Auditor)).Email]),
            ("no active integration developer", ["--owner", (await node.Person(company: "Other", role: UserRole.IntegrationDeveloper, group: null)).Email]),
            ("no active integration developer", ["--owner", gone.Email]),
            ("no active integration developer", ["--owner", "none@acme.test"]),
            ("Give what to change", []),
            ("Give what to change", ["--owner", dev.Email, "--no-owner"]),
            ("Give what to change", ["--owner", dev.Email, "--group", "Viewers"]),
        })
        {
            var result = await installation.Run(["consumer", "edit", consumer.Key, .. command]);
            (result.Exit, result.Output).ShouldBe((1, ""), string.Join(' ', command));
            result.Error.ShouldContain(sentence);
        }

        (await installation.Count("transactions_log")).ShouldBe(records);
        await installation.Do("consumer", "edit", consumer.Key, "--no-owner");
        (await installation.Count("consumers where owner_id is null")).ShouldBe(1);
        (await installation.Run("consumer", "create", "--company", "Acme", "--name", "X", "--grant", "client_credentials", "--group", "Viewers", "--owner", gone.Email)).Error.ShouldContain("no active integration developer");
        (await node.Token(consumer)).Status.ShouldBe(HttpStatusCode.OK);
        (await installation.Actions("consumer.%")).ShouldBe(["consumer.create", "consumer.give", "consumer.give", "consumer.give"]);
    }

    private static NewConsumer Typed(string name, string group) => new() { Company = "Acme", Name = name, GrantType = GrantTypes.ClientCredentials, Group = group };

    /// <summary>A developer who is signed in.</summary>
    private sealed record Developer(Guid Id, string Email, Browser Browser, Actor Actor)
    {
        public static async Task<Developer> New(Installation installation, Node node, params string[] groups)
        {
            var person = await node.Person(role: UserRole.IntegrationDeveloper);
            if (groups.Length > 0)
                await installation.Do(["user", "edit", person.Email, .. groups.SelectMany(group => new[] { "--may-assign", group })]);
            var browser = node.Browser(installation);
            await browser.SignIn(person);
            var session = await installation.Read(found => found.Value<Guid>("select id from sessions where user_id = @Id", new { person.Id }));
            return new Developer(person.Id, person.Email, browser, new Actor(person.Email, "127.0.0.1") { Session = session });
        }
    }
}
