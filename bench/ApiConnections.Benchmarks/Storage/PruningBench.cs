using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using ApiConnections.Benchmarks.Load;
using ApiConnections.Benchmarks.Token;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using static ApiConnections.Benchmarks.Load.Medians;

namespace ApiConnections.Benchmarks.Storage;

/// <summary>A million rows that are over, a third of them each codes, devices and requests for consent: what their going costs those who want tokens.</summary>
internal static class PruningBench
{
    private const int Batch = 5_000;
    private const int Batches = 200;
    private const int People = 1_000;
    private static readonly TimeSpan round = TimeSpan.FromSeconds(5);

    public static async Task Run(string[] engines)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var table = new MarkdownTable("client credentials, 64 connections", "requests/s without", "while a million rows go", "ratio", "p99 ms without", "while they go", "seconds until all were gone");
        foreach (var engine in engines is [] ? BenchInstallation.Engines : engines)
            table.Add([engine, .. await Measure(engine)]);

        table.Print(Console.Out);
    }

    private static async Task<string[]> Measure(string engine)
    {
        using var installation = await BenchInstallation.New(engine);
        await using var database = installation.Open();
        await Fill(installation, database);
        await installation.Settle();

        using var server = ChildProcess.Start(TokenServer.Command, JsonSerializer.Serialize(installation.Settings));
        var url = await server.ReadLine();
        Task<Wrk.Result> Tokens() => Wrk.Post(url + "/oauth/token", "grant_type=client_credentials", installation.Authorization, round);
        await Tokens();

        // It begins a minute after the start.
        var (without, with) = (new List<Wrk.Result>(), new List<Wrk.Result>());
        var before = await Count(database);
        while (await Count(database) == before)
            without.Add(await Tokens());

        without.RemoveAt(without.Count - 1);
        var start = Stopwatch.GetTimestamp();
        while (await Count(database) > 0)
            with.Add(await Tokens());

        var took = Stopwatch.GetElapsedTime(start);
        without.Add(await Tokens());
        return
        [
            $"{Rate(without):N0}", $"{Rate(with):N0}", $"{Rate(with) / Rate(without):F2}", $"{Median(without.Select(result => result.Latency.P99)):F1}",
            $"{Median(with.Select(result => result.Latency.P99)):F1}", $"{took.TotalSeconds:F0}",
        ];
    }

    private static async Task Fill(BenchInstallation installation, IDatabase database)
    {
        var app = await installation.App();
        var consumer = (await database.Read(session => ConsumerStore.Find(session, app)))!;
        var people = await Write(database, async session =>
        {
            var made = new List<Authorization>();
            for (var i = 0; i < People; i++)
                made.Add(await CodeForms.Person(session, consumer));

            return made;
        });
        for (var batch = 0; batch < Batches; batch++)
        {
            await Write(database, async session =>
            {
                await (batch % 3 == 0 ? Codes(session, consumer, people) : batch % 3 == 1 ? Families(session, consumer, people) : Requests(session, consumer, people));
                return people;
            });
        }
    }

    private static Task Codes(Session session, Consumer consumer, List<Authorization> people)
    {
        var then = TimeProvider.System.GetUtcNow().AddDays(-3);
        return CodeStore.Insert(session, [.. Numbers.Select(i => new AuthorizationCode(
            Guid.CreateVersion7(then), Hash(), consumer.CompanyId, consumer.Key, people[i % People].UserId!.Value, people[i % People].Id, "https://app.bench/callback", true,
            "challenge", people[i % People].Scope, null, new Generations(1, 1, 1), then, then.AddMinutes(1)))]);
    }

    private static Task<int> Families(Session session, Consumer consumer, List<Authorization> people)
    {
        var then = TimeProvider.System.GetUtcNow().AddDays(-3);
        var given = new GivenRows()
            .With("id", Numbers.Select(_ => Guid.CreateVersion7(then)))
            .With("handle", Numbers.Select(_ => Hash().Bytes))
            .With("user_id", Numbers.Select(i => people[i % People].UserId!.Value))
            .With("authorization_id", Numbers.Select(i => people[i % People].Id))
            .With("current", Numbers.Select(_ => Hash().Bytes));
        return session.Execute(
            $"""
            insert into token_families (id, handle_hash, company_id, consumer, user_id, authorization_id, scope, company_generation, consumer_generation, user_generation,
                current_hash, created_at, idle_expires_at, expires_at, ip, agent)
            select given.id, given.handle, @company, @consumer, given.user_id, given.authorization_id, 'tasks:view', 1, 1, 1, given.current, @then, @then, @then, '127.0.0.1', ''
            from {given.Sql(session.Engine)}
            """,
            given.Parameters(session.Engine, ("company", consumer.CompanyId), ("consumer", consumer.Key), ("then", then.ToUnixTimeMilliseconds())));
    }

    private static Task<int> Requests(Session session, Consumer consumer, List<Authorization> people)
    {
        var then = TimeProvider.System.GetUtcNow().AddDays(-3);
        var given = new GivenRows()
            .With("id", Numbers.Select(_ => Guid.CreateVersion7(then)))
            .With("session_id", Numbers.Select(_ => Guid.CreateVersion7(then)))
            .With("flow", Numbers.Select(_ => Hash().Bytes))
            .With("user_id", Numbers.Select(i => people[i % People].UserId!.Value));
        return session.Execute(
            $"""
            insert into authorization_requests (id, session_id, flow_hash, user_id, consumer, request, offered, app, created_at, expires_at)
            select given.id, given.session_id, given.flow, given.user_id, @consumer, @request, 'tasks:view', 'App', @then, @then
            from {given.Sql(session.Engine)}
            """,
            given.Parameters(session.Engine, ("consumer", consumer.Key), ("request", new string('x', 400)), ("then", then.ToUnixTimeMilliseconds())));
    }

    private static IEnumerable<int> Numbers => Enumerable.Range(0, Batch);

    private static SecretHash Hash() => new(RandomNumberGenerator.GetBytes(32));

    private static Task<long> Count(IDatabase database) => database.Read(session => session.Value<long>(
        "select (select count(*) from authorization_codes) + (select count(*) from token_families) + (select count(*) from authorization_requests)"));

    private static async Task<T> Write<T>(IDatabase database, Func<Session, Task<T>> write)
        where T : notnull => (await database.Write<T>(async session => await write(session))).TryGet(out var made, out var refusal) ? made : throw new InvalidOperationException(refusal.ToString());

    private static double Rate(IEnumerable<Wrk.Result> results) => Median(results.Select(result => result.RequestsPerSecond));
}
