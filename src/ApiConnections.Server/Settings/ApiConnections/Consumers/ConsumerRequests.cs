using System.Globalization;
using ApiConnections.Server.Access;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>How the last requests of a consumer are shown: what, when, how often, and why it was refused with both values below each other.</summary>
internal static class ConsumerRequests
{
    public static View Show(IReadOnlyList<LoggedRequest> requests) => new(
        requests.Select(request => new
        {
            request.Endpoint,
            grant_type = OrNull(request.GrantType),
            request.Outcome,
            reason = OrNull(request.Reason),
            detail = OrNull(request.Detail),
            expected = OrNull(request.Expected),
            offending = OrNull(request.Offending),
            request.FirstAt,
            request.LastAt,
            request.Count,
            request.Ip,
            agent = OrNull(request.Agent),
        }).ToArray(),
        requests.Count == 0 ? ["There were no requests in the last 30 days."] : Lines(requests));

    private static IEnumerable<string> Lines(IReadOnlyList<LoggedRequest> requests)
    {
        var table = View.Table(requests, request => request, ["LAST", "TIMES", "ENDPOINT", "GRANT", "OUTCOME", "FROM"], Cells).Lines.ToArray();
        yield return table[0];
        foreach (var (request, line) in requests.Zip(table.Skip(1)))
        {
            yield return line;
            foreach (var why in Why(request))
                yield return "    " + why;
        }
    }

    private static string[] Cells(LoggedRequest request) =>
    [
        Time(request.LastAt),
        request.Count.ToString(CultureInfo.InvariantCulture),
        request.Endpoint,
        OrNull(request.GrantType) ?? "-",
        request.Outcome,
        request.Agent.Length > 0 ? $"{request.Ip} ({request.Agent})" : request.Ip,
    ];

    private static IEnumerable<string> Why(LoggedRequest request)
    {
        if (request.Outcome == RequestLog.Ok)
            yield break;

        yield return request.Detail.Length > 0 ? request.Detail : request.Reason;
        if (request.Expected.Length > 0)
            yield return "expected  " + request.Expected;
        if (request.Offending.Length > 0)
            yield return "got       " + request.Offending;
        if (request.Count > 1)
            yield return "first     " + Time(request.FirstAt);
    }

    private static string? OrNull(string text) => text.Length == 0 ? null : text;

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
