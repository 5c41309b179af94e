using System.Text.Json;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.TransactionsLog;

/// <summary>A company's own records as the console shows and verifies them.</summary>
internal sealed class LogLists(IDatabase database, LogVerification verification, TimeProvider time)
{
    private const int LongestPage = 100;
    private static readonly Refusal missing = Refused.NotFound("There is no such company.");

    public Task<Outcome<LogPage>> Page(Actor actor, string? companyName, LogQuery query, int atMost) => database.Read<Outcome<LogPage>>(async session =>
        (await Company(session, actor, companyName)).TryGet(out var company, out var refusal) ? await LogListStore.Page(session, company, Bounded(query), Math.Clamp(atMost, 1, LongestPage)) : refusal);

    /// <summary>Runs the company's chain, as the command does.</summary>
    public async Task<Outcome<ChainVerdict>> Verify(Actor actor, string? companyName, Action<Guid, long>? progress = null) =>
        (await database.Read(session => Company(session, actor, companyName))).TryGet(out var company, out var refusal) ? await verification.VerifyChain(company, progress) : refusal;

    /// <summary>What a record says was changed: each name with what it is now, and what it was where that is known.</summary>
    public static IReadOnlyList<(string Name, string Value)> Changed(StoredRecord record)
    {
        try
        {
            var data = JsonElement.Parse(record.Data);
            if (data.ValueKind != JsonValueKind.Object)
                return [("", record.Data)];

            var fields = new Dictionary<string, string>();
            foreach (var field in data.EnumerateObject())
                fields[field.Name] = Text(field.Value);

            var changed = new List<(string, string)>();
            // The log leaves out what is null: somebody without a group has no "before".
            if (fields.Remove("before", out var before) | fields.Remove("after", out var after))
                changed.Add(("", $"{before ?? "–"} → {after ?? "–"}"));

            changed.AddRange(fields.Where(field => field.Value.Length > 0).Select(field => (field.Key, field.Value)));
            return changed;
        }
        catch (JsonException)
        {
            // What somebody has spoilt is shown as it stands.
            return [("", record.Data)];
        }
    }

    private static LogQuery Bounded(LogQuery query) => query with
    {
        Actor = DisplayText.Search(query.Actor),
        Ip = DisplayText.Search(query.Ip),
        Module = DisplayText.Search(query.Module),
        Action = DisplayText.Search(query.Action),
        Subject = DisplayText.Search(query.Subject),
    };

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Text)),
        JsonValueKind.Object => string.Join(", ", value.EnumerateObject().Select(field => $"{field.Name} {Text(field.Value)}")),
        _ => value.GetRawText(),
    };

    private async Task<Outcome<Guid>> Company(Session session, Actor actor, string? name)
    {
        if (!(await CompanyLookup.Find(session, name)).TryGet(out var company, out var refusal))
            return refusal;

        return await Rights.WhyNotSee(session, actor, company.Id, missing, time.GetUtcNow()) is { } whyNot ? whyNot : company.Id;
    }
}
