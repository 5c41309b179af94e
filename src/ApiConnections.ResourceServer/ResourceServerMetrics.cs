using System.Diagnostics.Metrics;

namespace ApiConnections.ResourceServer;

/// <summary>What an operator sees of this API's checks, under the meter <c>ApiConnections.ResourceServer</c>.</summary>
internal sealed class ResourceServerMetrics
{
    public const string MeterName = "ApiConnections.ResourceServer";

    private readonly Counter<long> disconnections;
    private readonly Counter<long> introspections;
    private readonly Counter<long> unreported;

    public ResourceServerMetrics(IMeterFactory meters, Revocations revocations)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("api_connections.feed.staleness", () => revocations.Staleness?.TotalSeconds ?? double.PositiveInfinity, "s", "How long ago it was last known that no revocation is missing.");
        meter.CreateObservableGauge("api_connections.feed.entries", () => (long)revocations.Count, "{entry}", "Revocations that a token can still carry.");
        disconnections = meter.CreateCounter<long>("api_connections.feed.disconnections", "{disconnection}", "How often the feed of revocations was lost.");
        introspections = meter.CreateCounter<long>("api_connections.introspections", "{request}", "How often the issuer was asked about a token while the feed was stale.");
        unreported = meter.CreateCounter<long>("api_connections.usage.dropped", "{use}", "Uses and refusals that were not reported, because the issuer was away for too long.");
    }

    public void Disconnected() => disconnections.Add(1);

    public void Introspected(bool? active) =>
        introspections.Add(1, new KeyValuePair<string, object?>("outcome", active switch { true => "active", false => "inactive", null => "failed" }));

    public void Unreported(long count) => unreported.Add(count);
}
