using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ApiConnections.Benchmarks.Load;

namespace ApiConnections.Benchmarks.Token;

/// <summary>Codes made beforehand, each redeemed once, durable, beside client credentials on the same server; the two take turns.</summary>
internal static class CodeBench
{
    private const int Rounds = 3;
    private const int CodesPerRound = 20_000;
    private const int CodesPerPerson = 4; // well below the bound on devices
    private static readonly int[] connections = [64, 256];
    private static readonly TimeSpan control = TimeSpan.FromSeconds(6);

    private sealed record Sample(double Rate, double Control, double P50, double P99, int Errors, double ServerMicroseconds, double PostgresMicroseconds);

    public static async Task Run()
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var table = new MarkdownTable("code to tokens, durable", "connections", "requests/s", "client credentials/s", "ratio", "p50 ms", "p99 ms", "errors", "server CPU µs per request", "PostgreSQL CPU µs per request");
        foreach (var engine in BenchInstallation.Engines)
            await Measure(engine, table);

        table.Print(Console.Out);
    }

    private static async Task Measure(string engine, MarkdownTable table)
    {
        using var installation = await BenchInstallation.New(engine);
        var app = await installation.App();
        var form = await CodeForms.Prepare(installation, app);
        using var server = ChildProcess.Start(TokenServer.Command, JsonSerializer.Serialize(installation.Settings));
        var url = new Uri(await server.ReadLine());
        Task<Wrk.Result> Machine() => Wrk.Post(url + "oauth/token", "grant_type=client_credentials", installation.Authorization, control);

        await Machine();
        await FormLoad.Run(url, await form.Make(CodesPerRound / 4, CodesPerPerson), 64);
        foreach (var width in connections)
        {
            var samples = new List<Sample>();
            for (var round = 0; round < Rounds; round++)
            {
                var codes = await form.Make(CodesPerRound, CodesPerPerson);
                var machine = await Machine();
                var (cpu, postgres) = (server.CpuSeconds(), PostgresCpu(engine));
                var result = await FormLoad.Run(url, codes, width);
                samples.Add(new Sample(
                    result.PerSecond,
                    machine.RequestsPerSecond,
                    result.P50,
                    result.P99,
                    result.Errors,
                    (server.CpuSeconds() - cpu) * 1e6 / CodesPerRound,
                    (PostgresCpu(engine) - postgres) * 1e6 / CodesPerRound));
            }

            Row(table, engine, width, samples);
        }
    }

    private static void Row(MarkdownTable table, string engine, int width, List<Sample> samples) => table.Add(
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
