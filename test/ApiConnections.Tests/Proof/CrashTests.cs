using ApiConnections.Tests.Support;
using Xunit;

namespace ApiConnections.Tests.Proof;

/// <summary>The server dies at a random moment under load; what it has acknowledged is there when the next one starts.</summary>
public sealed class CrashTests
{
    private const int People = 12;

    private static readonly int deaths = Repeats.Of(3, 50, 200);

    [Theory, Engines]
    public async Task Nothing_that_was_acknowledged_is_lost_or_comes_back_when_the_server_is_killed(On engine)
    {
        await using var installation = await Installation.New(engine);
        var ledger = await Ledger.Of(installation, People, codes: 60 * deaths);

        for (var death = 0; death < deaths; death++)
        {
            await using var server = await ServerProcess.Start(installation);
            await ledger.GoesOn(server.Http);
            using var never = new CancellationTokenSource();
            var use = ledger.Use(server.Http, never.Token);
            await ledger.AtSomeMomentOf(use);
            await server.Kill();
            await use;
        }

        await using var last = await ServerProcess.Start(installation);
        await ledger.GoesOn(last.Http);
        await ledger.NothingCameBack(last.Http);
    }

    [Theory, OnlyPostgres]
    public async Task Nothing_that_was_acknowledged_is_lost_when_PostgreSQL_stops_at_once_and_the_server_heals_by_itself(On engine)
    {
        _ = engine;
        await using var postgres = await OwnPostgres.Start();
        await using var installation = await Installation.New(On.Postgres, postgres.Connection);
        var ledger = await Ledger.Of(installation, People, codes: 120 * deaths);
        await using var server = await ServerProcess.Start(installation);

        for (var death = 0; death < deaths; death++)
        {
            using var enough = new CancellationTokenSource();
            var use = ledger.Use(server.Http, enough.Token);
            await ledger.AtSomeMomentOf(use);
            await postgres.RestartAtOnce();
            // Promised: three seconds.
            await Support.Should.Within(TimeSpan.FromSeconds(9), async () => (await server.Http.GetAsync("/health/ready")).IsSuccessStatusCode, "the server is ready again");
            await enough.CancelAsync();
            await use;
            await ledger.GoesOn(server.Http);
        }

        await ledger.NothingCameBack(server.Http);
    }
}
