using System.Net;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.Access;

/// <summary>What a node does while it cannot reach its database, or hears nothing of it.</summary>
public sealed class OutageTests
{
    // Three times what is promised: a second for a change, three for healing.
    private static readonly TimeSpan inForce = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan healed = TimeSpan.FromSeconds(9);

    [Theory, Engines]
    public async Task A_change_whose_notification_was_lost_comes_with_the_next_poll(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        (await node.Token(consumer)).ShouldBeIssued();

        // As "consumer disable" does it, but nobody is notified.
        await installation.Write(async session =>
        {
            await ConsumerStore.SetStatus(session, consumer.Key, Server.Model.ConsumerStatus.Disabled);
            await session.Execute(
                "insert into changes (kind, subject, generation, company_id, for_apis, made_at, expires_at) values ('consumer', @Key, 2, null, 1, 1, @later)",
                new { consumer.Key, later = installation.Clock.GetUtcNow().AddHours(3).ToUnix() });
        });

        await Within(inForce, async () => (await node.Token(consumer)).Error == "invalid_client", "the consumer is disabled");
    }

    [Theory, Engines]
    public async Task A_node_that_has_not_heard_knows_what_another_has_just_made(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var cached = await installation.Consumer();
        (await node.Token(cached)).ShouldBeIssued();

        await node.App.Services.GetRequiredService<Server.Access.ChangeListener>().StopAsync(default);

        var fresh = await installation.Consumer();
        var renewed = cached with { Secret = (await installation.Reveal("secret", "add", cached.Key)).GetProperty("secret").GetString()! };
        (await node.Token(fresh)).ShouldBeIssued();
        (await node.Token(renewed)).ShouldBeIssued();
    }

    [Theory, OnlyPostgres]
    public async Task A_database_that_hangs_costs_each_request_its_time_once_however_many_wait(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var proxy = PostgresProxy.Before(installation);
        var node = await installation.Start(settings: proxy.Setting);
        var consumer = await installation.Consumer();
        proxy.Hang();

        var start = TimeProvider.System.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => node.Token(consumer)));

        // Two seconds of work at most for each request; a queue of fifty would take minutes.
        TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(6 * 2));
        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.ServiceUnavailable);

        proxy.Restore();
        await Within(healed, async () => (await node.Token(consumer)).Status == HttpStatusCode.OK, "it heals by itself");
    }

    [Theory, OnlyPostgres]
    public async Task Several_hosts_with_the_primary_among_them_are_one_database(On engine)
    {
        await using var installation = await Installation.New(engine);
        var direct = new Npgsql.NpgsqlConnectionStringBuilder(installation.Settings["ApiConnections:Database:ConnectionString"]);
        var both = $"Host=127.0.0.1:{Node.FreePort()},{direct.Host}:{direct.Port};Username={direct.Username};Database={direct.Database};Target Session Attributes=read-write";

        var node = await installation.Start(settings: ("ApiConnections:Database:ConnectionString", both));

        (await node.Token(await installation.Consumer())).ShouldBeIssued();
    }

    [Theory, OnlyPostgres]
    public async Task A_node_without_its_database_serves_what_it_knows_for_a_minute_and_heals_by_itself(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var proxy = PostgresProxy.Before(installation);
        var node = await installation.Start(settings: proxy.Setting);
        var cached = await installation.Consumer();
        var unknown = await installation.Consumer();
        (await node.Token(cached)).ShouldBeIssued();
        await Task.Delay(700); // it has heard now that the consumer was made, and reads it once more
        (await node.Token(cached)).ShouldBeIssued();

        proxy.Cut();
        (await node.Token(cached)).ShouldBeIssued();
        (await node.Token(unknown)).ShouldBeRefused(HttpStatusCode.ServiceUnavailable, "temporarily_unavailable");
        (await node.Http.GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await node.Http.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);

        installation.Clock.Advance(TimeSpan.FromSeconds(59));
        (await node.Token(cached)).ShouldBeIssued();
        (await node.Post([("scope", "no grant")], Node.Basic(cached.Key, cached.Secret))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_request");

        // What was revoked in the last minute may be unknown here: better no token than a wrong one.
        installation.Clock.Advance(TimeSpan.FromSeconds(2));
        var blind = await node.Token(cached);
        blind.ShouldBeRefused(HttpStatusCode.ServiceUnavailable, "temporarily_unavailable");
        blind.Headers["Retry-After"].ShouldBe("1");

        // Not for want of anything that it would have to read: who asks is not even looked at.
        (await node.Post([("scope", "no grant")], Node.Basic(cached.Key, cached.Secret))).ShouldBeRefused(HttpStatusCode.ServiceUnavailable, "temporarily_unavailable");

        proxy.Restore();
        await Within(healed, async () => (await node.Token(cached)).Status == HttpStatusCode.OK, "the cached consumer");
        await Within(healed, async () => (await node.Token(unknown)).Status == HttpStatusCode.OK, "the unknown consumer");
        await Within(healed, async () => (await node.Http.GetAsync("/health/ready")).IsSuccessStatusCode, "ready");

        // It hears again, too.
        await installation.Do("consumer", "disable", cached.Key);
        await Within(healed, async () => (await node.Token(cached)).Error == "invalid_client", "the consumer is disabled");
    }

    [Theory, OnlyPostgres]
    public async Task What_was_disabled_during_the_outage_is_refused_as_soon_as_it_is_over(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var proxy = PostgresProxy.Before(installation);
        var node = await installation.Start(settings: proxy.Setting);
        var consumer = await installation.Consumer();
        (await node.Token(consumer)).ShouldBeIssued();

        proxy.Cut();
        await installation.Do("consumer", "disable", consumer.Key);
        installation.Clock.Advance(TimeSpan.FromSeconds(61));
        (await node.Token(consumer)).ShouldBeRefused(HttpStatusCode.ServiceUnavailable, "temporarily_unavailable");

        // From the first answer on that is not 503 it is refused: never a token in between.
        proxy.Restore();
        await Within(healed, async () =>
        {
            var answer = await node.Token(consumer);
            answer.Status.ShouldNotBe(HttpStatusCode.OK);
            return answer.Error == "invalid_client";
        }, "the consumer is disabled");
    }

    [Theory, OnlyPostgres]
    public async Task Last_use_is_written_once_a_second_and_kept_during_an_outage(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var proxy = PostgresProxy.Before(installation);
        var node = await installation.Start(settings: proxy.Setting);
        var consumer = await installation.Consumer();
        (await node.Token(consumer)).ShouldBeIssued();
        await Task.Delay(700); // it has heard now that the consumer was made, and reads it once more
        for (var i = 0; i < 4; i++)
            (await node.Token(consumer)).ShouldBeIssued();

        await Within(inForce, async () => await Uses(installation) == 5, "5 uses");
        proxy.Cut();
        installation.Clock.Advance(TimeSpan.FromSeconds(10));
        for (var i = 0; i < 7; i++)
            (await node.Token(consumer)).ShouldBeIssued();

        // Long enough that it was tried in vain.
        await Task.Delay(1200);
        (await Uses(installation)).ShouldBe(5);
        proxy.Restore();
        await Within(healed, async () => await Uses(installation) == 12, "12 uses");

        var secret = (await installation.Do("consumer", "show", consumer.Key)).GetProperty("secrets")[0];
        secret.GetProperty("last_used_at").GetDateTimeOffset().ToUnix().ShouldBe(installation.Clock.GetUtcNow().ToUnix());
        secret.GetProperty("last_used_ip").GetString().ShouldBe("127.0.0.1");
        (await installation.Do("authorization", "list"))[0].GetProperty("uses").GetInt64().ShouldBe(12);
    }

    [Fact]
    public async Task On_sqlite_too_last_use_is_written_and_nothing_is_lost_when_the_server_stops()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        await node.Token(consumer);
        await Within(inForce, async () => await Uses(installation) == 1, "1 use");

        await node.Token(consumer);
        await node.Stop();

        (await Uses(installation)).ShouldBe(2);
    }

    private static async Task<long> Uses(Installation installation) => await installation.Read(session => session.Value<long?>("select sum(uses) from authorization_activity")) ?? 0;
}
