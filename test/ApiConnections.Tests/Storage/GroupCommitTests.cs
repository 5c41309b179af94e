using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Storage;

/// <summary>Many requests, one transaction: what must not happen to one because of another.</summary>
public sealed class GroupCommitTests
{
    private static readonly TimeSpan soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task What_comes_while_a_transaction_runs_is_the_next_one_and_256_at_most()
    {
        var (gate, sizes) = (new TaskCompletionSource(), new List<int>());
        await using var together = new GroupCommit<int, int>(async items =>
        {
            sizes.Add(items.Count);
            await gate.Task;
            return [.. items.Select(item => item * 2)];
        });

        var first = together.Add(-1);
        while (sizes.Count == 0)
            await Task.Delay(1);
        var rest = Enumerable.Range(0, 600).Select(together.Add).ToArray();
        rest.ShouldAllBe(task => !task.IsCompleted);
        together.Length.ShouldBe(600);
        gate.SetResult();

        (await first).ShouldBe(-2);
        (await Task.WhenAll(rest).WaitAsync(soon)).ShouldBe(Enumerable.Range(0, 600).Select(i => i * 2));
        sizes.ShouldBe([1, 256, 256, 88]);
        together.Length.ShouldBe(0);
    }

    [Fact]
    public async Task An_item_that_cannot_be_written_fails_alone()
    {
        var gate = new TaskCompletionSource();
        await using var together = new GroupCommit<int, int>(async items =>
        {
            await gate.Task;
            return items.Contains(7) ? throw new InvalidTimeZoneException("poison") : items;
        });
        var tasks = Enumerable.Range(0, 20).Select(together.Add).ToArray();
        gate.SetResult();

        for (var i = 0; i < 20; i++)
        {
            if (i == 7)
                await Assert.ThrowsAsync<InvalidTimeZoneException>(() => tasks[7]);
            else
                (await tasks[i].WaitAsync(soon)).ShouldBe(i);
        }

        (await together.Add(8)).ShouldBe(8);
    }

    [Fact]
    public async Task A_lost_answer_is_asked_for_once_more_and_an_outage_is_shared_by_all_who_waited()
    {
        var (gate, calls, up) = (new TaskCompletionSource(), 0, false);
        await using var together = new GroupCommit<int, int>(async items =>
        {
            await gate.Task;
            return ++calls == 1 || up ? (calls == 1 ? throw new StorageUnavailableException("lost") : items) : throw new StorageUnavailableException("away");
        });
        var first = together.Add(1);
        var waiting = Enumerable.Range(0, 1000).Select(together.Add).ToArray();
        gate.SetResult();

        await Assert.ThrowsAsync<StorageUnavailableException>(() => first);
        foreach (var task in waiting)
            await Assert.ThrowsAsync<StorageUnavailableException>(() => task.WaitAsync(soon));
        calls.ShouldBeLessThanOrEqualTo(4, "not one time-out for each batch");

        up = true;
        calls = 0;
        (await together.Add(5).WaitAsync(soon)).ShouldBe(5);
        calls.ShouldBe(2);
    }

    [Fact]
    public async Task What_only_reads_costs_an_outage_once()
    {
        var calls = 0;
        await using var together = new GroupCommit<int, int>(_ => ++calls > 0 ? throw new StorageUnavailableException("away") : null!, onceMore: false);

        await Assert.ThrowsAsync<StorageUnavailableException>(() => together.Add(1).WaitAsync(soon));

        calls.ShouldBe(1);
    }

    [Fact]
    public async Task Ended_it_commits_what_waits_and_takes_no_more()
    {
        var together = new GroupCommit<int, int>(items => Task.FromResult(items));
        var last = together.Add(3);
        await together.DisposeAsync();

        (await last).ShouldBe(3);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => together.Add(4));
    }

    [Theory, Engines]
    public async Task A_code_that_stands_in_a_batch_twice_is_taken_once_and_others_beside_it_too(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var (one, two) = (await node.Code(installation, app, person), await node.Code(installation, app, person));
        (Guid Locator, NewFamily Family)[] batch = [.. new[] { one, one, two, one }.Select(code => (code.Locator, Family())).OrderBy(code => code.Locator)];

        var made = await Take(installation, batch);

        made.Count.ShouldBe(2);
        (await installation.Count("token_families")).ShouldBe(2);
        foreach (var code in new[] { one, two })
            batch.Count(item => item.Locator == code.Locator && made.Contains(item.Family.Id)).ShouldBe(1);
        (await Take(installation, batch)).ShouldBeEmpty();
    }

    [Theory, Engines]
    public async Task A_family_that_cannot_be_written_leaves_its_code_and_its_neighbours_untouched(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var (one, two) = (await node.Code(installation, app, person), await node.Code(installation, app, person));
        var family = Family();

        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => Take(installation, [(one.Locator, family), (two.Locator, Family() with { Handle = family.Handle })]));

        (await installation.Count("authorization_codes where redeemed_at is not null")).ShouldBe(0);
        (await installation.Count("token_families")).ShouldBe(0);
        (await node.Redeem(installation, app, one)).ShouldBeIssued();
    }

    [Theory, OnlyPostgres]
    public async Task Codes_are_found_and_taken_by_index_also_in_tables_that_were_never_analysed(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var code = await node.Code(installation, app, person);
        await installation.Execute("alter table authorization_codes set (autovacuum_enabled = false)");
        for (var i = 0; i < 5; i++)
        {
            await installation.Execute(
            """
            insert into authorization_codes select gen_random_uuid(), c.hash, c.company_id, c.consumer, c.user_id, c.authorization_id, c.redirect_uri, c.redirect_uri_given, c.challenge, c.scope, c.audience,
                c.company_generation, c.consumer_generation, c.user_generation, c.created_at, c.expires_at, null, null, null
            from (select * from authorization_codes limit 1) c, generate_series(1, 1000)
            """);
        }

        await using var database = installation.Database();

        var scanned = await database.Write<long>(async session =>
        {
            await RedemptionStore.Find(session, [code.Locator], installation.Clock.GetUtcNow());
            await RedemptionStore.Take(session, [(code.Locator, Family())], installation.Clock.GetUtcNow());
            return await session.Value<long>("select coalesce(seq_tup_read, 0) from pg_stat_xact_user_tables where relname = 'authorization_codes'");
        });

        scanned.TryGet(out var rows, out _).ShouldBeTrue();
        rows.ShouldBe(0);
        (await installation.Count("token_families")).ShouldBe(1);
    }

    [Theory, OnlyPostgres]
    public async Task Batches_that_hold_the_same_codes_do_not_stand_in_each_others_way(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var codes = new List<TestCode>();
        for (var i = 0; i < 40; i++)
            codes.Add(await node.Code(installation, app, person));

        await using (var database = installation.Database())
        {
            var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Take(database, [.. codes.Select(code => (code.Locator, Family())).OrderBy(code => code.Locator)], installation)));
            made.Sum(families => families.Count).ShouldBe(codes.Count);
        }

        // Its connections are closed now, and have reported what they saw.
        (await installation.Read(session => session.Value<long>("select deadlocks from pg_stat_database where datname = current_database()"))).ShouldBe(0);
    }

    [Theory, OnlyPostgres]
    public async Task A_batch_that_is_the_victim_of_a_deadlock_is_tried_again(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var codes = new[] { await node.Code(installation, app, person), await node.Code(installation, app, person) }.OrderBy(code => code.Locator).ToArray();
        // The victim is who first finds, that long after it began to wait, that it waits in a circle.
        await using var database = installation.Patient(deadlock: TimeSpan.FromSeconds(3));
        await using var others = installation.Patient(deadlock: TimeSpan.FromMinutes(1));
        var held = new TaskCompletionSource();
        Task Hold(Session session, TestCode code) => session.Execute("select 1 from authorization_codes where locator = @Locator for update", new { code.Locator });

        var other = others.Write<bool>(async session =>
        {
            await Hold(session, codes[1]);
            held.TrySetResult();
            await ApiConnections.Tests.Support.Should.Within(soon, installation.Waits, "the batch waits for the second code");
            await Hold(session, codes[0]);
            return true;
        });
        await held.Task;
        var made = await Take(database, [.. codes.Select(code => (code.Locator, Family()))], installation);

        made.Count.ShouldBe(2);
        (await other).TryGet(out _, out _).ShouldBeTrue();
        (await installation.Count("token_families")).ShouldBe(2);
    }

    private static async Task<IReadOnlySet<Guid>> Take(Installation installation, IReadOnlyList<(Guid, NewFamily)> codes)
    {
        await using var database = installation.Database();
        return await Take(database, codes, installation);
    }

    private static async Task<IReadOnlySet<Guid>> Take(IDatabase database, IReadOnlyList<(Guid, NewFamily)> codes, Installation installation)
    {
        var outcome = await database.Write<HashSet<Guid>>(async session => (await RedemptionStore.Take(session, codes, installation.Clock.GetUtcNow())).ToHashSet());
        outcome.TryGet(out var made, out _);
        return made!;
    }

    private static NewFamily Family()
    {
        var later = TimeProvider.System.GetUtcNow().AddDays(30);
        return new NewFamily(Guid.CreateVersion7(), Random(), Random(), later, later, "127.0.0.1", "test");

        static SecretHash Random() => new(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
    }
}
