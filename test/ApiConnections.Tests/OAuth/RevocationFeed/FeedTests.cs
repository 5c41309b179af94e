using System.Diagnostics;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.RevocationFeed;

/// <summary>What a protected API hears of revocations, and that it misses none.</summary>
public sealed class FeedTests
{
    private const int Writers = 8;
    private const int Each = 25;

    [Theory, Engines]
    public async Task A_new_listener_gets_a_snapshot_and_then_what_is_revoked_within_a_second(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.Api();
        await installation.Revoke("authorization", "before", null);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        using var feed = await FeedClient.Listen(node, api);

        (await feed.NextOfAny(TimeSpan.FromSeconds(3))).Name.ShouldBe("reset");
        (await feed.RevokedUntil("ready")).Select(told => told.What).ShouldBe(["authorization before"]);

        // What only nodes hear is not told: making a consumer is such a change.
        await installation.Do("consumer", "revoke-tokens", consumer.Key);
        (await feed.Next("revoked")).What.ShouldBe($"consumer {consumer.Key} 2");
        await installation.Revoke("token", "of that jti");
        (await feed.Next("revoked")).What.ShouldBe("token of that jti");
    }

    [Theory, Engines]
    public async Task A_listener_that_comes_back_gets_what_it_missed_and_nothing_twice(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.Api();
        var node = await installation.Start();
        using (var first = await FeedClient.Listen(node, api))
        {
            await first.Next("ready");
            await installation.Revoke("authorization", "heard");
            var last = (await first.Next("revoked")).Id;
            await installation.Revoke("authorization", "missed");
            await installation.Revoke("family", "missed too");

            using var second = await FeedClient.Listen(node, api, last);
            (await second.NextOfAny(TimeSpan.FromSeconds(3))).What.ShouldBe("authorization missed");
            (await second.RevokedUntil("ready")).Select(told => told.What).ShouldBe(["family missed too"]);
            (await second.Next("heartbeat")).Incarnation.ShouldBe(last[..last.LastIndexOf('-')]);
            second.Unread().ShouldNotContain(told => told.Name == "reset");
        }

        // The id of a heartbeat is as good a place to go on from; and another node takes it too.
        using var third = await FeedClient.Listen(node, api);
        await third.Next("ready");
        var beat = (await third.Next("heartbeat")).Id;
        if (engine == On.Postgres)
            node = await installation.Start();
        using var fourth = await FeedClient.Listen(node, api, beat);
        (await fourth.RevokedUntil("heartbeat")).ShouldBeEmpty();
        fourth.Unread().ShouldNotContain(told => told.Name == "reset");
    }

    [Theory, Engines]
    public async Task An_id_that_nobody_knows_gets_a_snapshot(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.Api();
        await installation.Revoke("authorization", "one");
        var node = await installation.Start();
        using var first = await FeedClient.Listen(node, api);
        var known = (await first.Next("ready")).Id;
        var incarnation = known[..known.LastIndexOf('-')];

        foreach (var unknown in new[] { "", "-", "nonsense", $"{incarnation}-", $"{incarnation}-999999", $"{incarnation}-1x", $"{incarnation}--1", $"{Guid.CreateVersion7():N}-2", new string('9', 3000) })
        {
            using var feed = await FeedClient.Listen(node, api, unknown);
            (await feed.NextOfAny(TimeSpan.FromSeconds(3))).Name.ShouldBe("reset", unknown);
            (await feed.RevokedUntil("ready")).Select(told => told.What).ShouldBe(["authorization one"]);
        }
    }

    [Theory, Engines]
    public async Task Another_incarnation_resets_those_who_listen_and_those_who_come_back(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.Api();
        var node = await installation.Start();
        using var feed = await FeedClient.Listen(node, api);
        await feed.Next("ready");
        await installation.Revoke("authorization", "of the old one");
        var old = (await feed.Next("revoked")).Id;

        // As after a restore: an earlier state, in which other things were revoked since; the numbers are higher all the same.
        await installation.Write(async session =>
        {
            await session.Execute("update installation set incarnation = @other", new { other = Guid.CreateVersion7() });
            await session.Execute("delete from changes where subject = 'of the old one'");
            foreach (var key in new[] { "withdrawn", "withdrawn too" })
                await ChangeStore.Append(session, new Change(ChangeKind.Key, key, null, null, ForApis: true), installation.Clock.GetUtcNow());
        });

        var reset = await feed.Next("reset");
        reset.Incarnation.ShouldNotBe(old[..old.LastIndexOf('-')]);
        (await feed.RevokedUntil("ready")).Select(told => told.What).ShouldBe(["key withdrawn", "key withdrawn too"]);

        using var back = await FeedClient.Listen(node, api, old);
        (await back.NextOfAny(TimeSpan.FromSeconds(3))).Name.ShouldBe("reset");
        (await back.RevokedUntil("ready")).Count.ShouldBe(2);
    }

    [Theory, Engines]
    public async Task What_no_token_can_carry_any_more_is_left_behind_by_the_horizon(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.Api();
        var node = await installation.Start();
        using var feed = await FeedClient.Listen(node, api);
        await feed.Next("ready");
        await installation.Revoke("authorization", "early");
        var early = await feed.Next("revoked");
        installation.Clock.Advance(TimeSpan.FromMinutes(129));
        await installation.Revoke("authorization", "late");
        var late = await feed.Next("revoked");
        feed.Unread().ShouldNotContain(told => told.Name == "horizon");

        installation.Clock.Advance(TimeSpan.FromMinutes(2));
        var horizon = (await feed.Next("horizon")).Data.GetProperty("sequence").GetInt64();
        horizon.ShouldBeGreaterThanOrEqualTo(early.Sequence);
        horizon.ShouldBeLessThan(late.Sequence);

        // Who was away that long gets a snapshot without it; who was not goes on.
        using var older = await FeedClient.Listen(node, api, $"{early.Incarnation}-{early.Sequence - 1}");
        (await older.NextOfAny(TimeSpan.FromSeconds(3))).Name.ShouldBe("reset");
        (await older.RevokedUntil("ready")).Select(told => told.What).ShouldBe(["authorization late"]);
        using var newer = await FeedClient.Listen(node, api, early.Id);
        (await newer.NextOfAny(TimeSpan.FromSeconds(3))).What.ShouldBe("authorization late");
        (await newer.Next("horizon")).Data.GetProperty("sequence").GetInt64().ShouldBe(horizon);
    }

    [Theory, Engines]
    public async Task Order_has_no_gaps_however_transactions_commit(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.Api();
        var nodes = engine == On.Sqlite ? [await installation.Start()] : new[] { await installation.Start(), await installation.Start() };
        var feeds = await Task.WhenAll(nodes.Select(node => FeedClient.Listen(node, api)));
        foreach (var feed in feeds)
            await feed.Next("ready");

        await using var database = installation.Database();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteSome(database, installation, writer))));
        await installation.Revoke("authorization", "the end");

        var expected = (await installation.Query<string>("select subject from changes where kind = 'authorization' order by sequence"));
        foreach (var feed in feeds)
        {
            var told = new List<string>();
            while (told.Count == 0 || told[^1] != "the end")
                told.Add((await feed.Next("revoked")).Subject);

            told.ShouldBe(expected);
            feed.Dispose();
        }

        expected.Count.ShouldBe((Writers * Each) + 1);
    }

    [Theory, Engines]
    public async Task An_api_of_one_company_hears_of_that_company_alone(On engine)
    {
        await using var installation = await Installation.New(engine);
        var other = Guid.Parse((await installation.Do("company", "create", "Other")).GetProperty("id").GetString()!);
        var acme = Guid.Parse((await installation.Do("company", "list")).EnumerateArray().First(company => company.GetProperty("name").GetString() == "Acme").GetProperty("id").GetString()!);
        var ofAcme = await installation.Api("Acme");
        var ofAll = await installation.Api();
        await installation.Revoke("authorization", "acme 1", null, acme);
        await installation.Revoke("authorization", "other 1", null, other);
        var node = await installation.Start();
        using var narrow = await FeedClient.Listen(node, ofAcme);
        using var wide = await FeedClient.Listen(node, ofAll);

        (await narrow.RevokedUntil("ready")).Select(told => told.Subject).ShouldBe(["acme 1"]);
        (await wide.RevokedUntil("ready")).Select(told => told.Subject).ShouldBe(["acme 1", "other 1"]);

        await installation.Revoke("authorization", "other 2", null, other);
        await installation.Revoke("authorization", "acme 2", null, acme);
        await installation.Revoke("key", "everybody's");
        foreach (var subject in new[] { "acme 2", "everybody's" })
            (await narrow.Next("revoked")).Subject.ShouldBe(subject);
        foreach (var subject in new[] { "other 2", "acme 2", "everybody's" })
            (await wide.Next("revoked")).Subject.ShouldBe(subject);
    }

    [Theory, Engines]
    public async Task A_heartbeat_comes_every_second_and_only_then(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.Api();
        var node = await installation.Start();
        using var feed = await FeedClient.Listen(node, api);
        await feed.Next("heartbeat");

        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < 4; i++)
            await feed.Next("heartbeat");

        var four = Stopwatch.GetElapsedTime(start);
        four.ShouldBeGreaterThan(TimeSpan.FromSeconds(3));
        four.ShouldBeLessThan(TimeSpan.FromSeconds(3 * 4));
    }

    private static async Task WriteSome(IDatabase database, Installation installation, int writer)
    {
        for (var i = 0; i < Each; i++)
        {
            await database.Write<bool>(async session =>
            {
                await ChangeStore.Append(session, new Change(ChangeKind.Authorization, $"{writer}/{i}", null, null, ForApis: true), installation.Clock.GetUtcNow());
                // Some transactions take longer to end than others that began later.
                if (i % 5 == 0)
                    await Task.Delay(writer);

                return true;
            });
        }
    }
}
