using System.Diagnostics;
using System.Globalization;
using ApiConnections.Benchmarks.Load;

namespace ApiConnections.Benchmarks.Token;

/// <summary>The published server on an existing SQLite database: process start to the first answered token, and memory after a hundred thousand of them.</summary>
internal static class StartBench
{
    private const int Rounds = 9;
    private const int Requests = 100_000;

    public static async Task Run(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var binary = Path.GetFullPath(args[0]);
        using var installation = await BenchInstallation.New("SQLite");
        // Once without the clock: the first start makes the signing key.
        (await Start(binary, installation)).Server.Dispose();

        List<double> times = [], processor = [];
        for (var i = 0; i < Rounds; i++)
        {
            var (server, _, milliseconds) = await Start(binary, installation);
            times.Add(milliseconds);
            processor.Add(server.CpuSeconds() * 1000);
            server.Dispose();
        }

        var (loaded, url, _) = await Start(binary, installation);
        using var running = loaded;
        var atStart = running.Memory("VmRSS");
        long answered = 0;
        while (answered < Requests)
            answered += (await Wrk.Post(url + "/oauth/token", "grant_type=client_credentials", installation.Authorization, TimeSpan.FromSeconds(2))).Requests;

        times.Sort();
        processor.Sort();
        var table = new MarkdownTable("published server, SQLite", "median", "least", "most");
        table.Add("process start to first token, ms", $"{times[Rounds / 2]:F0}", $"{times[0]:F0}", $"{times[^1]:F0}");
        table.Add("processor time until then, ms", $"{processor[Rounds / 2]:F0}", $"{processor[0]:F0}", $"{processor[^1]:F0}");
        table.Add("MB resident with the first token", $"{atStart:F0}", "", "");
        table.Add($"MB resident after {answered:N0} tokens", $"{running.Memory("VmRSS"):F0}", "", $"{running.Memory("VmHWM"):F0}");
        table.Print(Console.Out);
    }

    private static async Task<(ChildProcess Server, string Url, double Milliseconds)> Start(string binary, BenchInstallation installation)
    {
        var url = $"http://127.0.0.1:{Loopback.FreePort()}";
        var clock = Stopwatch.StartNew();
        var server = ChildProcess.StartProgram(binary, ["serve", "--data", installation.Folder, "--issuer", url, "--urls", url], installation.Folder);
        await Loopback.FirstAnswer(new Uri(url), Loopback.Post(new Uri(url), "/oauth/token", installation.Authorization, "grant_type=client_credentials"), server);
        return (server, url, clock.Elapsed.TotalMilliseconds);
    }
}
