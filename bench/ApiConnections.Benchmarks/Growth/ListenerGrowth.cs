using System.Diagnostics;
using ApiConnections.Benchmarks.Token;

namespace ApiConnections.Benchmarks.Growth;

/// <summary>One and 2,000 APIs on the feed of one node: what they weigh, and when the last of them hears of a revocation.</summary>
internal static class ListenerGrowth
{
    private const int Revocations = 20;

    public static async Task Run(GrowthRun run)
    {
        using var installation = await BenchInstallation.New("PostgreSQL");
        var app = await installation.App();
        using var node = await Node.StartTimed(installation, run.Binary);
        using var http = new HttpClient { BaseAddress = node.Url };
        var devices = new Queue<string>((await RefreshBench.Forms(installation, app, 1_000)).Bodies);

        var table = new MarkdownTable("listeners on one node", "MB resident", "revocations", "heard by all after ms, p50", "most ms", "listeners lost");
        var plot = new Plot("Listeners on the revocation feed of one node", "growth-listeners.svg");
        double? before = null;
        foreach (var count in (int[])[1, 100, 2_000])
        {
            using var listeners = await FeedListeners.Connect(node.Url, installation.ApiAuthorization, count);
            var times = new List<double>();
            for (var i = 0; i < Revocations; i++)
                times.Add(await Revoke(http, app, devices.Dequeue(), listeners));

            var memory = node.Memory;
            before ??= memory;
            times.Sort();
            table.Add($"{count:N0}", $"{memory:F0}", $"{Revocations}", $"{times[Revocations / 2]:F0}", $"{times[^1]:F0}", $"{listeners.Lost}");
            plot.Add("MB resident", $"{count:N0}", memory);
            plot.Add("heard by all, most ms", $"{count:N0}", times[^1]);
            if (count == 2_000)
                (run.Found["listeners memory"], run.Found["listeners reached"]) = (memory - before, times[^1]);
        }

        table.Print(Console.Out);
        plot.Save(run.Plots);
    }

    // From the answer to the revocation to the last listener that has it.
    private static async Task<double> Revoke(HttpClient http, string app, string device, FeedListeners listeners)
    {
        var heard = listeners.NextRevocation();
        using var form = new FormUrlEncodedContent([new("client_id", app), new("token", device[(device.LastIndexOf('=') + 1)..])]);
        using var answer = await http.PostAsync(new Uri("/oauth/revoke", UriKind.Relative), form);
        answer.EnsureSuccessStatusCode();
        var answered = Stopwatch.GetTimestamp();
        return Math.Max(0, Stopwatch.GetElapsedTime(answered, await heard).TotalMilliseconds);
    }
}
