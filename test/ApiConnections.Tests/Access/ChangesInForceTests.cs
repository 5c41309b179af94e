using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.Access;

/// <summary>What an administrator changes is in force on every node within a second, also for what a node holds in its caches.</summary>
public sealed class ChangesInForceTests
{
    // A second is promised.
    private static readonly TimeSpan bound = TimeSpan.FromSeconds(3);

    [Theory, Engines]
    public async Task A_disabled_consumer_is_refused_everywhere_until_it_is_enabled(On engine)
    {
        await using var here = await World.New(engine);
        var consumer = await here.CachedConsumer();

        (await here.Change("consumer", "disable", consumer.Key)).ShouldBe([$"consumer {consumer.Key} 2 apis"]);
        await here.AllRefuse(consumer, HttpStatusCode.Unauthorized, "invalid_client");

        // Enabling ends nothing: no new generation, nothing for the APIs to hear.
        (await here.Change("consumer", "enable", consumer.Key)).ShouldBe([$"consumer {consumer.Key} - nodes"]);
        await here.AllIssue(consumer, answer => Generations(answer) == "1 2");
    }

    [Theory, Engines]
    public async Task Revoking_the_tokens_of_a_consumer_ends_them_and_deleting_it_ends_it(On engine)
    {
        await using var here = await World.New(engine);
        var consumer = await here.CachedConsumer();

        (await here.Change("consumer", "revoke-tokens", consumer.Key)).ShouldBe([$"consumer {consumer.Key} 2 apis"]);
        await here.AllIssue(consumer, answer => Generations(answer) == "1 2");

        (await here.Change("consumer", "delete", consumer.Key)).ShouldBe([$"consumer {consumer.Key} 3 apis"]);
        await here.AllRefuse(consumer, HttpStatusCode.Unauthorized, "invalid_client");

        // Both end grants too: nothing that was issued under a lower generation can be exchanged again.
        (await here.Installation.Query<long>("select grants_from from consumers where key = @Key", new { consumer.Key })).ShouldBe([3L]);
        (await here.Installation.Count($"authorizations where consumer = '{consumer.Key}' and status = 'live'")).ShouldBe(0);
    }

    [Theory, Engines]
    public async Task A_new_secret_works_at_the_first_try_and_a_revoked_one_nowhere_any_more(On engine)
    {
        await using var here = await World.New(engine);
        var consumer = await here.CachedConsumer();

        var added = await here.Installation.Reveal("secret", "add", consumer.Key);
        var renewed = consumer with { Secret = added.GetProperty("secret").GetString()! };
        foreach (var node in here.Nodes)
            (await node.Token(renewed)).ShouldBeIssued();

        (await here.Change("secret", "revoke", consumer.Key, consumer.Secret[^4..])).ShouldBe([$"consumer {consumer.Key} - nodes", $"secret {consumer.Key} - nodes"]);
        await here.AllRefuse(consumer, HttpStatusCode.Unauthorized, "invalid_client");
        await here.AllIssue(renewed, answer => Generations(answer) == "1 1");

        var another = await here.Installation.Reveal("secret", "add", consumer.Key);
        (await here.Change("secret", "revoke", consumer.Key, another.GetProperty("hint").GetString()!, "--revoke-tokens"))
            .ShouldBe([$"consumer {consumer.Key} 2 apis", $"secret {consumer.Key} - nodes"]);
        await here.AllIssue(renewed, answer => Generations(answer) == "1 2");
    }

    [Theory, Engines]
    public async Task A_group_that_is_narrowed_ends_tokens_and_one_that_is_widened_does_not(On engine)
    {
        await using var here = await World.New(engine);
        var consumer = await here.CachedConsumer();
        var other = await here.Installation.Consumer();
        var group = (await here.Installation.Do("group", "show", "Viewers")).GetProperty("id").GetString();

        (await here.Change("group", "edit", "Viewers", "--scopes", "assets:view")).ShouldBe(
            [$"group {group} - nodes", .. new[] { consumer.Key, other.Key }.Order(StringComparer.Ordinal).Select(key => $"consumer {key} 2 apis")]);
        await here.AllIssue(consumer, answer => answer.Scope == "assets:view" && Generations(answer) == "1 2");

        (await here.Change("group", "edit", "Viewers", "--scopes", "assets:view assets:edit tasks:view")).ShouldBe([$"group {group} - nodes"]);
        await here.AllIssue(consumer, answer => answer.Scope == "assets:edit assets:view tasks:view" && Generations(answer) == "1 2");

        (await here.Change("group", "edit", "Viewers", "--read-only", "true")).Length.ShouldBe(3);
        await here.AllIssue(consumer, answer => answer.Scope == "assets:view tasks:view" && Generations(answer) == "1 3");
    }

    [Theory, Engines]
    public async Task A_narrowing_of_more_than_a_thousand_ends_the_tokens_of_their_company_instead(On engine)
    {
        await using var here = await World.New(engine);
        var consumer = await here.CachedConsumer();
        var group = (await here.Installation.Do("group", "show", "Viewers")).GetProperty("id").GetString();
        var company = (await here.Installation.Do("company", "list"))[0].GetProperty("id").GetString();
        await here.Installation.Execute(
            """
            insert into consumers (key, name, name_key, company_id, description, grant_type, confidential, callback_urls, group_id, required_scopes, status, generation, grants_from, options, created_at, created_by, version)
            with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 5000)
            select 'copy' || n, 'Copy ' || n, 'copy ' || n, company_id, description, grant_type, confidential, callback_urls, group_id, required_scopes, status, generation, grants_from, options, created_at, created_by, version
            from consumers cross join numbers where key = @Key
            """,
            new { consumer.Key });

        var start = TimeProvider.System.GetTimestamp();
        (await here.Change("group", "edit", "Viewers", "--scopes", "assets:view")).ShouldBe([$"group {group} - nodes", $"company {company} 2 apis"]);
        // One row and one entry, however many they are; most of it is the start of the command.
        TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(6));
        await here.AllIssue(consumer, answer => answer.Scope == "assets:view" && Generations(answer) == "2 1");
    }

    [Theory, Engines]
    public async Task A_suspended_company_and_one_without_the_add_on_are_refused_and_come_back(On engine)
    {
        await using var here = await World.New(engine);
        var consumer = await here.CachedConsumer();
        var company = (await here.Installation.Do("company", "list"))[0].GetProperty("id").GetString();

        (await here.Change("company", "suspend")).ShouldBe([$"company {company} 2 apis"]);
        await here.AllRefuse(consumer, HttpStatusCode.Unauthorized, "invalid_client");
        (await here.Change("company", "resume")).ShouldBe([$"company {company} - nodes"]);
        await here.AllIssue(consumer, answer => Generations(answer) == "2 1");

        (await here.Change("company", "addon", "off")).ShouldBe([$"company {company} 3 apis"]);
        await here.AllRefuse(consumer, HttpStatusCode.Unauthorized, "invalid_client");
        (await here.Change("company", "addon", "on")).ShouldBe([$"company {company} - nodes"]);
        await here.AllIssue(consumer, answer => Generations(answer) == "3 1");
    }

    [Theory, Engines]
    public async Task A_module_that_is_switched_off_leaves_the_tokens_of_its_company(On engine)
    {
        await using var here = await World.New(engine);
        var consumer = await here.CachedConsumer();
        var company = (await here.Installation.Do("company", "list"))[0].GetProperty("id").GetString();

        (await here.Change("module", "off", "tasks")).ShouldBe([$"company {company} - nodes", $"company {company} 2 apis"]);
        await here.AllIssue(consumer, answer => answer.Scope == "assets:view" && Generations(answer) == "2 1");
        (await here.Change("module", "on", "tasks")).ShouldBe([$"company {company} - nodes"]);
        await here.AllIssue(consumer, answer => answer.Scope == "assets:view tasks:view" && Generations(answer) == "2 1");
    }

    [Theory, Engines]
    public async Task A_revoked_authorization_refuses_the_consumer_until_it_is_allowed_anew(On engine)
    {
        await using var here = await World.New(engine);
        var consumer = await here.CachedConsumer();
        var before = (await here.Nodes[0].Token(consumer)).Claims.GetProperty("authorization_id").GetString()!;

        (await here.Change("authorization", "revoke", before)).ShouldBe([$"authorization {before} - apis", $"consumer {consumer.Key} - nodes"]);
        await here.AllRefuse(consumer, HttpStatusCode.BadRequest, "unauthorized_client");

        (await here.Change("authorization", "allow", consumer.Key)).ShouldBe([$"consumer {consumer.Key} - nodes"]);
        await here.AllIssue(consumer, answer => answer.Claims.GetProperty("authorization_id").GetString() != before);
        (await here.Installation.Count($"authorizations where consumer = '{consumer.Key}'")).ShouldBe(2);
    }

    [Theory, Engines]
    public async Task A_new_consumer_and_a_new_api_work_on_every_node_at_the_first_try(On engine)
    {
        await using var here = await World.New(engine);
        await here.CachedConsumer();

        // Also where a stranger has asked for what was not there yet.
        var api = await here.Installation.Reveal("api", "create", "--name", "Second API", "--audience", "https://second.test");
        var consumer = await here.Installation.Consumer();
        foreach (var node in here.Nodes)
            (await node.Token(consumer, ("resource", "https://second.test"))).Claims.GetProperty("aud").GetString().ShouldBe("https://second.test");

        (await here.Installation.Query<string>("select kind from changes where subject = @key", new { key = api.GetProperty("key").GetString() })).ShouldBe(["api"]);
    }

    [Theory, Engines]
    public async Task A_command_that_is_refused_writes_no_change(On engine)
    {
        await using var here = await World.New(engine);
        var consumer = await here.CachedConsumer();
        var before = await here.Installation.LastChange();

        foreach (var command in new string[][]
        {
            ["consumer", "enable", consumer.Key], ["consumer", "delete", "nobody"], ["secret", "revoke", consumer.Key, "none"], ["group", "edit", "Viewers", "--scopes", "no:such"],
            ["group", "delete", "Viewers"], ["company", "resume"], ["company", "addon", "on"], ["module", "on", "tasks"], ["authorization", "allow", consumer.Key],
        })
            (await here.Installation.Run(command)).Exit.ShouldBe(1, string.Join(' ', command));

        (await here.Installation.LastChange()).ShouldBe(before);
        (await here.Nodes[0].Token(consumer)).ShouldBeIssued();
    }

    private static string Generations(TokenAnswer answer) => string.Join(' ', answer.Claims.GetProperty("gen").EnumerateArray().Select(generation => generation.GetInt64()));

    /// <summary>Two nodes on one PostgreSQL, or one beside commands on SQLite.</summary>
    private sealed class World : IAsyncDisposable
    {
        public required Installation Installation { get; init; }

        public required Node[] Nodes { get; init; }

        public static async Task<World> New(On engine)
        {
            var installation = await Installation.New(engine);
            Node[] nodes = engine == On.Sqlite ? [await installation.Start()] : [await installation.Start(), await installation.Start()];
            return new World { Installation = installation, Nodes = nodes };
        }

        /// <summary>A consumer that every node has in its caches.</summary>
        public async Task<TestConsumer> CachedConsumer()
        {
            var consumer = await Installation.Consumer();
            foreach (var node in Nodes)
                (await node.Token(consumer)).ShouldBeIssued();

            return consumer;
        }

        /// <summary>Runs a command; returns what it made others hear: kind, subject, lowest good generation, for whom.</summary>
        public async Task<string[]> Change(params string[] command)
        {
            var before = await Installation.LastChange();
            await Installation.Do(command);
            return [.. (await Installation.ChangesAfter(before)).Select(change =>
                $"{change.Kind} {change.Subject} {change.Generation?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-"} {(change.ForApis ? "apis" : "nodes")}")];
        }

        public async Task AllRefuse(TestConsumer consumer, HttpStatusCode status, string error)
        {
            foreach (var node in Nodes)
                await Within(bound, async () => (await node.Token(consumer)).Error == error, $"{error} on {node.Issuer}");

            foreach (var node in Nodes)
                (await node.Token(consumer)).ShouldBeRefused(status, error);
        }

        public async Task AllIssue(TestConsumer consumer, Func<TokenAnswer, bool> asWanted)
        {
            foreach (var node in Nodes)
                await Within(bound, async () => await node.Token(consumer) is { Status: HttpStatusCode.OK } answer && asWanted(answer), $"a token as wanted on {node.Issuer}");
        }

        public ValueTask DisposeAsync() => Installation.DisposeAsync();
    }
}
