using ApiConnections.Benchmarks.Load;
using static ApiConnections.Benchmarks.Load.Medians;

namespace ApiConnections.Benchmarks.ResourceServer;

/// <summary>What the check costs an endpoint: the servers take turns under the same load, so that a busy machine is unfair to none.</summary>
internal static class EndpointBench
{
    private const int Rounds = 7;
    private static readonly TimeSpan warmUp = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan round = TimeSpan.FromSeconds(4);

    /// <param name="Kind">Which server.</param>
    /// <param name="PerSecond">Median requests per second.</param>
    /// <param name="Ratio">Median of the rounds' ratio to the first server.</param>
    /// <param name="Microseconds">Median processor time of the server per request.</param>
    public sealed record Result(string Kind, double PerSecond, double Ratio, double Microseconds);

    /// <param name="kinds">The first is what the others are compared with.</param>
    /// <param name="tokens">How many different tokens come.</param>
    public static async Task<IReadOnlyList<Result>> Run(BenchIssuer issuer, string[] kinds, int tokens)
    {
        string[] bearer = [.. Enumerable.Range(1, tokens).Select(issuer.Token)];
        var servers = kinds.Select(kind => ChildProcess.Start(EndpointServer.Command, kind, issuer.Address)).ToArray();
        try
        {
            var urls = await Task.WhenAll(servers.Select(server => server.ReadLine()));
            foreach (var url in urls)
                await Wrk.Get(url, bearer, warmUp);

            var rates = kinds.Select(_ => new List<double>()).ToArray();
            var costs = kinds.Select(_ => new List<double>()).ToArray();
            for (var turn = 0; turn < Rounds; turn++)
            {
                for (var i = 0; i < kinds.Length; i++)
                    await Measure(servers[i], urls[i], bearer, rates[i], costs[i]);
            }

            return [.. kinds.Select((kind, i) => new Result(kind, Median(rates[i]), Median(rates[i].Zip(rates[0], (own, bare) => own / bare)), Median(costs[i])))];
        }
        finally
        {
            foreach (var server in servers)
                server.Dispose();
        }
    }

    private static async Task Measure(ChildProcess server, string url, string[] tokens, List<double> rates, List<double> costs)
    {
        var cpu = server.CpuSeconds();
        var result = await Wrk.Get(url, tokens, round);
        if (!result.AllGood)
            throw new InvalidOperationException("Not every request was answered with success.");
        rates.Add(result.RequestsPerSecond);
        costs.Add((server.CpuSeconds() - cpu) * 1e6 / result.Requests);
    }
}
