using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>Finds token families by what their refresh tokens name, and rotates them, many at once.</summary>
internal static class RotationStore
{
    private const string Select = $"""
        select f.id, f.handle_hash, f.company_id, f.consumer, f.user_id, f.authorization_id, f.scope, f.audience, f.company_generation, f.consumer_generation, f.user_generation,
               f.current_hash, f.previous_hash, f.sealed_successor, f.created_at, f.rotated_at, f.idle_expires_at, f.expires_at, f.ended_at, f.ended_why, u.email,
               {StandingRow.Columns}
        from token_families f
        join authorizations a on a.id = f.authorization_id
        join consumers k on k.key = f.consumer
        join companies m on m.id = f.company_id
        join permission_groups g on g.id = k.group_id
        left join users u on u.id = f.user_id
        left join permission_groups p on p.id = u.group_id
        """;

    /// <summary>What may still be rotated: it did not end, its times are not over, and what it hangs on is live.</summary>
    private const string Rotatable =
        "f.ended_at is null and f.idle_expires_at > @now and f.expires_at > @now and exists (select 1 from authorizations a where a.id = f.authorization_id and a.status = 'live')";

    /// <summary>Those of the families that there are, by the hash of their handle, with what they hang on as it stands now.</summary>
    public static async Task<IReadOnlyDictionary<SecretHash, FoundFamily>> Find(Session session, IEnumerable<SecretHash> handles)
    {
        var found = new Dictionary<SecretHash, FoundFamily>();
        var scopes = new StandingRow.Scopes();
        var wanted = handles.Distinct().ToArray();
        if (session.Engine == Engine.Postgres)
        {
            foreach (var row in await session.Query<Row>($"{Select} where f.handle_hash = any(@wanted)", new { wanted = wanted.Select(handle => handle.Bytes).ToArray() }))
                found.Add(new SecretHash(row.HandleHash), row.ToFamily(scopes));

            return found;
        }

        foreach (var handle in wanted)
        {
            if (await session.Find<Row>($"{Select} where f.handle_hash = @wanted", new { wanted = handle.Bytes }) is { } row)
                found.Add(handle, row.ToFamily(scopes));
        }

        return found;
    }

    /// <summary>Rotates those families whose current secret is still the presented one, in the caller's transaction.</summary>
    /// <param name="wanted">In the order of their families, so that two nodes cannot lock each other out; a family may stand in it several times.</param>
    /// <returns>The new secrets that are the current ones from now on: of one family one at most.</returns>
    public static Task<IReadOnlySet<SecretHash>> Rotate(Session session, IReadOnlyList<NewSecret> wanted, DateTimeOffset now) =>
        session.Engine == Engine.Postgres ? RotateAtOnce(session, wanted, now) : RotateOneByOne(session, wanted, now);

    private static async Task<IReadOnlySet<SecretHash>> RotateAtOnce(Session session, IReadOnlyList<NewSecret> wanted, DateTimeOffset now)
    {
        // The rows are locked in the order of their ids before any is changed; a join alone would promise no order.
        var rotated = await session.Query<byte[]>(
            $"""
            with held as materialized (
                select f.id from token_families f where f.id = any(@ids) and {Rotatable} order by f.id for update of f
            ), given as (
                select distinct on (u.id) * from unnest(@ids, @presented, @next, @sealed, @idles, @ips, @agents)
                    as u (id, presented, next, sealed, idle_expires_at, ip, agent)
            )
            update token_families f set previous_hash = f.current_hash, current_hash = given.next, sealed_successor = given.sealed, rotated_at = @now,
                idle_expires_at = given.idle_expires_at, ip = given.ip, agent = given.agent
            from held join given on given.id = held.id
            where f.id = held.id and f.current_hash = given.presented and {Rotatable}
            returning f.current_hash
            """,
            new
            {
                ids = wanted.Select(secret => secret.Family).ToArray(),
                presented = wanted.Select(secret => secret.Presented.Bytes).ToArray(),
                next = wanted.Select(secret => secret.Next.Bytes).ToArray(),
                @sealed = wanted.Select(secret => secret.Sealed).ToArray(),
                idles = wanted.Select(secret => secret.IdleExpiresAt.ToUnix()).ToArray(),
                ips = wanted.Select(secret => secret.Ip).ToArray(),
                agents = wanted.Select(secret => secret.Agent).ToArray(),
                now = now.ToUnix(),
            });
        return rotated.Select(hash => new SecretHash(hash)).ToHashSet();
    }

    private static async Task<IReadOnlySet<SecretHash>> RotateOneByOne(Session session, IReadOnlyList<NewSecret> wanted, DateTimeOffset now)
    {
        var rotated = new HashSet<SecretHash>();
        foreach (var secret in wanted)
        {
            if (await session.Execute(
                $"""
                update token_families as f set previous_hash = current_hash, current_hash = @next, sealed_successor = @Sealed, rotated_at = @now,
                    idle_expires_at = @idle, ip = @Ip, agent = @Agent
                where f.id = @Family and f.current_hash = @presented and {Rotatable}
                """,
                new
                {
                    secret.Family,
                    presented = secret.Presented.Bytes,
                    next = secret.Next.Bytes,
                    secret.Sealed,
                    idle = secret.IdleExpiresAt.ToUnix(),
                    secret.Ip,
                    secret.Agent,
                    now = now.ToUnix(),
                }) == 1)
            {
                rotated.Add(secret.Next);
            }
        }

        return rotated;
    }

    private sealed class Row : StandingRow
    {
        public Guid Id { get; init; }
        public byte[] HandleHash { get; init; } = [];
        public Guid CompanyId { get; init; }
        public string Consumer { get; init; } = "";
        public Guid AuthorizationId { get; init; }
        public string Scope { get; init; } = "";
        public string? Audience { get; init; }
        public long CompanyGeneration { get; init; }
        public long ConsumerGeneration { get; init; }
        public long? UserGeneration { get; init; }
        public byte[] CurrentHash { get; init; } = [];
        public byte[]? PreviousHash { get; init; }
        public byte[]? SealedSuccessor { get; init; }
        public long CreatedAt { get; init; }
        public long? RotatedAt { get; init; }
        public long IdleExpiresAt { get; init; }
        public long ExpiresAt { get; init; }
        public long? EndedAt { get; init; }
        public string? EndedWhy { get; init; }
        public string? Email { get; init; }

        public FoundFamily ToFamily(Scopes scopes) => new(
            Id,
            CompanyId,
            Consumer,
            UserId,
            AuthorizationId,
            scopes.Read(0, Scope),
            Audience,
            new Generations(CompanyGeneration, ConsumerGeneration, UserGeneration),
            new SecretHash(CurrentHash),
            PreviousHash is null ? null : new SecretHash(PreviousHash),
            SealedSuccessor,
            CreatedAt.ToTime(),
            RotatedAt.ToTime(),
            IdleExpiresAt.ToTime(),
            ExpiresAt.ToTime(),
            EndedAt.ToTime(),
            EndedWhy,
            ToStanding(scopes))
        {
            Person = Email,
        };
    }
}
