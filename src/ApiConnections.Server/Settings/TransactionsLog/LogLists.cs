using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.TransactionsLog;

/// <summary>Records with what they say was changed, and whom and what they name.</summary>
/// <param name="Named">By the mark that stands in a record: an id, a key, an e-mail address.</param>
/// <param name="Next">As in <see cref="LogPage"/>.</param>
internal sealed record ShownLog(IReadOnlyList<ShownRecord> Records, IReadOnlyDictionary<string, NamedThing> Named, long? Next);

/// <summary>A record with what it says was changed.</summary>
internal sealed record ShownRecord(StoredRecord Record, IReadOnlyList<LogChange> Changes);

/// <summary>A company's own records as the console shows and verifies them.</summary>
internal sealed class LogLists(IDatabase database, LogVerification verification, TimeProvider time)
{
    private const int LongestPage = 100;
    private const int MostMarks = 500;
    private static readonly Refusal missing = Refused.NotFound("There is no such company.");

    public Task<Outcome<LogPage>> Page(Actor actor, string? companyName, LogQuery query, int atMost) => database.Read<Outcome<LogPage>>(async session =>
        (await Company(session, actor, companyName, time.GetUtcNow())).TryGet(out var company, out var refusal) ? await LogListStore.Page(session, company, Bounded(query), Math.Clamp(atMost, 1, LongestPage)) : refusal);

    /// <summary>As <see cref="Page"/>, for people.</summary>
    public async Task<Outcome<ShownLog>> Show(Actor actor, string? companyName, LogQuery query, int atMost)
    {
        if (!(await Page(actor, companyName, query, atMost)).TryGet(out var page, out var refusal))
            return refusal;

        var records = page.Records.Select(record => new ShownRecord(record, LogChanges.Of(record))).ToArray();
        var marks = records.SelectMany(shown => shown.Changes.SelectMany(change => (string?[])[change.Before, change.After]).Prepend(shown.Record.Actor).Prepend(shown.Record.Subject)).OfType<string>().Distinct().Take(MostMarks).ToArray();
        return await database.Read<Outcome<ShownLog>>(async session =>
        {
            if (!(await Company(session, actor, companyName, time.GetUtcNow())).TryGet(out var company, out refusal))
                return refusal;

            var named = new Dictionary<string, NamedThing>(StringComparer.OrdinalIgnoreCase);
            foreach (var thing in await LogNameStore.Find(session, company, marks))
                named.TryAdd(thing.Mark, thing);

            return new ShownLog(records, named, page.Next);
        });
    }

    /// <summary>Runs the company's chain, as the command does.</summary>
    public async Task<Outcome<ChainVerdict>> Verify(Actor actor, string? companyName, Action<ChainProgress>? progress = null, CancellationToken stop = default) =>
        (await database.Read(session => Company(session, actor, companyName, time.GetUtcNow()))).TryGet(out var company, out var refusal) ? await verification.VerifyChain(company, progress, stop) : refusal;

    /// <summary>What was typed, as statements can take it.</summary>
    public static LogQuery Bounded(LogQuery query) => query with
    {
        Actor = DisplayText.Search(query.Actor),
        Ip = DisplayText.Search(query.Ip),
        Module = DisplayText.Search(query.Module),
        Action = DisplayText.Search(query.Action),
        Subject = DisplayText.Search(query.Subject),
        Text = DisplayText.Search(query.Text),
    };

    /// <summary>The company whose log somebody may look at.</summary>
    public static async Task<Outcome<Guid>> Company(Session session, Actor actor, string? name, DateTimeOffset now)
    {
        if (!(await CompanyLookup.Find(session, name)).TryGet(out var company, out var refusal))
            return refusal;

        return await Rights.WhyNotSee(session, actor, company.Id, missing, now) is { } whyNot ? whyNot : company.Id;
    }
}
