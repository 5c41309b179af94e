using System.Globalization;
using System.Text.Json;
using ApiConnections.Benchmarks.Load;
using static ApiConnections.Benchmarks.Load.Medians;

namespace ApiConnections.Benchmarks.Token;

/// <summary>Client credentials to signed access token, beside plain text on the same Kestrel; the two take turns, so that a busy machine is unfair to neither.</summary>
internal static class TokenBench
{
    private const int Rounds = 5;
    private const string Form = "grant_type=client_credentials";
    private static readonly TimeSpan warmUp = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan round = TimeSpan.FromSeconds(10);

    private sealed record Sample(Wrk.Result Load, double Microseconds, double Bytes);

    public static async Task Run()
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var table = new MarkdownTable("client credentials, 64 connections", "requests/s", "ratio to plain text", "p50 ms", "p90 ms", "p99 ms", "errors", "server CPU µs per request", "bytes allocated per request", "MB resident after");
        foreach (var engine in BenchInstallation.Engines)
            await Measure(engine, table);

        table.Print(Console.Out);
    }

    private static async Task Measure(string engine, MarkdownTable table)
    {
        using var installation = await BenchInstallation.New(engine);
        using var server = ChildProcess.Start(TokenServer.Command, JsonSerializer.Serialize(installation.Settings));
        var url = await server.ReadLine();
        Task<Wrk.Result> Plain(TimeSpan duration) => Wrk.Run(url + TokenServer.Plain, duration);
        Task<Wrk.Result> Token(TimeSpan duration) => Wrk.Post(url + "/oauth/token", Form, installation.Authorization, duration);

        await Plain(warmUp);
        await Token(warmUp);
        List<Sample> plain = [], token = [];
        for (var turn = 0; turn < Rounds; turn++)
        {
            plain.Add(await Take(server, url, Plain));
            token.Add(await Take(server, url, Token));
        }

        Row(table, $"{engine}: plain text", plain, plain, server);
        Row(table, $"{engine}: token", token, plain, server);
    }

    private static async Task<Sample> Take(ChildProcess server, string url, Func<TimeSpan, Task<Wrk.Result>> load)
    {
        using var http = new HttpClient();
        var (cpu, bytes) = (server.CpuSeconds(), await AllocatedSoFar(http, url));
        var result = await load(round);
        return new Sample(
            result,
            (server.CpuSeconds() - cpu) * 1e6 / result.Requests,
            (double)(await AllocatedSoFar(http, url) - bytes) / result.Requests);
    }

    private static async Task<long> AllocatedSoFar(HttpClient http, string url) => long.Parse(await http.GetStringAsync(url + TokenServer.Allocated), CultureInfo.InvariantCulture);

    private static void Row(MarkdownTable table, string what, List<Sample> samples, List<Sample> control, ChildProcess server) => table.Add(
        what,
        $"{Median(samples.Select(sample => sample.Load.RequestsPerSecond)):N0}",
        $"{Median(samples.Zip(control, (own, plain) => own.Load.RequestsPerSecond / plain.Load.RequestsPerSecond)):F2}",
        $"{Median(samples.Select(sample => sample.Load.Latency.P50)):F1}",
        $"{Median(samples.Select(sample => sample.Load.Latency.P90)):F1}",
        $"{Median(samples.Select(sample => sample.Load.Latency.P99)):F1}",
        samples.TrueForAll(sample => sample.Load.AllGood) ? "none" : "SOME",
        $"{Median(samples.Select(sample => sample.Microseconds)):F1}",
        $"{Median(samples.Select(sample => sample.Bytes)):N0}",
        $"{server.Memory("VmRSS"):F0}");
}
