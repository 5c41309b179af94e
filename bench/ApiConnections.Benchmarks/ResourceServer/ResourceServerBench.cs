using System.Globalization;

namespace ApiConnections.Benchmarks.ResourceServer;

/// <summary>What checking access tokens costs an API. The files on that way name this bench.</summary>
internal static class ResourceServerBench
{
    private const int Revoked = 100_000;

    public static async Task Run()
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        await using var issuer = await BenchIssuer.Start();

        var check = new MarkdownTable("check, one core, no HTTP", "per second", "µs", "bytes allocated");
        var seen = await CheckBench.SeenBefore(issuer);
        check.Add("token seen before", $"{seen.PerSecond:N0}", $"{1e6 / seen.PerSecond:F3}", $"{seen.Bytes:F0}");
        var beside = await CheckBench.SeenBefore(issuer, Revoked);
        check.Add($"the same, the feed on and {Revoked:N0} revocations held", $"{beside.PerSecond:N0}", $"{1e6 / beside.PerSecond:F3}", $"{beside.Bytes:F0}");
        var fresh = await CheckBench.New(issuer);
        check.Add("new token", $"{1e6 / fresh.Microseconds:N0}", $"{fresh.Microseconds:F1}", $"{fresh.Bytes:N0}");
        check.Print(Console.Out);

        await Endpoint(issuer, "one token", 1, EndpointServer.Nothing, EndpointServer.Ours, EndpointServer.Hearing, EndpointServer.Reporting, EndpointServer.JwtBearer);
        await Endpoint(issuer, "1,000 tokens in turn", 1000, EndpointServer.Hearing, EndpointServer.Reporting);

        var memory = new MarkdownTable("memory", "MB resident at start", "after", "most");
        foreach (var reports in new[] { false, true })
        {
            var (start, now, most) = await MemoryBench.Run(reports);
            memory.Add($"{MemoryBench.Tokens:N0} different tokens{(reports ? ", each to be reported to a server that is away" : "")}", $"{start:F0}", $"{now:F0}", $"{most:F0}");
        }

        memory.Print(Console.Out);
    }

    private static async Task Endpoint(BenchIssuer issuer, string what, int tokens, params string[] kinds)
    {
        var table = new MarkdownTable($"endpoint on Kestrel, 64 connections, {what}", "requests/s", "ratio", "server CPU µs per request");
        foreach (var result in await EndpointBench.Run(issuer, kinds, tokens))
            table.Add(result.Kind, $"{result.PerSecond:N0}", $"{result.Ratio:F2}", $"{result.Microseconds:F1}");
        table.Print(Console.Out);
    }
}
