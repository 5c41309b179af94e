using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Console.Components;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.TransactionsLog;

/// <summary>How records are written down.</summary>
internal enum LogFormat
{
    Csv,

    /// <summary>One JSON document a line, with all that the chain is made of.</summary>
    JsonLines,
}

/// <summary>Writes the log, or the ends of its chains, as a file; page by page, so that its length costs no memory.</summary>
internal sealed class LogExport(IDatabase database, TimeProvider time)
{
    private const int Page = 1000;
    private static readonly JsonSerializerOptions format = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes all of a company's records that the query finds, the newest first.</summary>
    /// <param name="heads">The names of the columns of a CSV (RFC 4180), which holds nothing that a spreadsheet takes for a formula.</param>
    /// <param name="open">Begins the answer; not called where the list is refused.</param>
    /// <returns>How many were written.</returns>
    public async Task<Outcome<long>> Records(Actor actor, string? companyName, LogQuery query, LogFormat form, IReadOnlyList<string> heads, Func<Task<TextWriter>> open)
    {
        if (!(await database.Read(session => LogLists.Company(session, actor, companyName, time.GetUtcNow()))).TryGet(out var company, out var refusal))
            return refusal;

        var output = await open();
        if (form == LogFormat.Csv)
            await output.WriteAsync(Csv.Line(heads));

        long written = 0;
        for (var next = (LogQuery?)LogLists.Bounded(query); next is not null;)
        {
            var part = next;
            var page = await database.Read(session => LogListStore.Page(session, company, part, Page));
            foreach (var record in page.Records)
                await output.WriteAsync(form == LogFormat.Csv ? Row(record) : Line(record) + "\n");

            written += page.Records.Count;
            next = page.Next is { } before ? part with { Before = before } : null;
        }

        return written;
    }

    /// <summary>Writes whole chains, each from its first record on, or only their ends.</summary>
    /// <returns>How many lines were written.</returns>
    public async Task<Outcome<long>> Lines(string? company, bool onlyHeads, TextWriter output)
    {
        var heads = await database.Read(LogStore.Heads);
        if (company is not null)
        {
            if (!(await database.Read(session => CompanyLookup.Find(session, company))).TryGet(out var found, out var refusal))
                return refusal;

            heads = [.. heads.Where(head => head.Chain == found.Id)];
        }

        long lines = 0;
        foreach (var head in heads)
        {
            if (!onlyHeads)
            {
                lines += await Chain(head.Chain, output);
                continue;
            }

            await output.WriteLineAsync(JsonSerializer.Serialize(new ExportedHead(head.Chain, head.Number, Convert.ToHexStringLower(head.Mac)), format));
            lines++;
        }

        return lines;
    }

    /// <summary>Reads what was exported with <c>onlyHeads</c>.</summary>
    public static Outcome<IReadOnlyList<LogHead>> ReadHeads(string file)
    {
        try
        {
            return Outcome.Of<IReadOnlyList<LogHead>>([.. File.ReadLines(file).Where(line => line.Length > 0).Select(line =>
                JsonSerializer.Deserialize<ExportedHead>(line, format) is { Mac: not null } head ? new LogHead(head.Chain, head.Number, Convert.FromHexString(head.Mac)) : throw new JsonException("empty"))]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or FormatException)
        {
            return Refused.Invalid($"{file} does not hold what \"log export --head\" prints: {e.Message}");
        }
    }

    private async Task<long> Chain(Guid chain, TextWriter output)
    {
        long number = 0;
        while (true)
        {
            var page = await database.Read(session => LogStore.After(session, chain, number, Page));
            foreach (var record in page)
            {
                await output.WriteLineAsync(Line(record));
                number = record.Number;
            }

            if (page.Count < Page)
                return number;
        }
    }

    private static string Row(StoredRecord record) => Csv.Line(
        [record.Number.ToString(CultureInfo.InvariantCulture), Csv.Time(record.MadeAt), record.Actor, record.Ip, record.Module, record.Action, record.Subject, record.Data]);

    private static string Line(StoredRecord record) => JsonSerializer.Serialize(
        new { record.Chain, record.Number, time = record.MadeAt, record.Actor, record.Ip, record.Module, record.Action, record.Subject, data = Data(record), mac = Convert.ToHexStringLower(record.Mac) },
        format);

    // A record that somebody has spoilt is evidence, and is exported too.
    private static JsonElement Data(StoredRecord record)
    {
        try
        {
            return JsonElement.Parse(record.Data);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(record.Data);
        }
    }

    private sealed record ExportedHead(Guid Chain, long Number, string Mac);
}
