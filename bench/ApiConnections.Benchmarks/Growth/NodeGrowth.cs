using ApiConnections.Benchmarks.Load;
using ApiConnections.Benchmarks.Token;
using static ApiConnections.Benchmarks.Load.Medians;

namespace ApiConnections.Benchmarks.Growth;

/// <summary>One node, and two on the same PostgreSQL and the same cores, under the same number of connections.</summary>
internal static class NodeGrowth
{
    private const int Consumers = 1_000;

    public static async Task Run(GrowthRun run)
    {
        using var installation = await BenchInstallation.New("PostgreSQL");
        var seeds = new Seeds(installation);
        await seeds.Consumers(Consumers);
        await installation.Settle();
        using var one = await Node.StartTimed(installation, run.Binary);
        using var two = await Node.Start(installation, run.Binary);
        var forms = new Forms([.. Enumerable.Range(1, Consumers).Select(Seeds.ConsumerForm)], MayRepeat: true);

        await one.Send(forms, run.Turn);
        await two.Send(forms, run.Turn);
        var (alone, together) = (new List<(double Rate, double P99)>(), new List<(double Rate, double P99)>());
        for (var round = 0; round < run.Rounds; round++)
        {
            // Two generators in both cases: a second one alone would take time from the nodes.
            alone.Add(Sum(await Task.WhenAll(Half(one), Half(one))));
            together.Add(Sum(await Task.WhenAll(Half(one), Half(two))));
        }

        var table = new MarkdownTable("nodes on two cores", "client credentials/s", "p99 ms", "MB resident, each");
        var plot = new Plot("Nodes on one PostgreSQL and the same two cores", "growth-nodes.svg");
        Tell("1", alone, $"{one.Memory:F0}");
        Tell("2", together, $"{one.Memory:F0}, {two.Memory:F0}");
        table.Print(Console.Out);
        plot.Save(run.Plots);

        Task<Wrk.Result> Half(Node node) => node.Send(forms, run.Turn, Wrk.Connections / 2);

        void Tell(string nodes, List<(double Rate, double P99)> turns, string memory)
        {
            var (rate, p99) = (Median(turns.Select(turn => turn.Rate)), Median(turns.Select(turn => turn.P99)));
            table.Add(nodes, $"{rate:N0}", $"{p99:F1}", memory);
            plot.Add("tokens/s, all nodes", nodes, rate);
            plot.Add("p99 ms", nodes, p99);
            run.Found["nodes/" + nodes] = rate;
        }
    }

    private static (double Rate, double P99) Sum(Wrk.Result[] halves) => (halves.Sum(half => half.RequestsPerSecond), halves.Max(half => half.Latency.P99));
}
