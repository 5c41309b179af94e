using ApiConnections.Benchmarks.Load;
using ApiConnections.Benchmarks.Token;
using static ApiConnections.Benchmarks.Load.Medians;

namespace ApiConnections.Benchmarks.Growth;

/// <summary>3, 1,000 and a million consumers: as many of them at work as a node keeps with ease, each only once, and one alone.</summary>
internal static class ConsumerGrowth
{
    private const int WorkingSet = 10_000;
    private const int ColdForms = 90_000; // more than a turn can use

    private sealed record Size(int Consumers, string Name, BenchInstallation Installation, Seeds Seeds, Node Node)
    {
        public List<Wrk.Result> Results { get; } = [];
    }

    public static async Task Run(GrowthRun run)
    {
        var sizes = new List<Size>();
        try
        {
            foreach (var count in (int[])[3, 1_000, run.Million])
                sizes.Add(await Prepare(run, count));

            var largest = sizes[^1];
            foreach (var size in sizes)
                await size.Node.Send(Working(size.Consumers), run.Turn); // warm, and known
            for (var round = 0; round < run.Rounds; round++)
            {
                foreach (var size in round % 2 == 0 ? sizes : sizes.AsEnumerable().Reverse())
                    size.Results.Add(await size.Node.Send(Working(size.Consumers), run.Turn));
            }

            await Tell(run, sizes);
            await Cold(run, largest);
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
        var seeds = new Seeds(installation);
        await seeds.Consumers(count);
        await installation.Settle();
        return new Size(count, count == run.Million ? "1000000" : $"{count}", installation, seeds, await Node.StartTimed(installation, run.Binary));
    }

    private static Forms Working(int consumers) => new([.. Enumerable.Range(1, Math.Min(consumers, WorkingSet)).Select(Seeds.ConsumerForm)], MayRepeat: true);

    private static async Task Tell(GrowthRun run, List<Size> sizes)
    {
        var table = new MarkdownTable("consumers, up to 10,000 of them at work", "client credentials/s", "least", "most", "p99 ms", "MB resident", "start, ms", "MB of database");
        var plot = new Plot("Consumers in the installation, up to 10,000 of them at work", "growth-consumers.svg");
        foreach (var size in sizes)
        {
            var (rate, p99, memory) = (Median(size.Results.Select(result => result.RequestsPerSecond)), Median(size.Results.Select(result => result.Latency.P99)), size.Node.Memory);
            var database = await size.Seeds.Megabytes();
            table.Add($"{size.Consumers:N0}", $"{rate:N0}", $"{size.Results.Min(result => result.RequestsPerSecond):N0}", $"{size.Results.Max(result => result.RequestsPerSecond):N0}", $"{p99:F1}", $"{memory:F0}", $"{size.Node.StartMilliseconds:F0}", $"{database:N0}");
            plot.Add("tokens/s", $"{size.Consumers:N0}", rate);
            plot.Add("p99 ms", $"{size.Consumers:N0}", p99);
            plot.Add("MB resident", $"{size.Consumers:N0}", memory);
            plot.Add("start, ms", $"{size.Consumers:N0}", size.Node.StartMilliseconds);
            plot.Add("MB of database", $"{size.Consumers:N0}", database);
            run.Found["consumers/" + size.Name] = rate;
            run.Found["consumers memory/" + size.Name] = memory;
            run.Found["consumers start/" + size.Name] = size.Node.StartMilliseconds;
        }

        table.Print(Console.Out);
        plot.Save(run.Plots);
    }

    // Each asks for the first time since the node started.
    private static async Task Cold(GrowthRun run, Size size)
    {
        var numbers = Enumerable.Range(WorkingSet + 1, size.Consumers - WorkingSet).ToArray();
        Random.Shared.Shuffle(numbers);
        var turns = new List<(Wrk.Result Result, double Reads, double Keys, double Server, double Postgres)>();
        for (var round = 0; round < run.Rounds; round++)
        {
            var forms = new Forms([.. numbers.Skip(round * ColdForms).Take(ColdForms).Select(Seeds.ConsumerForm)], MayRepeat: false);
            var before = await size.Seeds.Reads();
            var (cpu, postgres) = (size.Node.CpuSeconds, ChildProcess.CpuSecondsOf("postgres"));
            var result = await size.Node.Send(forms, run.Turn);
            var (server, database) = (size.Node.CpuSeconds - cpu, ChildProcess.CpuSecondsOf("postgres") - postgres);
            var after = await size.Seeds.Reads();
            double each = result.Requests;
            turns.Add((result, (after.Consumers - before.Consumers) / each, (after.Keys - before.Keys) / each, server * 1e6 / each, database * 1e6 / each));
        }

        var hot = new List<Wrk.Result>();
        for (var round = 0; round < run.Rounds; round++)
            hot.Add(await size.Node.Send(new Forms([Seeds.ConsumerForm(1)], MayRepeat: true), run.Turn));

        var table = new MarkdownTable($"of {size.Consumers:N0} consumers", "client credentials/s", "p99 ms", "consumers read, a request", "searches of their primary key, a request, with those of the request log", "server CPU µs", "PostgreSQL CPU µs", "MB resident after");
        var rate = Median(turns.Select(turn => turn.Result.RequestsPerSecond));
        run.Found["cold"] = rate;
        run.Found["cold reads"] = Median(turns.Select(turn => turn.Reads));
        table.Add(
            "each for the first time", $"{rate:N0}", $"{Median(turns.Select(turn => turn.Result.Latency.P99)):F1}", $"{Median(turns.Select(turn => turn.Reads)):F2}",
            $"{Median(turns.Select(turn => turn.Keys)):F2}", $"{Median(turns.Select(turn => turn.Server)):F0}", $"{Median(turns.Select(turn => turn.Postgres)):F0}", $"{size.Node.Memory:F0}");
        table.Add("one alone", $"{Median(hot.Select(result => result.RequestsPerSecond)):N0}", $"{Median(hot.Select(result => result.Latency.P99)):F1}", "", "", "", "", "");
        table.Print(Console.Out);
    }
}
