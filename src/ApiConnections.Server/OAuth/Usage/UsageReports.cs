using System.Net;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.OAuth.Usage;

/// <summary>Counts what protected APIs report. What is not theirs to report is left out and not told: it may be of another company.</summary>
internal sealed class UsageReports(IDatabase database, TimeProvider time)
{
    private const int LongestKey = 256;

    /// <summary>In one transaction with the batch: it counts wholly and once, or not at all.</summary>
    public async Task Count(Api api, UsageReport report) => await database.Write<bool>(async session =>
    {
        var now = time.GetUtcNow();
        if (!await UsageStore.InsertBatch(session, api.Key, report.Batch, now))
            return true;

        if (report.Authorizations is { Count: > 0 } uses)
            await CountUses(session, api, uses, now);
        if (report.Refusals is { Count: > 0 } refusals)
            await CountRefusals(session, api, refusals, now);

        return true;
    });

    private static async Task CountUses(Session session, Api api, IReadOnlyList<ReportedUse?> uses, DateTimeOffset now)
    {
        var merged = uses.Select(use => new Use(use!.Id, Earlier(use.At, now), Address(use.Ip), "", use.Count)).GroupBy(use => use.Id)
            .Select(same => same.MaxBy(use => use.At)! with { Count = same.Sum(use => use.Count) }).OrderBy(use => use.Id).ToList();
        var theirs = await UsageStore.Authorizations(session, merged.ConvertAll(use => use.Id), api.CompanyId);
        if (merged.FindAll(use => theirs.Contains(use.Id)) is { Count: > 0 } counted)
            await ActivityStore.WriteAuthorizations(session, counted);
    }

    private static async Task CountRefusals(Session session, Api api, IReadOnlyList<ReportedRefusal?> refusals, DateTimeOffset now)
    {
        var plausible = refusals.Where(refusal => refusal!.ClientId is { Length: > 0 and <= LongestKey } key && key.All(character => character is > ' ' and < (char)0x7F)).ToList();
        var theirs = await UsageStore.Consumers(session, [.. plausible.Select(refusal => refusal!.ClientId!).Distinct()], api.CompanyId);
        var entries = plausible.Where(refusal => theirs.Contains(refusal!.ClientId!)).Select(refusal => Entry(api, refusal!, now))
            .GroupBy(entry => (entry.Consumer, entry.Id)).Select(same => same.Aggregate((one, other) => one.With(other)))
            .OrderBy(entry => entry.Consumer, StringComparer.Ordinal).ThenBy(entry => entry.Id).ToList();
        if (entries.Count == 0)
            return;

        await RequestLogStore.Write(session, entries);
        await RequestLogStore.Trim(session, [.. entries.Select(entry => entry.Consumer).Distinct()], RequestLogWriter.MostOfOneConsumer, RequestLogWriter.MostForOneReason);
    }

    // RFC 6750 s3.1: a permission that is missing, or a token that is not good.
    private static LoggedRequest Entry(Api api, ReportedRefusal refusal, DateTimeOffset now)
    {
        var (reason, needed) = (LoggedText.Of(refusal.Reason), LoggedText.Of(refusal.Needed));
        var outcome = (needed.Length > 0 ? OAuthError.InsufficientScope : OAuthError.InvalidToken).Code;
        var at = Earlier(refusal.At, now);
        return new LoggedRequest(
            refusal.ClientId!, RequestLog.IdOf(LoggedEndpoint.Api, api.Key, outcome, reason, needed), LoggedEndpoint.Api, "", outcome, reason, $"{api.Name}: {reason}", needed, "",
            at, at, refusal.Count, Address(refusal.Ip), "");
    }

    // A clock that is ahead must not make an entry the latest for ever.
    private static DateTimeOffset Earlier(DateTimeOffset at, DateTimeOffset now) => at < now && at > DateTimeOffset.UnixEpoch ? at : now;

    private static string Address(string? ip) => IPAddress.TryParse(ip, out var address) ? RequestLog.Address(address) : "";
}
