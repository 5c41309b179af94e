using System.Diagnostics;
using System.Globalization;
using ApiConnections.Benchmarks.Growth;
using ApiConnections.Benchmarks.Load;

namespace ApiConnections.Benchmarks.Profile;

/// <summary>Samples of the processor by <c>perf</c> (Debian package <c>linux-perf</c>): also of OpenSSL, of SQLite and of the kernel, which no profiler of the runtime sees.</summary>
internal static class CpuProfile
{
    /// <summary>What lets perf name compiled methods: without images that were compiled before, and with their code where the map says.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["DOTNET_PerfMapEnabled"] = "1",
        ["DOTNET_ReadyToRun"] = "0",
        ["DOTNET_EnableWriteXorExecute"] = "0",
    };

    /// <returns>The share of each step, and the processor time of a request.</returns>
    public static async Task<(Dictionary<string, double> Shares, double Microseconds)> Of(Node node, TimeSpan turn, Func<Task<Wrk.Result>> load)
    {
        var data = Path.GetTempFileName();
        try
        {
            var before = node.CpuSeconds;
            var loading = load();
            await Output("perf", "record", "-q", "-F", "999", "-e", "cpu-clock", "-g", "-p", node.ProcessId.ToString(CultureInfo.InvariantCulture), "-o", data, "--", "sleep", turn.TotalSeconds.ToString(CultureInfo.InvariantCulture));
            var result = await loading;
            var microseconds = (node.CpuSeconds - before) * 1e6 / result.Requests;
            return (Shares(await Output("perf", "script", "-i", data, "-F", "comm,ip,sym,dso")), microseconds);
        }
        finally
        {
            File.Delete(data);
        }
    }

    // A sample is a line with the thread's name and one for each frame: an address, a name, and the file that it is in.
    private static Dictionary<string, double> Shares(string script) => script.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
        .Select(sample => sample.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        .Where(lines => lines.Length > 1)
        .Select(lines => Steps.Of(lines[0], [.. lines[1..].Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])]))
        .GroupBy(step => step)
        .ToDictionary(group => group.Key, group => (double)group.Count())
        .AsShares();

    private static async Task<string> Output(string program, params string[] args)
    {
        using var run = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true })!;
        var output = await run.StandardOutput.ReadToEndAsync();
        await run.WaitForExitAsync();
        return output;
    }

    public static Dictionary<string, double> AsShares(this Dictionary<string, double> counts)
    {
        var all = counts.Values.Sum();
        return counts.ToDictionary(count => count.Key, count => count.Value / all);
    }
}
