namespace ApiConnections.Server.Storage;

/// <summary>What a consumer asked and how it ended: one entry for all requests that are equal in this.</summary>
/// <param name="Id">Made from what makes two entries of a consumer equal.</param>
/// <param name="Outcome"><c>ok</c>, or the error code of the answer.</param>
/// <param name="Reason">As the caller was told; empty for <c>ok</c>.</param>
/// <param name="Detail">What only the owner may know.</param>
/// <param name="Ip">Where the last of them came from.</param>
internal sealed record LoggedRequest(
    string Consumer,
    Guid Id,
    string Endpoint,
    string GrantType,
    string Outcome,
    string Reason,
    string Detail,
    string Expected,
    string Offending,
    DateTimeOffset FirstAt,
    DateTimeOffset LastAt,
    long Count,
    string Ip,
    string Agent)
{
    /// <summary>Both as one entry: what does not tell them apart is that of the later one.</summary>
    public LoggedRequest With(LoggedRequest other)
    {
        var (earlier, later) = LastAt <= other.LastAt ? (this, other) : (other, this);
        return later with { FirstAt = earlier.FirstAt <= later.FirstAt ? earlier.FirstAt : later.FirstAt, Count = earlier.Count + later.Count };
    }
}

/// <summary>The table <c>request_log</c>, written in batches.</summary>
internal static class RequestLogStore
{
    private const string Columns = "consumer, id, endpoint, grant_type, outcome, reason, detail, expected, offending, first_at, last_at, uses, ip, agent";

    private const string Merge = """
        on conflict (consumer, id) do update set
            uses = request_log.uses + excluded.uses,
            first_at = case when excluded.first_at < request_log.first_at then excluded.first_at else request_log.first_at end,
            last_at = case when excluded.last_at > request_log.last_at then excluded.last_at else request_log.last_at end,
            expected = case when excluded.last_at >= request_log.last_at then excluded.expected else request_log.expected end,
            offending = case when excluded.last_at >= request_log.last_at then excluded.offending else request_log.offending end,
            ip = case when excluded.last_at >= request_log.last_at then excluded.ip else request_log.ip end,
            agent = case when excluded.last_at >= request_log.last_at then excluded.agent else request_log.agent end
        """;

    /// <summary>Adds entries to those that are there; entries of consumers that do not exist are left out.</summary>
    /// <param name="entries">No two alike, in the order of their consumers and ids, so that two nodes cannot lock each other out.</param>
    public static Task Write(Session session, IReadOnlyList<LoggedRequest> entries) => session.Engine == Engine.Postgres
        ? session.Execute(
            $"""
            insert into request_log ({Columns})
            select e.* from unnest(@consumers, @ids, @endpoints, @grants, @outcomes, @reasons, @details, @expected, @offending, @firsts, @lasts, @counts, @ips, @agents)
                as e ({Columns})
            where exists (select 1 from consumers c where c.key = e.consumer)
            {Merge}
            """,
            InColumns(entries))
        : session.Execute(
            $"""
            insert into request_log ({Columns})
            select @Consumer, @Id, @Endpoint, @GrantType, @Outcome, @Reason, @Detail, @Expected, @Offending, @first, @last, @Count, @Ip, @Agent
            where exists (select 1 from consumers c where c.key = @Consumer)
            {Merge}
            """,
            entries.Select(InRow));

    /// <summary>Forgets the oldest entries of these consumers beyond so many in all, and beyond so many for one reason.</summary>
    public static Task<int> Trim(Session session, string[] consumers, int mostInAll, int mostForOneReason) => session.Execute(
        $"""
        delete from request_log where (consumer, id) in (
            select consumer, id from (
                select consumer, id,
                       row_number() over (partition by consumer order by last_at desc, id) as in_all,
                       row_number() over (partition by consumer, endpoint, outcome, reason order by last_at desc, id) as for_one_reason
                from request_log where consumer {(session.Engine == Engine.Postgres ? "= any(@consumers)" : "in @consumers")}) as numbered
            where in_all > @mostInAll or for_one_reason > @mostForOneReason)
        """,
        new { consumers, mostInAll, mostForOneReason });

    /// <summary>A consumer's entries, the latest first.</summary>
    public static async Task<IReadOnlyList<LoggedRequest>> OfConsumer(Session session, string consumer) =>
        [.. (await session.Query<Row>($"select {Columns} from request_log where consumer = @consumer order by last_at desc, id", new { consumer })).Select(row => row.ToRequest())];

    /// <summary>Forgets a batch of entries that are older than <paramref name="before"/>.</summary>
    /// <returns>How many rows went.</returns>
    public static Task<int> Prune(Session session, DateTimeOffset before, int atMost) => session.Execute(
        "delete from request_log where (consumer, id) in (select consumer, id from request_log where last_at < @before order by last_at limit @atMost)",
        new { before = before.ToUnix(), atMost });

    private static object InColumns(IReadOnlyList<LoggedRequest> entries) => new
    {
        consumers = entries.Select(entry => entry.Consumer).ToArray(),
        ids = entries.Select(entry => entry.Id).ToArray(),
        endpoints = entries.Select(entry => entry.Endpoint).ToArray(),
        grants = entries.Select(entry => entry.GrantType).ToArray(),
        outcomes = entries.Select(entry => entry.Outcome).ToArray(),
        reasons = entries.Select(entry => entry.Reason).ToArray(),
        details = entries.Select(entry => entry.Detail).ToArray(),
        expected = entries.Select(entry => entry.Expected).ToArray(),
        offending = entries.Select(entry => entry.Offending).ToArray(),
        firsts = entries.Select(entry => entry.FirstAt.ToUnix()).ToArray(),
        lasts = entries.Select(entry => entry.LastAt.ToUnix()).ToArray(),
        counts = entries.Select(entry => entry.Count).ToArray(),
        ips = entries.Select(entry => entry.Ip).ToArray(),
        agents = entries.Select(entry => entry.Agent).ToArray(),
    };

    private static object InRow(LoggedRequest entry) => new
    {
        entry.Consumer,
        entry.Id,
        entry.Endpoint,
        entry.GrantType,
        entry.Outcome,
        entry.Reason,
        entry.Detail,
        entry.Expected,
        entry.Offending,
        first = entry.FirstAt.ToUnix(),
        last = entry.LastAt.ToUnix(),
        entry.Count,
        entry.Ip,
        entry.Agent,
    };

    private sealed class Row
    {
        public string Consumer { get; init; } = "";
        public Guid Id { get; init; }
        public string Endpoint { get; init; } = "";
        public string GrantType { get; init; } = "";
        public string Outcome { get; init; } = "";
        public string Reason { get; init; } = "";
        public string Detail { get; init; } = "";
        public string Expected { get; init; } = "";
        public string Offending { get; init; } = "";
        public long FirstAt { get; init; }
        public long LastAt { get; init; }
        public long Uses { get; init; }
        public string Ip { get; init; } = "";
        public string Agent { get; init; } = "";

        public LoggedRequest ToRequest() => new(
            Consumer, Id, Endpoint, GrantType, Outcome, Reason, Detail, Expected, Offending, FirstAt.ToTime(), LastAt.ToTime(), Uses, Ip, Agent);
    }
}
