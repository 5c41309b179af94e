using System.Globalization;
using System.Text.Json;
using ApiConnections.Benchmarks.Load;
using static ApiConnections.Benchmarks.Load.Medians;

namespace ApiConnections.Benchmarks.Token;

/// <summary>Forms made beforehand, each sent once, beside client credentials on the same server; the two take turns.</summary>
internal sealed class BesideTokens(string what)
{
    private const int Rounds = 3;
    private const int FormsPerRound = 120_000; // more than a round can use
    private static readonly int[] connections = [64, 128, 256];
    private static readonly TimeSpan duration = TimeSpan.FromSeconds(4);

    private sealed record Sample(double Rate, double Control, double P50, double P99, bool AllGood, double ServerMicroseconds, double PostgresMicroseconds);

    private readonly MarkdownTable table = new(what, "connections", "requests/s", "client credentials/s", "ratio", "p50 ms", "p99 ms", "errors", "server CPU µs per request", "PostgreSQL CPU µs per request");

    /// <summary>Makes so many forms of the kind that is measured, with the server running at that address.</summary>
    public delegate Task<Forms> Make(Uri server, int count);

    /// <summary>Measures on every database and prints the table.</summary>
    /// <param name="engines">Only these; none: every database there is.</param>
    /// <param name="prepare">Given a database, says how forms are made, and what else a request brings.</param>
    public async Task Run(string[] engines, Func<BenchInstallation, Task<(Make Make, Target Target)>> prepare)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        foreach (var engine in engines is [] ? BenchInstallation.Engines : engines)
            await Measure(engine, prepare);

        table.Print(Console.Out);
    }

    private async Task Measure(string engine, Func<BenchInstallation, Task<(Make Make, Target Target)>> prepare)
    {
        using var installation = await BenchInstallation.New(engine);
        var (make, target) = await prepare(installation);
        using var server = ChildProcess.Start(TokenServer.Command, JsonSerializer.Serialize(installation.Settings));
        var url = new Uri(await server.ReadLine());
        Task<Wrk.Result> Machine() => Wrk.Post(url + "oauth/token", "grant_type=client_credentials", installation.Authorization, duration);
        Task<Wrk.Result> Send(Forms forms, int width) => Wrk.Post(url + target.Path, forms, target.Authorization, target.Expected, width, duration);

        await Machine();
        await Send(await make(url, FormsPerRound), 64);
        foreach (var width in connections)
        {
            var samples = new List<Sample>();
            for (var round = 0; round < Rounds; round++)
            {
                var forms = await make(url, FormsPerRound);
                await installation.Settle();
                var machine = await Machine();
                var (cpu, postgres) = (server.CpuSeconds(), ChildProcess.CpuSecondsOf("postgres"));
                var result = await Send(forms, width);
                samples.Add(new Sample(
                    result.RequestsPerSecond,
                    machine.RequestsPerSecond,
                    result.Latency.P50,
                    result.Latency.P99,
                    result.AllGood,
                    (server.CpuSeconds() - cpu) * 1e6 / result.Requests,
                    (ChildProcess.CpuSecondsOf("postgres") - postgres) * 1e6 / result.Requests));
            }

            Row(engine, width, samples);
        }
    }

    private void Row(string engine, int width, List<Sample> samples) => table.Add(
        engine,
        $"{width}",
        $"{Median(samples, sample => sample.Rate):N0}",
        $"{Median(samples, sample => sample.Control):N0}",
        $"{Median(samples, sample => sample.Rate / sample.Control):F2}",
        $"{Median(samples, sample => sample.P50):F1}",
        $"{Median(samples, sample => sample.P99):F1}",
        samples.TrueForAll(sample => sample.AllGood) ? "none" : "some",
        $"{Median(samples, sample => sample.ServerMicroseconds):F0}",
        engine == "PostgreSQL" ? $"{Median(samples, sample => sample.PostgresMicroseconds):F0}" : "");
}

/// <summary>Where forms go.</summary>
/// <param name="Path">Below the server's address.</param>
/// <param name="Authorization">The header of that name; null for none.</param>
/// <param name="Expected">What has to stand in a good answer.</param>
internal sealed record Target(string Path = "oauth/token", string? Authorization = null, string Expected = "");
