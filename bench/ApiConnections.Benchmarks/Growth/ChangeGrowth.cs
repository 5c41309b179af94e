using System.Diagnostics;
using ApiConnections.Benchmarks.Load;
using ApiConnections.Benchmarks.Token;
using static ApiConnections.Benchmarks.Load.Medians;

namespace ApiConnections.Benchmarks.Growth;

/// <summary>No revocations in force, and 100,000 of them.</summary>
internal static class ChangeGrowth
{
    private const int Many = 100_000;
    private const int Consumers = 1_000;

    public static async Task Run(GrowthRun run)
    {
        var table = new MarkdownTable("live changes", "client credentials/s", "p99 ms", "MB resident", "start, ms", "MB of database", "a new listener is told all of them in ms");
        var plot = new Plot("Revocations in force", "growth-changes.svg");
        foreach (var count in (int[])[0, Many])
        {
            using var installation = await BenchInstallation.New("PostgreSQL");
            var seeds = new Seeds(installation);
            await seeds.Consumers(Consumers);
            await seeds.Changes(count);
            await installation.Settle();
            using var node = await Node.StartTimed(installation, run.Binary);
            var forms = new Forms([.. Enumerable.Range(1, Consumers).Select(Seeds.ConsumerForm)], MayRepeat: true);
            await node.Send(forms, run.Turn);
            var results = new List<Wrk.Result>();
            for (var round = 0; round < run.Rounds; round++)
                results.Add(await node.Send(forms, run.Turn));

            var start = Stopwatch.GetTimestamp();
            (await FeedListeners.Connect(node.Url, installation.ApiAuthorization, 1)).Dispose();
            var told = Stopwatch.GetElapsedTime(start).TotalMilliseconds;

            var (rate, p99, database) = (Median(results.Select(result => result.RequestsPerSecond)), Median(results.Select(result => result.Latency.P99)), await seeds.Megabytes());
            table.Add($"{count:N0}", $"{rate:N0}", $"{p99:F1}", $"{node.Memory:F0}", $"{node.StartMilliseconds:F0}", $"{database:N0}", $"{told:F0}");
            plot.Add("tokens/s", $"{count:N0}", rate);
            plot.Add("p99 ms", $"{count:N0}", p99);
            plot.Add("MB resident", $"{count:N0}", node.Memory);
            plot.Add("start, ms", $"{count:N0}", node.StartMilliseconds);
            plot.Add("told all, ms", $"{count:N0}", told);
        }

        table.Print(Console.Out);
        plot.Save(run.Plots);
    }
}
