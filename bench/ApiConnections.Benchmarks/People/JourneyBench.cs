using System.Globalization;
using System.Text.Json;
using ApiConnections.Benchmarks.Load;
using ApiConnections.Benchmarks.Token;

namespace ApiConnections.Benchmarks.People;

/// <summary>Signed-in people of one company who are asked every time: authorize, consent page, Allow, code to tokens; 256 journeys in flight.</summary>
internal static class JourneyBench
{
    private const int InFlight = 256;
    private static readonly TimeSpan warmUp = TimeSpan.FromSeconds(20); // until the runtime has compiled the pages for good
    private static readonly TimeSpan round = TimeSpan.FromSeconds(10);

    /// <param name="engines">Only these; none: every database there is.</param>
    public static async Task Run(string[] engines)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var table = new MarkdownTable("consent journeys, 256 in flight, one company", "journeys/s", "p50 ms", "p99 ms", "errors", "server CPU µs per journey");
        foreach (var engine in engines is [] ? BenchInstallation.Engines : engines)
            await Measure(engine, table);

        table.Print(Console.Out);
    }

    private static async Task Measure(string engine, MarkdownTable table)
    {
        using var installation = await BenchInstallation.New(engine);
        var app = await installation.App();
        var cookies = await SignedInPeople.Make(installation, app, InFlight);
        using var server = ChildProcess.Start(TokenServer.Command, JsonSerializer.Serialize(installation.Settings));
        using var browsers = new Browsers(new Uri(await server.ReadLine()), app, cookies);

        await browsers.Travel(warmUp);
        var cpu = server.CpuSeconds();
        var (times, errors) = await browsers.Travel(round);
        cpu = server.CpuSeconds() - cpu;
        times.Sort();
        table.Add(
            engine,
            $"{times.Count / round.TotalSeconds:N0}",
            $"{times[times.Count / 2]:F0}",
            $"{times[times.Count * 99 / 100]:F0}",
            errors == 0 ? "none" : $"{errors}",
            $"{cpu * 1e6 / times.Count:N0}");
    }
}
