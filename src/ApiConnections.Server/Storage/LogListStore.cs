namespace ApiConnections.Server.Storage;

/// <summary>Which records of a chain; what is empty or null does not narrow.</summary>
internal sealed record LogQuery
{
    public string Actor { get; init; } = "";

    public string Ip { get; init; } = "";

    public string Module { get; init; } = "";

    public string Action { get; init; } = "";

    /// <summary>A consumer's key, or the id of what else was changed.</summary>
    public string Subject { get; init; } = "";

    /// <summary>Made at this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Made before this time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Only records with a lower number: the cursor.</summary>
    public long? Before { get; init; }
}

/// <summary>Records of a chain, the newest first.</summary>
/// <param name="Next">The cursor of what comes after them; null at the end. A page may hold fewer than was asked for and still have one.</param>
internal sealed record LogPage(IReadOnlyList<StoredRecord> Records, long? Next);

/// <summary>The table <c>transactions_log</c> as a list.</summary>
internal static class LogListStore
{
    // One filter finds candidates by its index, the others choose among so many of them: several that each find much, but never together, would else read the whole log.
    private const int Candidates = 10_000;

    // The records of a chain are in the order of their time but for what its writers waited for each other, and for how their clocks differ.
    private static readonly TimeSpan disorder = TimeSpan.FromMinutes(5);

    public static async Task<LogPage> Page(Session session, Guid chain, LogQuery query, int atMost)
    {
        (string Column, string Value)[] filters = [("subject", query.Subject), ("actor", query.Actor), ("ip", query.Ip), ("action", query.Action), ("module", query.Module)];
        var given = filters.Where(filter => filter.Value.Length > 0).Select(filter => filter.Column).ToArray();
        var before = query.Before ?? long.MaxValue;
        long after = 0;
        if (query.To is { } to)
        {
            before = Math.Min(before, 1 + await session.Value<long>(
                "select number from transactions_log where chain = @chain and made_at < @time order by made_at desc, number desc limit 1", new { chain, time = (to + disorder).ToUnix() }));
        }

        if (query.From is { } from)
        {
            after = (await session.Value<long?>(
                "select number from transactions_log where chain = @chain and made_at >= @time order by made_at, number limit 1", new { chain, time = (from - disorder).ToUnix() }) ?? before) - 1;
        }

        var candidates =
            $"""
            select * from transactions_log where chain = @chain and number < @before and number > @after{(given.Length > 0 ? $" and {given[0]} = @{given[0]}" : "")}
            order by number desc limit {Candidates}
            """;
        string[] others = [.. given.Skip(1).Select(column => $"{column} = @{column}"), .. query.From is null ? [] : (string[])["made_at >= @from"], .. query.To is null ? [] : (string[])["made_at < @to"]];
        var parameters = new
        {
            chain,
            before,
            after,
            subject = query.Subject,
            actor = query.Actor,
            ip = query.Ip,
            action = query.Action,
            module = query.Module,
            from = query.From.ToUnix(),
            to = query.To.ToUnix(),
            take = atMost + 1,
        };
        var found = await session.Query<LogStore.Row>(
            $"""
            select chain, number, made_at, actor, ip, module, action, subject, data, mac from ({candidates}) as candidates
            {(others.Length > 0 ? "where " + string.Join(" and ", others) : "")} order by number desc limit @take
            """,
            parameters);
        var records = found.Take(atMost).Select(row => row.ToRecord()).ToArray();
        if (found.Count > atMost)
            return new LogPage(records, records[^1].Number);

        var seen = (await session.Find<SeenRow>($"select count(*) as count, min(number) as lowest from ({candidates}) as candidates", parameters))!;
        return new LogPage(records, seen.Count == Candidates ? seen.Lowest : null);
    }

    private sealed class SeenRow
    {
        public long Count { get; init; }
        public long? Lowest { get; init; }
    }
}
