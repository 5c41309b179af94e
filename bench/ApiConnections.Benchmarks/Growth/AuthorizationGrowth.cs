using ApiConnections.Benchmarks.Load;
using ApiConnections.Benchmarks.Token;
using static ApiConnections.Benchmarks.Load.Medians;

namespace ApiConnections.Benchmarks.Growth;

/// <summary>Devices refreshed, each once, where 1,000 people have allowed an app and where a million have.</summary>
internal static class AuthorizationGrowth
{
    private const int FormsPerTurn = 60_000; // more than a turn can use

    private sealed record Size(int Authorizations, string Name, string App, BenchInstallation Installation, Seeds Seeds, Node Node, Queue<Forms> Turns)
    {
        public List<Wrk.Result> Results { get; } = [];
    }

    public static async Task Run(GrowthRun run)
    {
        var sizes = new List<Size>();
        try
        {
            foreach (var count in (int[])[1_000, run.Million])
                sizes.Add(await Prepare(run, count));

            foreach (var size in sizes)
                await size.Node.Send(size.Turns.Dequeue(), run.Turn); // warm
            for (var round = 0; round < run.Rounds; round++)
            {
                foreach (var size in round % 2 == 0 ? sizes : sizes.AsEnumerable().Reverse())
                    size.Results.Add(await size.Node.Send(size.Turns.Dequeue(), run.Turn));
            }

            await Tell(run, sizes);
        }
        finally
        {
            sizes.ForEach(size =>
            {
                size.Node.Dispose();
                size.Installation.Dispose();
            });
        }
    }

    private static async Task<Size> Prepare(GrowthRun run, int count)
    {
        var installation = await BenchInstallation.New("PostgreSQL");
        var (app, seeds) = (await installation.App(), new Seeds(installation));
        var families = Math.Max(count, FormsPerTurn * (run.Rounds + 1));
        await seeds.Families(app, count, families);
        await installation.Settle();

        var numbers = Enumerable.Range(0, families).ToArray();
        Random.Shared.Shuffle(numbers);
        var turns = numbers.Chunk(FormsPerTurn).Take(run.Rounds + 1).Select(chunk => new Forms([.. chunk.Select(number => Seeds.RefreshForm(app, number))], MayRepeat: false));
        return new Size(count, count == run.Million ? "1000000" : $"{count}", app, installation, seeds, await Node.StartTimed(installation, run.Binary), new Queue<Forms>(turns));
    }

    private static async Task Tell(GrowthRun run, List<Size> sizes)
    {
        var table = new MarkdownTable("authorizations, devices refreshed", "refreshes/s", "least", "most", "p99 ms", "MB resident", "start, ms", "MB of database");
        var plot = new Plot("Authorizations with their devices", "growth-authorizations.svg");
        foreach (var size in sizes)
        {
            var (rate, p99, database) = (Median(size.Results.Select(result => result.RequestsPerSecond)), Median(size.Results.Select(result => result.Latency.P99)), await size.Seeds.Megabytes());
            table.Add($"{size.Authorizations:N0}", $"{rate:N0}", $"{size.Results.Min(result => result.RequestsPerSecond):N0}", $"{size.Results.Max(result => result.RequestsPerSecond):N0}", $"{p99:F1}", $"{size.Node.Memory:F0}", $"{size.Node.StartMilliseconds:F0}", $"{database:N0}");
            plot.Add("refreshes/s", $"{size.Authorizations:N0}", rate);
            plot.Add("p99 ms", $"{size.Authorizations:N0}", p99);
            plot.Add("MB resident", $"{size.Authorizations:N0}", size.Node.Memory);
            plot.Add("start, ms", $"{size.Authorizations:N0}", size.Node.StartMilliseconds);
            plot.Add("MB of database", $"{size.Authorizations:N0}", database);
            run.Found["refresh/" + size.Name] = rate;
        }

        table.Print(Console.Out);
        plot.Save(run.Plots);
    }
}
