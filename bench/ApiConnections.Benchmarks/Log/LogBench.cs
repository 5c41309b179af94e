using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ApiConnections.Benchmarks.Load;
using ApiConnections.Benchmarks.People;
using ApiConnections.Benchmarks.Token;
using ApiConnections.Server;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Settings.TransactionsLog;
using ApiConnections.Server.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ApiConnections.Benchmarks.Log;

/// <summary>The transactions log of a company when it is long: a chain that is verified, a list that is sent as a file, pages of ten million records.</summary>
internal static class LogBench
{
    private const int Chain = 1_000_000;
    private const long Long = 10_000_000;
    private const int Rounds = 5;

    /// <param name="args">Engines, else all; --check, --quick for a tenth of everything.</param>
    public static async Task Run(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var (found, tenth) = (new Measured(), args.Contains("--quick") ? 10 : 1);
        var table = new MarkdownTable("transactions log of one company", "");
        var engines = BenchInstallation.Engines.Any(args.Contains) ? [.. BenchInstallation.Engines.Where(args.Contains)] : BenchInstallation.Engines;
        foreach (var engine in engines)
            await Measure(engine, Chain / tenth, Long / tenth, found, table);

        table.Print(Console.Out);
        if (!Figures.HoldLog(found, engines) && args.Contains("--check"))
            Environment.ExitCode = 1;
    }

    private static async Task Measure(string engine, int chain, long all, Measured found, MarkdownTable table)
    {
        using var installation = await BenchInstallation.New(engine);
        var session = (await SignedInPeople.Make(installation, installation.Key, 1, UserRole.SuperAdministrator))[0];
        Guid company;
        await using (var app = await Start(installation))
        {
            var database = app.Services.GetRequiredService<IDatabase>();
            company = (await database.Read(CompanyStore.All))[0].Id;
            await LogSeeds.Chained(database, app.Services.GetRequiredService<AuditLog>(), company, chain);
            await installation.Settle();
            var rate = await Verify(app, company);
            found[$"log verified/{engine}"] = rate;
            table.Add($"{engine}: records verified a second, of {chain:#,0}", $"{rate:N0}");
        }

        foreach (var form in new[] { "csv", "jsonl" })
        {
            var export = await Export(installation, session, form);
            found[$"log growth {form}/{engine}"] = export.Growth;
            table.Add($"{engine}: {export.Lines:#,0} lines as {form} over HTTP: seconds; MB that the server grew meanwhile", $"{export.Seconds:F1}; {export.Growth:F0}");
        }

        await LogSeeds.Listed(installation, company, chain + 1_000, all);
        await using var filled = await Start(installation);
        await Pages(filled, engine, all, found, table);
    }

    private static async Task<WebApplication> Start(BenchInstallation installation)
    {
        var app = ApiConnectionsServer.Build(new Dictionary<string, string?>(installation.Settings) { ["Urls"] = "http://127.0.0.1:0" }, builder => builder.Logging.ClearProviders());
        await app.StartAsync();
        return app;
    }

    // The second time: what is measured is the chain, not the first look at the file.
    private static async Task<double> Verify(WebApplication app, Guid company)
    {
        var verification = app.Services.GetRequiredService<LogVerification>();
        await verification.VerifyChain(company);
        var start = Stopwatch.GetTimestamp();
        var verdict = await verification.VerifyChain(company);
        return verdict.Fault is null ? verdict.HoldsTo / Stopwatch.GetElapsedTime(start).TotalSeconds : throw new InvalidOperationException(verdict.Fault);
    }

    private static async Task<(long Lines, double Seconds, double Growth)> Export(BenchInstallation installation, string cookie, string form)
    {
        using var server = ChildProcess.Start(TokenServer.Command, JsonSerializer.Serialize(installation.Settings));
        var url = await server.ReadLine();
        using var http = new HttpClient(new HttpClientHandler { UseCookies = false }) { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Add("Cookie", "session=" + cookie);

        // What is loaded once is no growth: a short list goes before.
        await http.GetStringAsync($"{url}/settings/log.{form}?action=consumer.create");
        var (before, most, lines) = (server.Memory("VmRSS"), 0.0, 0L);
        var start = Stopwatch.GetTimestamp();
        using var answer = await http.GetAsync($"{url}/settings/log.{form}", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync();
        var buffer = new byte[256 * 1024];
        for (int read; (read = await body.ReadAsync(buffer)) > 0;)
        {
            lines += buffer.AsSpan(0, read).Count((byte)'\n');
            most = Math.Max(most, server.Memory("VmRSS"));
        }

        return (lines, Stopwatch.GetElapsedTime(start).TotalSeconds, most - before);
    }

    private static async Task Pages(WebApplication app, string engine, long all, Measured found, MarkdownTable table)
    {
        var lists = app.Services.GetRequiredService<LogLists>();
        var middle = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000 + (all / 2 * 1000));
        (string Name, LogQuery Query)[] asked =
        [
            ("the newest", new()),
            ("from the middle on", new() { Before = all / 2 }),
            ("one person", new() { Actor = "person7@bench.test" }),
            ("a person who did 20 things", new() { Actor = "rare@bench.test" }),
            ("one address", new() { Ip = "198.51.100.7", Before = all / 2 }),
            ("one module", new() { Module = "security", Before = all / 2 }),
            ("one action", new() { Action = "thing.action3", Before = all / 2 }),
            ("one key", new() { Subject = $"{4_242:D20}" }),
            ("a person and an action that never met", new() { Actor = "person7@bench.test", Action = "thing.action3" }),
            ("a day", new() { From = middle, To = middle.AddDays(1) }),
            ("a day and an address", new() { From = middle, To = middle.AddDays(1), Ip = "198.51.100.7" }),
            ("a day and a module", new() { From = middle, To = middle.AddDays(1), Module = "security" }),
            ("a word in what was changed", new() { Text = "asset 99" }),
            ("a word that is not there, of one person", new() { Text = "nowhere", Actor = "person7@bench.test" }),
        ];
        var slowest = 0.0;
        foreach (var (name, query) in asked)
        {
            var times = new List<double>();
            for (var round = 0; round < Rounds; round++)
            {
                var start = Stopwatch.GetTimestamp();
                if (!(await lists.Show(Actor.CommandLine, null, query, 25)).TryGet(out _, out var refusal))
                    throw new InvalidOperationException(refusal.Reason);

                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            slowest = Math.Max(slowest, times.Order().ElementAt(Rounds / 2));
            table.Add($"{engine}: a page of {all:#,0} records, {name}: ms, the first time and the median of {Rounds}", $"{times[0]:F1}; {times.Order().ElementAt(Rounds / 2):F1}");
        }

        found[$"log page/{engine}"] = slowest;
    }
}
