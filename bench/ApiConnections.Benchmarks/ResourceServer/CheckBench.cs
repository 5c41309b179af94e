using System.Diagnostics;
using ApiConnections.ResourceServer;
using Microsoft.Extensions.DependencyInjection;

namespace ApiConnections.Benchmarks.ResourceServer;

/// <summary>The check itself, in one thread, without HTTP around it.</summary>
internal static class CheckBench
{
    /// <summary>Checks per second of one core, and bytes allocated by each, for tokens seen before. Median of the rounds.</summary>
    public static async Task<(double PerSecond, double Bytes)> SeenBefore(BenchIssuer issuer) => SeenBefore(issuer, await issuer.Check());

    /// <summary>The same in an API that hears of revocations and holds so many.</summary>
    public static async Task<(double PerSecond, double Bytes)> SeenBefore(BenchIssuer issuer, int revoked)
    {
        var services = await issuer.Services(hasCredentials: true);
        var revocations = services.GetRequiredService<Revocations>();
        for (var i = 1; i <= revoked; i++)
            revocations.Take(new FeedEvent("revoked", $"bench-{i}", i, new FeedEntry("authorization", Guid.CreateVersion7().ToString(), null, null)));

        revocations.Heard();
        await using var heartbeat = new Timer(_ => revocations.Heard(), null, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        return SeenBefore(issuer, services.GetRequiredService<AccessTokenCheck>());
    }

    private static (double PerSecond, double Bytes) SeenBefore(BenchIssuer issuer, AccessTokenCheck check)
    {
        const int Tokens = 100, Rounds = 7;
        var headers = Enumerable.Range(0, Tokens).Select(number => "Bearer " + issuer.Token(number)).ToArray();
        ValidateAll(check, [.. headers.Select(header => header[7..])]);
        Loop(check, headers, TimeSpan.FromSeconds(2));
        var rates = new List<double>();
        double bytes = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var (count, elapsed) = Loop(check, headers, TimeSpan.FromSeconds(1));
            bytes = Math.Max(bytes, (GC.GetAllocatedBytesForCurrentThread() - before) / (double)count);
            rates.Add(count / elapsed.TotalSeconds);
        }

        return (rates.Order().ElementAt(Rounds / 2), bytes);
    }

    /// <summary>Microseconds of processor time, and bytes allocated, for the full validation of a token that was never seen.</summary>
    public static async Task<(double Microseconds, double Bytes)> New(BenchIssuer issuer)
    {
        const int WarmUp = 20_000, Count = 40_000;
        var check = await issuer.Check();
        var tokens = Enumerable.Range(0, WarmUp + Count).Select(issuer.Token).ToArray();
        ValidateAll(check, tokens.AsSpan(0, WarmUp));

        var (cpu, allocated) = (Process.GetCurrentProcess().TotalProcessorTime, GC.GetAllocatedBytesForCurrentThread());
        ValidateAll(check, tokens.AsSpan(WarmUp));
        return ((Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / Count, (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)Count);
    }

    public static void ValidateAll(AccessTokenCheck check, ReadOnlySpan<string> tokens)
    {
        foreach (var token in tokens)
        {
            var outcome = check.Check(token, default);
            Demand(outcome.IsCompletedSuccessfully && outcome.Result.TryGet(out _, out _));
        }
    }

    private static (long Count, TimeSpan Elapsed) Loop(AccessTokenCheck check, string[] headers, TimeSpan duration)
    {
        var watch = Stopwatch.StartNew();
        long count = 0;
        while (watch.Elapsed < duration)
        {
            foreach (var header in headers)
            {
                var outcome = check.Check(header.AsSpan(7), default);
                if (!outcome.IsCompletedSuccessfully || !outcome.Result.TryGet(out var token, out _) || !token.HasScope("tasks:view"))
                    Demand(false);
            }

            count += headers.Length;
        }

        return (count, watch.Elapsed);
    }

    private static void Demand(bool good)
    {
        if (!good)
            throw new InvalidOperationException("A good token was refused.");
    }
}
