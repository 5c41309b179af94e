using System.Globalization;
using ApiConnections.Benchmarks.Load;
using ApiConnections.Benchmarks.Token;
using static ApiConnections.Benchmarks.Load.Medians;

namespace ApiConnections.Benchmarks.Peers;

/// <summary>The same requests to the published server, its peers and a plain endpoint, in turns, so that a busy machine is unfair to none.</summary>
internal static class PeersBench
{
    private const string PostgresVariable = "API_CONNECTIONS_BENCH_POSTGRES";

    /// <param name="args">The published server, the folder of the published peers, then --check, --quick and the names of grants; none: all.</param>
    public static async Task Run(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var quick = args.Contains("--quick");
        string[] grants = [.. Grants.All.Where(args.Contains)];
        grants = grants is [] ? Grants.All : grants;

        var installations = new List<BenchInstallation>();
        var running = new List<RunningPeer>();
        try
        {
            foreach (var peer in await All(Path.GetFullPath(args[0]), Path.GetFullPath(args[1]), installations))
            {
                if (await RunningPeer.Start(peer) is { } started)
                    running.Add(started);
            }

            var found = new Measured();
            foreach (var grant in grants)
            {
                // What is sent once has to be made before: a longer turn would need more of it than a peer makes in good time.
                await Measure(running, grant, quick ? 1 : 3, TimeSpan.FromSeconds(quick || grant is Grants.Refresh or Grants.Code ? 2 : 3));
                Tell(running, grant, found);
            }

            TellSize(running);
            if (!Figures.HoldPeers(found, grants) && args.Contains("--check"))
                Environment.ExitCode = 1;
        }
        finally
        {
            running.ForEach(peer => peer.Dispose());
            installations.ForEach(installation => installation.Dispose());
        }
    }

    private static async Task<List<Peer>> All(string binary, string folder, List<BenchInstallation> installations)
    {
        var peers = new List<Peer> { Others.Control(folder), Others.FormControl(folder) };
        foreach (var engine in BenchInstallation.Engines)
        {
            installations.Add(await BenchInstallation.New(engine));
            peers.Add(await Own.On(engine, installations[^1], binary));
        }

        peers.Add(Others.WithoutStorage(folder));
        if (Environment.GetEnvironmentVariable(PostgresVariable) is { Length: > 0 } server)
            peers.Add(await Others.OnPostgres(folder, server));
        else
            Console.WriteLine($"{PeerNames.OnPostgres} is left out: {PostgresVariable} names no server");

        peers.Add(Others.OidcProvider(folder));
        return peers;
    }

    private static async Task Measure(List<RunningPeer> running, string grant, int rounds, TimeSpan turn)
    {
        var control = running.Find(peer => peer.Peer.Name == PeerNames.Control);
        if (control is not null)
            await Warm(control, Grants.ClientCredentials, turn);
        var able = running.FindAll(peer => peer != control && peer.Peer.Does.ContainsKey(grant));
        foreach (var peer in able)
            await Warm(peer, grant, turn);

        for (var round = 0; round < rounds; round++)
        {
            var plain = control is null ? double.NaN : Kept(control, grant, await control.Take(Grants.ClientCredentials, turn, double.NaN)).Rate;
            foreach (var peer in round % 2 == 0 ? able : able.AsEnumerable().Reverse())
            {
                if (await Turn(peer, grant, turn, plain) is { } sample)
                    Kept(peer, grant, sample);
            }
        }
    }

    // Until nothing is compiled anew any more.
    private static async Task Warm(RunningPeer peer, string grant, TimeSpan turn)
    {
        for (var i = 0; i < (grant == Grants.ClientCredentials ? 3 : 1); i++)
            await Turn(peer, grant, turn, double.NaN);
    }

    private static async Task<RunningPeer.Sample?> Turn(RunningPeer peer, string grant, TimeSpan turn, double control)
    {
        try
        {
            return await peer.Take(grant, turn, control);
        }
        catch (Exception failure) when (failure is InvalidOperationException or HttpRequestException)
        {
            Console.WriteLine($"{peer.Peer.Name}, {Grants.Title(grant)}: {failure.Message}");
            return null;
        }
    }

    private static RunningPeer.Sample Kept(RunningPeer peer, string grant, RunningPeer.Sample sample)
    {
        if (!peer.Samples.TryGetValue(grant, out var samples))
            peer.Samples[grant] = samples = [];
        samples.Add(sample);
        return sample;
    }

    private static void Tell(List<RunningPeer> running, string grant, Measured found)
    {
        var table = new MarkdownTable($"{Grants.Title(grant)}, {Wrk.Connections} connections", "requests/s, median", "least", "most", "ratio to control", "p99 ms", "server CPU µs per request", "PostgreSQL CPU µs per request", "turns with errors");
        foreach (var peer in running.Where(peer => peer.Samples.ContainsKey(grant) || peer.Peer.Does.ContainsKey(grant) || peer.Peer.Lacks.ContainsKey(grant)))
            table.Add(Row(peer, grant, found));
        table.Print(Console.Out);
    }

    private static void TellSize(List<RunningPeer> running)
    {
        var size = new MarkdownTable("server", "process start to first answer, ms", "MB resident then", "MB resident after");
        foreach (var peer in running)
            size.Add(peer.Peer.Name, $"{peer.StartMilliseconds:F0}", $"{peer.MemoryAtStart:F0}", $"{peer.Memory:F0}");
        size.Print(Console.Out);
    }

    private static string[] Row(RunningPeer peer, string grant, Measured found)
    {
        if (peer.Peer.Lacks.TryGetValue(grant, out var why))
            return [peer.Peer.Name, why, "", "", "", "", "", "", ""];

        var all = peer.Samples.GetValueOrDefault(grant, []);
        var good = all.FindAll(sample => sample.AllGood); // one with errors says nothing of the rest
        if (good.Count == 0)
            return [peer.Peer.Name, "no good turn", "", "", "", "", "", "", $"{all.Count} of {all.Count}"];

        var rate = Median(good, sample => sample.Rate);
        found[$"{grant}/{peer.Peer.Name}"] = rate;
        return
        [
            peer.Peer.Name, $"{rate:N0}", $"{good.Min(sample => sample.Rate):N0}", $"{good.Max(sample => sample.Rate):N0}",
            peer.Peer.Name == PeerNames.Control ? "1.00" : $"{Median(good, sample => sample.Rate / sample.Control):0.000}",
            $"{Median(good, sample => sample.P99):F1}", $"{Median(good, sample => sample.ServerMicroseconds):F0}",
            peer.Peer.UsesPostgres ? $"{Median(good, sample => sample.PostgresMicroseconds):F0}" : "", all.Count == good.Count ? "none" : $"{all.Count - good.Count} of {all.Count}",
        ];
    }
}
