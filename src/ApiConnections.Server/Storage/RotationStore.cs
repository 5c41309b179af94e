using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>Finds token families by what their refresh tokens name, and rotates them, many at once.</summary>
internal static class RotationStore
{
    private const string Columns = $"""
        f.id, f.handle_hash, f.company_id, f.consumer, f.user_id, f.authorization_id, f.scope, f.audience, f.company_generation, f.consumer_generation, f.user_generation,
        f.current_hash, f.previous_hash, f.sealed_successor, f.created_at, f.rotated_at, f.idle_expires_at, f.expires_at, f.ended_at, f.ended_why, u.email,
        {StandingRow.Columns}
        """;

    private static readonly Comparer<byte[]> asIndexed = Comparer<byte[]>.Create((one, other) => one.AsSpan().SequenceCompareTo(other));

    /// <summary>Those of the families that there are, by the hash of their handle, with what they hang on as it stands now.</summary>
    public static async Task<IReadOnlyDictionary<SecretHash, FoundFamily>> Find(Session session, IEnumerable<SecretHash> handles)
    {
        var given = new GivenRows().With("handle", handles.Distinct().Select(handle => handle.Bytes));
        var rows = await session.Query<Row>(
            $"""
            select {Columns}
            from {given.Sql(session.Engine)}
            cross join token_families f
            {StandingRow.Joins("f")}
            where f.handle_hash = given.handle
            """,
            given.Parameters(session.Engine));
        var scopes = new StandingRow.Scopes();
        return rows.ToDictionary(row => new SecretHash(row.HandleHash), row => row.ToFamily(scopes));
    }

    /// <summary>Rotates those families whose current secret is still the presented one, that have not ended and hang on a live authorization.</summary>
    /// <param name="wanted">A family may stand in it several times: the first is the one that counts.</param>
    /// <returns>The new secrets that are the current ones from now on: of one family one at most.</returns>
    public static async Task<IReadOnlySet<SecretHash>> Rotate(Session session, IReadOnlyList<NewSecret> wanted, DateTimeOffset now)
    {
        // In the order of their handles, in which the statement finds and locks them by its index: by the one that they were just read by, whose pages are at
        // hand. Should a plan ever do otherwise and two nodes lock each other out, the victim runs again.
        var secrets = wanted.DistinctBy(secret => secret.Handle).OrderBy(secret => secret.Handle.Bytes, asIndexed).ToArray();
        var given = new GivenRows()
            .With("handle", secrets.Select(secret => secret.Handle.Bytes))
            .With("presented", secrets.Select(secret => secret.Presented.Bytes))
            .With("next", secrets.Select(secret => secret.Next.Bytes))
            .With("sealed", secrets.Select(secret => secret.Sealed))
            .With("idle_expires_at", secrets.Select(secret => secret.IdleExpiresAt.ToUnix()))
            .With("ip", secrets.Select(secret => secret.Ip))
            .With("agent", secrets.Select(secret => secret.Agent));
        // "+ 0" keeps the database from the index on expires_at, in which nearly every row is.
        var rotated = await session.Query<byte[]>(
            $"""
            update token_families as f set previous_hash = f.current_hash, current_hash = given.next, sealed_successor = given.sealed, rotated_at = @now,
                idle_expires_at = given.idle_expires_at, ip = given.ip, agent = given.agent
            from {given.Sql(session.Engine)}
            where f.handle_hash = given.handle and f.current_hash = given.presented and f.ended_at is null and f.idle_expires_at > @now and f.expires_at + 0 > @now
              and exists (select 1 from authorizations a where a.id = f.authorization_id and a.status = 'live')
            returning current_hash
            """,
            given.Parameters(session.Engine, ("now", now.ToUnix())));
        return rotated.Select(hash => new SecretHash(hash)).ToHashSet();
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
