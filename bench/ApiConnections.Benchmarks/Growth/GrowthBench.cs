using System.Globalization;
using ApiConnections.Benchmarks.Token;

namespace ApiConnections.Benchmarks.Growth;

/// <summary>What becomes of rates, memory and start when there is much of everything; on PostgreSQL.</summary>
internal static class GrowthBench
{
    private static readonly (string Name, Func<GrowthRun, Task> Run)[] parts =
    [
        ("consumers", ConsumerGrowth.Run),
        ("authorizations", AuthorizationGrowth.Run),
        ("nodes", NodeGrowth.Run),
        ("listeners", ListenerGrowth.Run),
        ("changes", ChangeGrowth.Run),
    ];

    /// <param name="args">The published server, the folder for plots, then --check, --quick and the names of parts; none: all.</param>
    public static async Task Run(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (!BenchInstallation.Engines.Contains("PostgreSQL"))
            throw new InvalidOperationException("API_CONNECTIONS_BENCH_POSTGRES names no server.");

        var chosen = parts.Where(part => args.Contains(part.Name)).ToArray();
        var run = new GrowthRun(Path.GetFullPath(args[0]), Path.GetFullPath(args[1]), args.Contains("--quick"), new Measured());
        if (run.Quick)
            Console.WriteLine($"Quick: {run.Million:N0} stand for 1,000,000.");
        foreach (var (name, measure) in chosen is [] ? parts : chosen)
        {
            try
            {
                await measure(run);
            }
            catch (Exception failure) when (failure is InvalidOperationException or HttpRequestException or System.Net.Sockets.SocketException or Npgsql.NpgsqlException)
            {
                Console.WriteLine($"{name}: {failure.Message}");
            }
        }

        if (!Figures.HoldGrowth(run.Found, chosen is [] ? [.. parts.Select(part => part.Name)] : [.. chosen.Select(part => part.Name)]) && args.Contains("--check"))
            Environment.ExitCode = 1;
    }
}

/// <param name="Quick">A tenth of the rows, one short round.</param>
internal sealed record GrowthRun(string Binary, string Plots, bool Quick, Measured Found)
{
    /// <summary>How many stand for a million.</summary>
    public int Million => Quick ? 100_000 : 1_000_000;

    public int Rounds => Quick ? 1 : 3;

    public TimeSpan Turn => TimeSpan.FromSeconds(Quick ? 2 : 4);
}
