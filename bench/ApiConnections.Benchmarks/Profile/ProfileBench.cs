using System.Globalization;
using ApiConnections.Benchmarks.Growth;
using ApiConnections.Benchmarks.Load;
using ApiConnections.Benchmarks.Token;

namespace ApiConnections.Benchmarks.Profile;

/// <summary>Where the time and the memory of a request go in the published server: client credentials and refresh, by step.</summary>
internal static class ProfileBench
{
    private static readonly TimeSpan warmUp = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan turn = TimeSpan.FromSeconds(8);
    private const int RefreshesPerSecond = 14_000; // more than there can be

    /// <param name="args">The path of the server.</param>
    public static async Task Run(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        foreach (var engine in BenchInstallation.Engines)
            await Measure(engine, args[0]);
    }

    private static async Task Measure(string engine, string binary)
    {
        using var installation = await BenchInstallation.New(engine);
        var app = await installation.App();
        foreach (var (name, value) in CpuProfile.Environment)
            installation.Settings[name] = value;
        using var node = await Node.Start(installation, binary);

        var token = node.Url + "oauth/token";
        await Profile($"client credentials, {engine}", node, _ => Task.FromResult<Func<TimeSpan, Task<Wrk.Result>>>(
            duration => Wrk.Post(token, "grant_type=client_credentials", installation.Authorization, duration)));
        await Profile($"refresh with rotation, {engine}", node, async longest =>
        {
            var forms = await RefreshBench.Forms(installation, app, (int)(longest.TotalSeconds * RefreshesPerSecond));
            await installation.Settle();
            return duration => node.Send(forms, duration);
        });
    }

    // What is sent is made before the clock runs.
    private static async Task Profile(string what, Node node, Func<TimeSpan, Task<Func<TimeSpan, Task<Wrk.Result>>>> prepare)
    {
        await (await prepare(warmUp))(warmUp);
        var load = await prepare(turn);
        var (cpu, microseconds) = await CpuProfile.Of(node, turn, () => load(turn));
        load = await prepare(turn);
        var (memory, bytes) = await AllocationProfile.Of(node, () => load(turn));

        var table = new MarkdownTable(what, "CPU µs", "share", "bytes allocated", "share");
        foreach (var step in cpu.Keys.Union(memory.Keys).OrderByDescending(step => cpu.GetValueOrDefault(step)))
        {
            var (time, space) = (cpu.GetValueOrDefault(step), memory.GetValueOrDefault(step));
            table.Add(step, $"{time * microseconds:F1}", $"{time:P0}", $"{space * bytes:N0}", $"{space:P0}");
        }

        table.Add("together", $"{microseconds:F1}", "", $"{bytes:N0}", "");
        table.Print(Console.Out);
    }
}
