using System.Globalization;
using System.Text.Json;
using ApiConnections.Benchmarks.Load;

namespace ApiConnections.Benchmarks.Token;

/// <summary>This build beside one of another revision: what a token costs each in processor time and memory, in turns.</summary>
internal static class AgainstBench
{
    private const int Rounds = 7;
    private const int WarmUps = 2;
    private const string Form = "grant_type=client_credentials";
    private static readonly TimeSpan turn = TimeSpan.FromSeconds(4);

    private sealed record Sample(double Rate, double Microseconds, double Bytes);

    /// <param name="args">The other revision's working tree, built, and what it is called.</param>
    public static async Task Run(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        using var here = await Side.Start("this tree", Directory.GetCurrentDirectory());
        using var there = await Side.Start(args[1], Path.GetFullPath(args[0]));
        Side[] sides = [there, here];
        for (var round = -WarmUps; round < Rounds; round++)
        {
            foreach (var side in round % 2 == 0 ? sides : sides.Reverse())
            {
                var sample = await side.Take();
                if (round >= 0)
                    side.Samples.Add(sample);
            }
        }

        var table = new MarkdownTable("client credentials, SQLite, 64 connections", "server CPU µs per request, median", "least", "most", "bytes allocated per request", "requests/s");
        foreach (var side in sides)
        {
            table.Add(
                side.Name, $"{side.Median(sample => sample.Microseconds):F1}", $"{side.Samples.Min(sample => sample.Microseconds):F1}", $"{side.Samples.Max(sample => sample.Microseconds):F1}",
                $"{side.Median(sample => sample.Bytes):N0}", $"{side.Median(sample => sample.Rate):N0}");
        }

        table.Add(
            "ratio", $"{here.Median(sample => sample.Microseconds) / there.Median(sample => sample.Microseconds):F3}", "", "",
            $"{here.Median(sample => sample.Bytes) / there.Median(sample => sample.Bytes):F3}", $"{here.Median(sample => sample.Rate) / there.Median(sample => sample.Rate):F3}");
        table.Print(Console.Out);
    }

    private sealed class Side(string name, BenchInstallation installation, ChildProcess server, string url) : IDisposable
    {
        private readonly HttpClient http = new();

        public string Name => name;

        public List<Sample> Samples { get; } = [];

        // Each makes its installation with its own program: their schemas may differ.
        public static async Task<Side> Start(string name, string tree)
        {
            var installation = await BenchInstallation.New("SQLite", Path.Combine(tree, "artifacts/bin/ApiConnections.Server/release/api-connections"));
            var server = ChildProcess.StartProgram(
                Path.Combine(tree, "artifacts/bin/ApiConnections.Benchmarks/release/ApiConnections.Benchmarks"), [TokenServer.Command, JsonSerializer.Serialize(installation.Settings)]);
            return new Side(name, installation, server, await server.ReadLine());
        }

        public async Task<Sample> Take()
        {
            var (cpu, bytes) = (server.CpuSeconds(), await Allocated());
            var result = await Wrk.Post(url + "/oauth/token", Form, installation.Authorization, turn);
            return result.AllGood
                ? new Sample(result.RequestsPerSecond, (server.CpuSeconds() - cpu) * 1e6 / result.Requests, (double)(await Allocated() - bytes) / result.Requests)
                : throw new InvalidOperationException($"{name}: there were errors in the answers.");
        }

        public double Median(Func<Sample, double> of) => Samples.Select(of).Order().ElementAt(Samples.Count / 2);

        public void Dispose()
        {
            http.Dispose();
            server.Dispose();
            installation.Dispose();
        }

        private async Task<long> Allocated() => long.Parse(await http.GetStringAsync(url + TokenServer.Allocated), CultureInfo.InvariantCulture);
    }
}
