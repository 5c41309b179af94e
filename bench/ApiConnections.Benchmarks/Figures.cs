using ApiConnections.Benchmarks.Peers;

namespace ApiConnections.Benchmarks;

/// <summary>The figures that are asked for, all of them; <c>--check</c> holds a run against those of its command.</summary>
internal static class Figures
{
    private const string Machine = Grants.ClientCredentials;

    private static readonly Figure[] beside =
    [
        .. Own.Names.SelectMany(own => (Figure[])
        [
            Figure.AtLeast(0.33, $"{Machine}: {own} × {PeerNames.Control}", found => found.Ratio($"{Machine}/{own}", $"{Machine}/{PeerNames.Control}")),
            Times(2.3, Machine, own, PeerNames.WithoutStorage),
            Times(50, Machine, own, PeerNames.OnPostgres),
            Times(3, Machine, own, PeerNames.OidcProvider),
            Times(20, Grants.Refresh, own, PeerNames.OnPostgres),
            Times(1, Grants.Refresh, own, PeerNames.OidcProvider),
        ]),
    ];

    private static readonly Figure[] growth =
    [
        Figure.AtLeast(0.9, "consumers: client credentials, 10,000 of 1,000,000 consumers × 3 consumers", found => found.Ratio("consumers/1000000", "consumers/3")),
        Figure.AtMost(250, "consumers: MB resident with 10,000 of 1,000,000 consumers at work", found => found["consumers memory/1000000"]),
        Figure.AtMost(600, "consumers: ms to the first token with 1,000,000 consumers", found => found["consumers start/1000000"]),
        Figure.AtMost(1.1, "consumers: times that a cold consumer is read", found => found["cold reads"]),
        Figure.AtLeast(10_000, "consumers: client credentials a second, every consumer cold", found => found["cold"]),
        Figure.AtLeast(0.9, "authorizations: refresh, 1,000,000 authorizations × 1,000", found => found.Ratio("refresh/1000000", "refresh/1000")),
        Figure.AtMost(200, "listeners: MB more with 2,000 feed listeners", found => found["listeners memory"]),
        Figure.AtMost(500, "listeners: ms until a revocation reached all 2,000 listeners", found => found["listeners reached"]),
        Figure.AtLeast(0.9, "nodes: client credentials, 2 nodes × 1", found => found.Ratio("nodes/2", "nodes/1")),
    ];

    private static readonly Figure[] console =
    [
        Figure.AtMost(600, "console: ms from the process's start to the first token", found => found["console start"]),
        Figure.AtMost(130, "console: MB resident before anybody opens it", found => found["console memory before"]),
        Figure.AtMost(250_000, "console: bytes of a first load", found => found["console bytes"]),
        Figure.AtMost(0, "console: requests of a first load to other hosts", found => found["console other hosts"]),
        Figure.AtMost(4, "console: MB for each of 100 open ones", found => found["console memory of each"]),
    ];

    private static readonly Figure[] telemetry =
    [
        Figure.AtMost(1.03, "telemetry: server CPU per token, first quarter of the rounds, on × off", found => found["telemetry"]),
    ];

    private static IEnumerable<Figure> Log(string engine) =>
    [
        Figure.AtLeast(200_000, $"log: records verified a second, {engine}", found => found[$"log verified/{engine}"]),
        Figure.AtMost(300, $"log: ms for the slowest page of 10,000,000 records, {engine}", found => found[$"log page/{engine}"]),
        Figure.AtMost(60, $"log: MB that 1,000,000 records as CSV make the server grow, {engine}", found => found[$"log growth csv/{engine}"]),
        Figure.AtMost(60, $"log: MB that 1,000,000 records as JSON lines make the server grow, {engine}", found => found[$"log growth jsonl/{engine}"]),
    ];

    /// <summary>Names what falls short, or was not measured.</summary>
    /// <param name="grants">Only figures of these are looked at.</param>
    /// <returns>Whether everything holds.</returns>
    public static bool HoldPeers(Measured found, IReadOnlyCollection<string> grants) => Hold(beside, grants, found);

    /// <summary>The same for the bench of growth.</summary>
    public static bool HoldGrowth(Measured found, IReadOnlyCollection<string> parts) => Hold(growth, parts, found);

    /// <summary>The same for the bench of the console.</summary>
    public static bool HoldConsole(Measured found) => Hold(console, ["console"], found);

    /// <summary>The same for the bench of telemetry.</summary>
    public static bool HoldTelemetry(Measured found) => Hold(telemetry, ["telemetry"], found);

    /// <summary>The same for the bench of the transactions log.</summary>
    public static bool HoldLog(Measured found, IReadOnlyCollection<string> engines) => Hold([.. engines.SelectMany(Log)], ["log"], found);

    private static Figure Times(double bound, string grant, string own, string peer) =>
        Figure.AtLeast(bound, $"{grant}: {own} × {peer}", found => found.Ratio($"{grant}/{own}", $"{grant}/{peer}"));

    // A figure's name begins with what measures it.
    private static bool Hold(Figure[] figures, IReadOnlyCollection<string> measured, Measured found)
    {
        var all = true;
        Console.WriteLine();
        foreach (var figure in figures.Where(figure => measured.Contains(figure.Name.Split(':')[0])))
        {
            var holds = figure.Holds(found, out var line);
            all &= holds;
            Console.WriteLine($"{(holds ? "holds" : "FALLS SHORT")}: {line}");
        }

        return all;
    }
}

/// <summary>One figure with its bound.</summary>
internal sealed record Figure(string Name, double Bound, bool IsLeast, Func<Measured, double?> Of)
{
    public static Figure AtLeast(double bound, string name, Func<Measured, double?> of) => new(name, bound, true, of);

    public static Figure AtMost(double bound, string name, Func<Measured, double?> of) => new(name, bound, false, of);

    public bool Holds(Measured found, out string line)
    {
        var value = Of(found);
        line = $"{Name}: {(value is { } known ? $"{known:#,0.###}" : "not measured")}, asked {(IsLeast ? "≥" : "≤")} {Bound:#,0.##}";
        return value is { } measured && (IsLeast ? measured >= Bound : measured <= Bound);
    }
}
