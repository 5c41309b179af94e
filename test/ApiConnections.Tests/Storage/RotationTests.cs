using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Storage;

/// <summary>The one statement that rotates: what must not happen to a family because of another, or of the same beside it.</summary>
public sealed class RotationTests
{
    private static readonly TimeSpan soon = TimeSpan.FromSeconds(20);

    [Theory, Engines]
    public async Task A_family_that_stands_in_a_batch_several_times_is_rotated_once_and_others_beside_it_too(On engine)
    {
        await using var installation = await Installation.New(engine);
        var families = await Families(installation, 2);
        NewSecret[] batch = [.. new[] { families[0], families[0], families[1], families[0] }.Select(Next)];
        await using var database = installation.Database();

        var rotated = await Rotate(database, batch, installation);

        rotated.Count.ShouldBe(2);
        foreach (var (_, token) in families)
            batch.Count(secret => secret.Handle.Equals(token.Handle) && rotated.Contains(secret.Next)).ShouldBe(1);
        (await Rotate(database, batch, installation)).ShouldBeEmpty();
        foreach (var row in await installation.Query<Row>("select handle_hash, current_hash, previous_hash, sealed_successor from token_families"))
        {
            var winner = batch.Single(secret => secret.Handle.Equals(new SecretHash(row.HandleHash)) && rotated.Contains(secret.Next));
            row.CurrentHash.ShouldBe(winner.Next.Bytes);
            row.PreviousHash.ShouldBe(winner.Presented.Bytes);
            row.SealedSuccessor.ShouldBe(winner.Sealed);
        }
    }

    [Theory, Engines]
    public async Task What_is_not_the_current_secret_has_ended_or_hangs_on_nothing_live_is_not_rotated(On engine)
    {
        await using var installation = await Installation.New(engine);
        var families = await Families(installation, 6);
        var past = installation.Clock.GetUtcNow().ToUnix();
        await installation.Write(async session =>
        {
            await session.Execute("update token_families set ended_at = 1, ended_why = 'test' where id = @Id", new { families[1].Id });
            await session.Execute("update token_families set idle_expires_at = @past where id = @Id", new { families[2].Id, past });
            await session.Execute("update token_families set expires_at = @past where id = @Id", new { families[3].Id, past });
            await session.Execute("update authorizations set status = 'revoked' where id = (select authorization_id from token_families where id = @Id)", new { families[4].Id });
        });
        NewSecret[] batch = [.. families.Select((family, i) => i == 5 ? Next(family) with { Presented = Random() } : Next(family))];
        await using var database = installation.Database();

        var rotated = await Rotate(database, batch, installation);

        rotated.ShouldHaveSingleItem().ShouldBe(batch[0].Next);
        (await installation.Count("token_families where rotated_at is not null")).ShouldBe(1);
    }

    [Theory, OnlyPostgres]
    public async Task Families_are_found_and_rotated_by_index_also_in_tables_that_were_never_analysed(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (id, token) = (await Families(installation, 1))[0];
        await installation.Execute("alter table token_families set (autovacuum_enabled = false)");
        for (var i = 0; i < 5; i++)
        {
            await installation.Execute(
                """
                insert into token_families (id, handle_hash, company_id, consumer, user_id, authorization_id, scope, company_generation, consumer_generation, user_generation,
                    current_hash, created_at, idle_expires_at, expires_at, ip, agent)
                select gen_random_uuid(), sha256(gen_random_uuid()::text::bytea), f.company_id, f.consumer, f.user_id, f.authorization_id, f.scope, 1, 1, 1,
                    f.current_hash, f.created_at, f.idle_expires_at, f.expires_at, '', ''
                from (select * from token_families limit 1) f, generate_series(1, 1000)
                """);
        }

        await using var database = installation.Database();

        var scanned = await database.Write<long>(async session =>
        {
            (await RotationStore.Find(session, [token.Handle])).Count.ShouldBe(1);
            (await RotationStore.Rotate(session, [Next((id, token))], installation.Clock.GetUtcNow())).Count.ShouldBe(1);
            return await session.Value<long>("select coalesce(seq_tup_read, 0) from pg_stat_xact_user_tables where relname = 'token_families'");
        });

        scanned.TryGet(out var rows, out _).ShouldBeTrue();
        rows.ShouldBe(0);
    }

    [Theory, OnlyPostgres]
    public async Task A_rotation_touches_no_index(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (id, token) = (await Families(installation, 1))[0];
        await using var database = installation.Database();
        for (var i = 0; i < 3; i++)
        {
            var next = token.Next();
            (await Rotate(database, [new NewSecret(token.Handle, token.Secret, next.Secret, token.Seal(next), installation.Clock.GetUtcNow().AddDays(30), "127.0.0.1", "test")], installation)).Count.ShouldBe(1);
            token = next;
        }

        await ApiConnections.Tests.Support.Should.Within(soon, async () => await installation.Read(session => session.Value<long>("select n_tup_hot_upd from pg_stat_user_tables where relname = 'token_families'")) == 3, "three heap-only updates");
    }

    [Theory, OnlyPostgres]
    public async Task Batches_that_hold_the_same_families_do_not_stand_in_each_others_way(On engine)
    {
        await using var installation = await Installation.New(engine);
        var families = await Families(installation, 40);

        await using (var database = installation.Database())
        {
            var rotated = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Rotate(database, [.. families.Select(Next).OrderBy(_ => Guid.CreateVersion7())], installation)));
            rotated.Sum(secrets => secrets.Count).ShouldBe(families.Count);
        }

        // Its connections are closed now, and have reported what they saw.
        (await installation.Read(session => session.Value<long>("select deadlocks from pg_stat_database where datname = current_database()"))).ShouldBe(0);
    }

    [Theory, OnlyPostgres]
    public async Task A_batch_that_is_the_victim_of_a_deadlock_is_tried_again(On engine)
    {
        await using var installation = await Installation.New(engine);
        var families = (await Families(installation, 2)).OrderBy(family => Convert.ToHexString(family.Token.Handle.Bytes), StringComparer.Ordinal).ToArray();
        // The victim is who first finds, that long after it began to wait, that it waits in a circle.
        await using var database = installation.Patient(deadlock: TimeSpan.FromSeconds(3));
        await using var others = installation.Patient(deadlock: TimeSpan.FromMinutes(1));
        var held = new TaskCompletionSource();
        Task Hold(Session session, Guid id) => session.Execute("select 1 from token_families where id = @id for update", new { id });

        var other = others.Write<bool>(async session =>
        {
            await Hold(session, families[1].Id);
            held.TrySetResult();
            await ApiConnections.Tests.Support.Should.Within(soon, installation.Waits, "the batch waits for the second family");
            await Hold(session, families[0].Id);
            return true;
        });
        await held.Task;
        var rotated = await Rotate(database, [.. families.Select(Next)], installation);

        rotated.Count.ShouldBe(2);
        (await other).TryGet(out _, out _).ShouldBeTrue();
    }

    // Each of a person of its own.
    private static async Task<IReadOnlyList<(Guid Id, RefreshToken Token)>> Families(Installation installation, int count)
    {
        var node = await installation.Start();
        var app = await installation.App();
        var families = new List<(Guid, RefreshToken)>();
        for (var i = 0; i < count; i++)
        {
            var device = await node.Connect(installation, app, await node.Person());
            families.Add((Guid.Parse(device.Family()), RefreshToken.Read(device.RefreshToken!)!));
        }

        return families;
    }

    private static async Task<IReadOnlySet<SecretHash>> Rotate(IDatabase database, IReadOnlyList<NewSecret> secrets, Installation installation)
    {
        var outcome = await database.Write<HashSet<SecretHash>>(async session => (await RotationStore.Rotate(session, secrets, installation.Clock.GetUtcNow())).ToHashSet());
        outcome.TryGet(out var rotated, out _);
        return rotated!;
    }

    private static NewSecret Next((Guid Id, RefreshToken Token) family)
    {
        var next = family.Token.Next();
        return new NewSecret(family.Token.Handle, family.Token.Secret, next.Secret, family.Token.Seal(next), TimeProvider.System.GetUtcNow().AddDays(30), "127.0.0.1", "test");
    }

    private static SecretHash Random() => new(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

    private sealed class Row
    {
        public byte[] HandleHash { get; init; } = [];
        public byte[] CurrentHash { get; init; } = [];
        public byte[] PreviousHash { get; init; } = [];
        public byte[] SealedSuccessor { get; init; } = [];
    }
}
