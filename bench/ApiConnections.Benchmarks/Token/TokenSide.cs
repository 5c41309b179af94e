using System.Globalization;
using System.Text.Json;
using ApiConnections.Benchmarks.Load;

namespace ApiConnections.Benchmarks.Token;

/// <summary>A server that issues tokens, beside others that do it in another way: what each costs in processor time and memory.</summary>
internal sealed class TokenSide(string name, BenchInstallation installation, ChildProcess server, string url) : IDisposable
{
    private static readonly TimeSpan warmUp = TimeSpan.FromSeconds(8);
    private readonly HttpClient http = new();

    private string Name => name;

    private List<Sample> Samples { get; } = [];

    private double FirstQuarter => Samples.Select(sample => sample.Microseconds).Order().ElementAt(Samples.Count / 4);

    /// <summary>Lets all of them take turns, in one order and the other, so that a busy machine is unfair to none; prints a row of each, and how the last stands to the first: the median over the rounds.</summary>
    public static async Task TakeTurns(string what, int rounds, TimeSpan turn, params TokenSide[] sides)
    {
        foreach (var side in sides)
            await side.Take(warmUp);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var side in round % 2 == 0 ? sides : sides.Reverse())
                side.Samples.Add(await side.Take(turn));
        }

        var table = new MarkdownTable(what, "server CPU µs per request, median", "first quarter", "least", "most", "bytes allocated per request", "requests/s");
        foreach (var side in sides)
        {
            table.Add(
                side.Name, $"{side.Median(sample => sample.Microseconds):F1}", $"{side.FirstQuarter:F1}", $"{side.Samples.Min(sample => sample.Microseconds):F1}", $"{side.Samples.Max(sample => sample.Microseconds):F1}",
                $"{side.Median(sample => sample.Bytes):N0}", $"{side.Median(sample => sample.Rate):N0}");
        }

        var (first, last) = (sides[0], sides[^1]);
        table.Add("ratio", $"{Ratio(first, last, sample => sample.Microseconds):F3}", $"{Ratio(first, last):F3}", "", "", $"{Ratio(first, last, sample => sample.Bytes):F3}", $"{Ratio(first, last, sample => sample.Rate):F3}");
        table.Print(Console.Out);
    }

    /// <summary>Of the processor time in the quieter rounds: what else a machine does can only add to it.</summary>
    public static double Ratio(TokenSide first, TokenSide last) => last.FirstQuarter / first.FirstQuarter;

    // Each makes its installation with its own program: their schemas may differ.
    public static async Task<TokenSide> Start(string name, string tree, params (string Name, string Value)[] settings)
    {
        var installation = await BenchInstallation.New("SQLite", Path.Combine(tree, "artifacts/bin/ApiConnections.Server/release/api-connections"));
        foreach (var (setting, value) in settings)
            installation.Settings[setting] = value;
        var server = ChildProcess.StartProgram(
            Path.Combine(tree, "artifacts/bin/ApiConnections.Benchmarks/release/ApiConnections.Benchmarks"), [TokenServer.Command, JsonSerializer.Serialize(installation.Settings)]);
        return new TokenSide(name, installation, server, await server.ReadLine());
    }

    public void Dispose()
    {
        http.Dispose();
        server.Dispose();
        installation.Dispose();
    }

    private async Task<Sample> Take(TimeSpan turn)
    {
        var (cpu, bytes) = (server.CpuSeconds(), await Allocated());
        var result = await Wrk.Post(url + "/oauth/token", "grant_type=client_credentials", installation.Authorization, turn);
        return result.AllGood
            ? new Sample(result.RequestsPerSecond, (server.CpuSeconds() - cpu) * 1e6 / result.Requests, (double)(await Allocated() - bytes) / result.Requests)
            : throw new InvalidOperationException($"{name}: there were errors in the answers.");
    }

    private double Median(Func<Sample, double> of) => Medians.Median(Samples, of);

    private async Task<long> Allocated() => long.Parse(await http.GetStringAsync(url + TokenServer.Allocated), CultureInfo.InvariantCulture);

    // Of each round: what else the machine did then, it did to both.
    private static double Ratio(TokenSide first, TokenSide last, Func<Sample, double> of) =>
        Medians.Median(last.Samples.Zip(first.Samples, (its, other) => of(its) / of(other)));

    private sealed record Sample(double Rate, double Microseconds, double Bytes);
}
