using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

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

    /// <summary>Stands somewhere in what was changed, in capitals or not.</summary>
    public string Text { get; init; } = "";

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

    // As the log writes its data.
    private static readonly JsonSerializerOptions written = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    public static async Task<LogPage> Page(Session session, Guid chain, LogQuery query, int atMost)
    {
        (string Column, string Value)[] filters = [("subject", query.Subject), ("actor", query.Actor), ("ip", query.Ip), ("action", query.Action), ("module", query.Module)];
        var given = filters.Where(filter => filter.Value.Length > 0).Select(filter => filter.Column).ToArray();
        var (after, before) = await Between(session, chain, query);
        string[] others =
        [
            .. given.Skip(1).Select(column => $"{column} = @{column}"),
            .. query.From is null ? [] : (string[])["made_at >= @from"],
            .. query.To is null ? [] : (string[])["made_at < @to"],
            .. query.Text.Length == 0 ? [] : (string[])[$"lower(data{(session.Engine == Engine.Postgres ? " collate \"C\"" : "")}) like @text escape '!'"],
        ];
        var candidates =
            $"""
            select * from transactions_log{IndexOf(session, given)} where chain = @chain and number < @before and number > @after{(given.Length > 0 ? $" and {given[0]} = @{given[0]}" : "")}
            order by number desc limit {(others.Length > 0 ? Candidates : "@take")}
            """;
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
            text = $"%{ConsumerListStore.Pattern(Written(query.Text))}%",
            from = query.From.ToUnix(),
            to = query.To.ToUnix(),
            take = atMost + 1L,
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
        if (others.Length == 0)
            return new LogPage(records, null);

        var seen = (await session.Find<SeenRow>($"select count(*) as count, min(number) as lowest from ({candidates.Replace("select *", "select number", StringComparison.Ordinal)}) as candidates", parameters))!;
        return new LogPage(records, seen.Count == Candidates ? seen.Lowest : null);
    }

    // Both engines could also go through the chain and look at each record: SQLite does so, since it keeps no count of how many there are of a value, and 20 of ten million then take seconds.
    private static string IndexOf(Session session, string[] given) => session.Engine == Engine.Sqlite && given.Length > 0 ? $" indexed by transactions_log_{given[0]}" : "";

    // Capitals of ASCII alone are as good as small letters: both engines know these, whatever language they were set up in.
    private static string Written(string text) => string.Concat(JsonSerializer.Serialize(text, written)[1..^1].Select(letter => char.IsAsciiLetterUpper(letter) ? (char)(letter | 0x20) : letter));

    // The numbers between which the records of that time are.
    private static async Task<(long After, long Before)> Between(Session session, Guid chain, LogQuery query)
    {
        var before = query.Before ?? long.MaxValue;
        if (query.To is { } to)
        {
            before = Math.Min(before, 1 + await session.Value<long>(
                "select number from transactions_log where chain = @chain and made_at < @time order by made_at desc, number desc limit 1", new { chain, time = (to + disorder).ToUnix() }));
        }

        if (query.From is not { } from)
            return (0, before);

        var first = await session.Value<long?>(
            "select number from transactions_log where chain = @chain and made_at >= @time order by made_at, number limit 1", new { chain, time = (from - disorder).ToUnix() });
        return ((first ?? before) - 1, before);
    }

    private sealed class SeenRow
    {
        public long Count { get; init; }
        public long? Lowest { get; init; }
    }
}
