namespace ApiConnections.Server.Storage;

/// <summary>Something that other nodes must hear of and, where <paramref name="ForApis"/>, the protected APIs too.</summary>
/// <param name="Subject">A consumer's key, a group's, company's, user's or authorization's id, a <c>kid</c>: what <paramref name="Kind"/> says.</param>
/// <param name="Generation">The lowest generation that is still good; null where the change is none of generations.</param>
/// <param name="CompanyId">Whose it is; null for the whole installation.</param>
internal sealed record Change(string Kind, string Subject, long? Generation, Guid? CompanyId, bool ForApis)
{
    /// <summary>Its place in the order; given when it is written.</summary>
    public long Sequence { get; init; }

    /// <summary>From when on no token can be affected by it any more; given when it is written.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>For a single token: the consumer's key, by which its tokens are counted.</summary>
    public string? Consumer { get; init; }
}

/// <summary>What a change can be about.</summary>
internal static class ChangeKind
{
    /// <summary>For nodes: a consumer was made, edited, enabled or disabled, a machine's standing permission given or taken; with a generation also for APIs.</summary>
    public const string Consumer = "consumer";

    /// <summary>For nodes: a secret of this consumer or API was made or revoked.</summary>
    public const string Secret = "secret";

    /// <summary>For nodes: a permission group was edited.</summary>
    public const string Group = "group";

    /// <summary>For nodes: a company was edited; with a generation also for APIs.</summary>
    public const string Company = "company";

    /// <summary>For nodes: an API was made or edited.</summary>
    public const string Api = "api";

    /// <summary>For nodes: a signing key was announced or withdrawn; withdrawn ones also for APIs.</summary>
    public const string Key = "key";

    /// <summary>For nodes: the wait after failed sign-ins of this person, named by the key of their address, is over.</summary>
    public const string SignIn = "sign_in";

    /// <summary>For APIs: a person may do less, or nothing.</summary>
    public const string User = "user";

    /// <summary>For APIs: an authorization was revoked.</summary>
    public const string Authorization = "authorization";

    /// <summary>For APIs: a device of a person was cut off; their others go on.</summary>
    public const string Family = "family";

    /// <summary>For APIs: a single access token was revoked; the subject is its <c>jti</c>.</summary>
    public const string Token = "token";
}

/// <summary>The table <c>changes</c>.</summary>
internal static class ChangeStore
{
    /// <summary>The longest life of an access token, and ten minutes for clocks.</summary>
    private static readonly TimeSpan lifetime = TimeSpan.FromMinutes(130);

    /// <summary>Writes the change, last of all in its transaction: from here on no other transaction can write one until this ends.</summary>
    public static async Task Append(Session session, Change change, DateTimeOffset now)
    {
        // Sequence numbers must become visible in their order, else a reader that asks for "all after N" misses a late committer.
        await session.Lock(AdvisoryLock.Changes);
        await session.Execute(
            """
            insert into changes (kind, subject, generation, company_id, for_apis, made_at, expires_at, consumer)
            values (@Kind, @Subject, @Generation, @CompanyId, @forApis, @madeAt, @expiresAt, @Consumer)
            """,
            new { change.Kind, change.Subject, change.Generation, change.CompanyId, change.Consumer, forApis = change.ForApis ? 1L : 0L, madeAt = now.ToUnix(), expiresAt = (now + lifetime).ToUnix() });
        if (session.Engine == Engine.Postgres)
            await session.Execute($"notify {PostgresDatabase.Channel}");
    }

    /// <summary>Whether this single access token was revoked.</summary>
    public static async Task<bool> HasToken(Session session, string id) =>
        await session.Value<long>("select count(*) from (select 1 from changes where kind = 'token' and subject = @id limit 1) as found", new { id }) == 1;

    /// <summary>How many single tokens of a consumer the APIs still have to keep, counted up to so many.</summary>
    public static Task<long> CountTokens(Session session, string consumer, DateTimeOffset now, int upTo) => session.Value<long>(
        "select count(*) from (select 1 from changes where kind = 'token' and consumer = @consumer and expires_at > @now limit @upTo) as found",
        new { consumer, now = now.ToUnix(), upTo });

    public static Task<long> Last(Session session) => session.Value<long>("select coalesce(max(sequence), 0) from changes");

    /// <summary>The place of the last change, and the incarnation of the installation that it belongs to.</summary>
    public static async Task<(long Last, Guid Incarnation)> Head(Session session)
    {
        var head = await session.Find<HeadRow>("select coalesce(max(sequence), 0) as last, (select incarnation from installation where id = 1) as incarnation from changes");
        return (head!.Last, head.Incarnation ?? Guid.Empty);
    }

    public static async Task<IReadOnlyList<Change>> After(Session session, long sequence, int atMost) =>
        [.. (await session.Query<Row>(
            "select sequence, kind, subject, generation, company_id, for_apis, expires_at from changes where sequence > @sequence order by sequence limit @atMost",
            new { sequence, atMost })).Select(row => new Change(row.Kind, row.Subject, row.Generation, row.CompanyId, row.ForApis == 1) { Sequence = row.Sequence, ExpiresAt = row.ExpiresAt.ToTime() })];

    /// <summary>Forgets what no token can still be affected by, in one batch; the newest stays, so that the order never starts anew.</summary>
    /// <returns>How many rows went.</returns>
    public static Task<int> Prune(Session session, DateTimeOffset now, int atMost) => session.Execute(
        """
        delete from changes where sequence in (
            select sequence from changes where expires_at < @now and sequence < (select max(sequence) from changes) order by sequence limit @atMost)
        """,
        new { now = now.ToUnix(), atMost });

    private sealed class Row
    {
        public long Sequence { get; init; }
        public string Kind { get; init; } = "";
        public string Subject { get; init; } = "";
        public long? Generation { get; init; }
        public Guid? CompanyId { get; init; }
        public long ForApis { get; init; }
        public long ExpiresAt { get; init; }
    }

    private sealed class HeadRow
    {
        public long Last { get; init; }
        public Guid? Incarnation { get; init; }
    }
}
