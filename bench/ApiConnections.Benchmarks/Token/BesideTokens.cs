using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ApiConnections.Benchmarks.Load;

namespace ApiConnections.Benchmarks.Token;

/// <summary>Forms made beforehand, each sent once, beside client credentials on the same server; the two take turns.</summary>
internal sealed class BesideTokens(string what)
{
    private const int Rounds = 3;
    private const int FormsPerRound = 20_000;
    private static readonly int[] connections = [64, 256];
    private static readonly TimeSpan control = TimeSpan.FromSeconds(6);

    private sealed record Sample(double Rate, double Control, double P50, double P99, int Errors, double ServerMicroseconds, double PostgresMicroseconds);

    private readonly MarkdownTable table = new(what, "connections", "requests/s", "client credentials/s", "ratio", "p50 ms", "p99 ms", "errors", "server CPU µs per request", "PostgreSQL CPU µs per request");

    /// <summary>Makes so many forms of the kind that is measured, with the server running at that address.</summary>
    public delegate Task<IReadOnlyList<byte[]>> Make(Uri server, int count);

    /// <summary>Measures on every database and prints the table.</summary>
    /// <param name="prepare">Given a database, says how forms are made, and what else a request brings.</param>
    public async Task Run(Func<BenchInstallation, Task<(Make Make, Target Target)>> prepare)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        foreach (var engine in BenchInstallation.Engines)
            await Measure(engine, prepare);

        table.Print(Console.Out);
    }

    private async Task Measure(string engine, Func<BenchInstallation, Task<(Make Make, Target Target)>> prepare)
    {
        using var installation = await BenchInstallation.New(engine);
        var (make, target) = await prepare(installation);
        using var server = ChildProcess.Start(TokenServer.Command, JsonSerializer.Serialize(installation.Settings));
        var url = new Uri(await server.ReadLine());
        Task<Wrk.Result> Machine() => Wrk.Post(url + "oauth/token", "grant_type=client_credentials", installation.Authorization, control);
        Task<FormLoad.Result> Send(IReadOnlyList<byte[]> forms, int width) => FormLoad.Run(url, forms, width, target.Path, target.Authorization, target.Expected);

        await Machine();
        await Send(await make(url, FormsPerRound / 4), 64);
        foreach (var width in connections)
        {
            var samples = new List<Sample>();
            for (var round = 0; round < Rounds; round++)
            {
                var forms = await make(url, FormsPerRound);
                var machine = await Machine();
                var (cpu, postgres) = (server.CpuSeconds(), PostgresCpu(engine));
                var result = await Send(forms, width);
                samples.Add(new Sample(
                    result.PerSecond,
                    machine.RequestsPerSecond,
                    result.P50,
                    result.P99,
                    result.Errors,
                    (server.CpuSeconds() - cpu) * 1e6 / FormsPerRound,
                    (PostgresCpu(engine) - postgres) * 1e6 / FormsPerRound));
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
        samples.Sum(sample => sample.Errors) is var errors && errors == 0 ? "none" : $"{errors}",
        $"{Median(samples, sample => sample.ServerMicroseconds):F0}",
        engine == "PostgreSQL" ? $"{Median(samples, sample => sample.PostgresMicroseconds):F0}" : "");

    private static double Median(List<Sample> samples, Func<Sample, double> of) => samples.Select(of).Order().ElementAt(samples.Count / 2);

    // All processes of that name; on a bench machine there is one cluster.
    private static double PostgresCpu(string engine) => engine == "PostgreSQL" ? Process.GetProcessesByName("postgres").Sum(Seconds) : 0;

    private static double Seconds(Process process)
    {
        using (process)
        {
            try
            {
                return process.TotalProcessorTime.TotalSeconds;
            }
            catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                return 0; // it has just ended
            }
        }
    }
}

/// <summary>Where forms go.</summary>
/// <param name="Authorization">The header of that name; null for none.</param>
/// <param name="Expected">What has to stand in a good answer.</param>
internal sealed record Target(string Path = "/oauth/token", string? Authorization = null, string Expected = "");
