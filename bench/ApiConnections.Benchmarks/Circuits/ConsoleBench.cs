using System.Globalization;
using ApiConnections.Benchmarks.Growth;
using ApiConnections.Benchmarks.People;
using ApiConnections.Benchmarks.Token;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Benchmarks.Circuits;

/// <summary>What the console costs the published server and the browser: start and memory before anybody opens it, the bytes of a first load, the memory of a hundred open ones.</summary>
internal static class ConsoleBench
{
    private const string List = "settings/api-connections/consumers";
    private const int Consumers = 60;
    private const int Open = 100;

    /// <param name="args">The published server, then --check.</param>
    public static async Task Run(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        using var installation = await BenchInstallation.New("SQLite");
        await MakeConsumers(installation);
        var administrator = (await SignedInPeople.Make(installation, installation.Key, 1, UserRole.SuperAdministrator))[0];
        using var server = await Node.StartTimed(installation, Path.GetFullPath(args[0]));
        var found = new Measured { ["console start"] = server.StartMilliseconds, ["console memory before"] = server.Memory };

        await using var browser = await ConsoleBrowser.Start(server.Url, administrator);
        var load = await browser.FirstLoad(List);
        (found["console bytes"], found["console other hosts"]) = (load.Bytes, load.OtherHosts);

        // The first console is open and its code is loaded: what is left to grow is what each one more costs.
        var one = await Collected(server);
        await browser.Open(List, Open - 1);
        var full = await Collected(server);
        if (browser.Connections is var alive && alive < Open)
            throw new InvalidOperationException($"Only {alive} of {Open} consoles are connected.");

        found["console memory of each"] = (full - one) / (Open - 1);
        found["console memory of each, from none"] = (full - found["console memory before"]) / Open;

        var table = new MarkdownTable("console of the published server, SQLite", "");
        table.Add("process start to first token, ms, median of 3", $"{found["console start"]:F0}");
        table.Add("MB resident before anybody opens the console", $"{found["console memory before"]:F0}");
        table.Add($"first load of the list of consumers in Chromium: KB over the wire, {load.Requests} requests", $"{load.Bytes / 1000:F0}");
        table.Add("requests of it to other hosts", $"{load.OtherHosts}");
        table.Add("MB resident with one console open, after a forced collection", $"{one:F0}");
        table.Add($"MB resident with {Open} consoles open, after a forced collection", $"{full:F0}");
        table.Add("MB for each console more", $"{found["console memory of each"]:F2}");
        table.Add($"MB for each of {Open}, with all that the first one loads", $"{found["console memory of each, from none"]:F2}");
        table.Print(Console.Out);
        if (!Figures.HoldConsole(found) && args.Contains("--check"))
            Environment.ExitCode = 1;
    }

    private static async Task<double> Collected(Node server)
    {
        await ForcedCollection.Of(server.ProcessId);
        return server.Memory;
    }

    private static async Task MakeConsumers(BenchInstallation installation)
    {
        await using var database = installation.Open();
        var made = await database.Write<bool>(async session =>
        {
            var one = (await ConsumerStore.Find(session, installation.Key))!;
            for (var i = 0; i < Consumers; i++)
                await ConsumerStore.Insert(session, one with { Key = PublicKey.New(), Name = $"Integration {i}" });
            return true;
        });
        if (!made.TryGet(out _, out _))
            throw new InvalidOperationException("The consumers were refused.");
    }
}
