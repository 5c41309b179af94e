using System.Text.Encodings.Web;
using System.Text.Json;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.TransactionsLog;

/// <summary>Writes the log, or the ends of its chains, as JSON lines; page by page, so that its length costs no memory.</summary>
internal sealed class LogExport(IDatabase database)
{
    private const int Page = 1000;
    private static readonly JsonSerializerOptions format = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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
                lines += await Records(head.Chain, output);
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

    private async Task<long> Records(Guid chain, TextWriter output)
    {
        long number = 0;
        while (true)
        {
            var page = await database.Read(session => LogStore.After(session, chain, number, Page));
            foreach (var record in page)
            {
                await output.WriteLineAsync(JsonSerializer.Serialize(
                    new { record.Chain, record.Number, time = record.MadeAt, record.Actor, record.Ip, record.Module, record.Action, record.Subject, data = Data(record), mac = Convert.ToHexStringLower(record.Mac) },
                    format));
                number = record.Number;
            }

            if (page.Count < Page)
                return number;
        }
    }

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
