using System.Text;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

/// <summary>Counts what the whole process allocates, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;

[Collection(nameof(AloneInTheProcess))]
public sealed class AllocationTests
{
#if DEBUG
    // An unoptimised build makes an object of every asynchronous method.
    private const int Budget = 6 * 1024;
#else
    private const int Budget = 4 * 1024;
#endif
    private const int Requests = 1000;
    private const int Rounds = 6;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_on_a_warm_path_keeps_within_its_budget_of_4_KB(bool telemetry)
    {
        await using var collector = await Collector.Start();
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start(settings: telemetry ? collector.Settings : []);
        var consumer = await installation.Consumer();
        var request = Encoding.ASCII.GetBytes(Wire.Form("grant_type=client_credentials&scope=tasks:view", Wire.BasicHeader($"{consumer.Key}:{consumer.Secret}"), "User-Agent: nightly/1.0"));
        var answer = new byte[16 * 1024];
        using var wire = await Wire.Open(node);

        var lowest = Enumerable.Range(0, Rounds).Min(_ => BytesPerRequest(wire, request, answer));

        TestContext.Current.SendDiagnosticMessage($"{lowest} bytes per token request, telemetry {(telemetry ? "on" : "off")}");
        Encoding.ASCII.GetString(answer).ShouldStartWith("HTTP/1.1 200 OK");
        lowest.ShouldBeLessThanOrEqualTo(Budget);
        lowest.ShouldBeGreaterThan(300, "less than the token itself: nothing was measured");
    }

    // The client's side makes no objects: prepared bytes, blocking calls, the same buffer.
    private static long BytesPerRequest(Wire wire, byte[] request, byte[] answer)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Requests; i++)
            wire.Exchange(request, answer);

        return (GC.GetTotalAllocatedBytes(precise: true) - before) / Requests;
    }
}
