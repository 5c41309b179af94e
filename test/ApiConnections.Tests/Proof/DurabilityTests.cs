using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Proof;

/// <summary>An answer that acknowledges something leaves the server after the disk has it.</summary>
public sealed class DurabilityTests
{
    private const int Refreshes = 5;

    [Theory, Engines]
    public async Task Every_refresh_reaches_the_disk_before_its_answer_leaves(On engine)
    {
        Machine.Needs(Machine.Has("strace"), "strace is missing; ./test.sh installs it.");
        await using var postgres = engine == On.Postgres ? await OwnPostgres.Start() : null;
        await using var installation = await Installation.New(engine, postgres?.Connection);
        var app = await installation.App();
        string token;
        await using (var node = await installation.Start())
            token = (await node.Connect(installation, app, await node.Person())).RefreshToken!;

        await using var server = await ServerProcess.Start(installation);
        token = (await server.Http.Refresh(installation, app, token)).RefreshToken!;
        await using var trace = await SystemCalls.Of([server.ProcessId, .. postgres?.ProcessIds() ?? []]);
        for (var i = 0; i < Refreshes; i++)
            token = (await server.Http.Refresh(installation, app, token)).RefreshToken.ShouldNotBeNull();

        var calls = await trace.End();
        var synced = false;
        var answers = 0;
        foreach (var call in calls)
        {
            // Of a call that another process interrupts, the end is what counts.
            if (call.Contains("sync", StringComparison.Ordinal) && call.EndsWith("= 0", StringComparison.Ordinal))
                synced = true;
            if (!call.Contains("HTTP/1.1 200", StringComparison.Ordinal))
                continue;

            synced.ShouldBeTrue(string.Join('\n', calls));
            (answers, synced) = (answers + 1, false);
        }

        answers.ShouldBe(Refreshes);
    }
}
