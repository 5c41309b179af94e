using System.Text.Json.Serialization;

namespace ApiConnections.ResourceServer;

/// <summary>A report as it is sent; the same batch may be sent again and counts once.</summary>
internal sealed record UsageReport(
    [property: JsonPropertyName("batch")] Guid Batch,
    [property: JsonPropertyName("authorizations")] IReadOnlyList<ReportedUse> Authorizations,
    [property: JsonPropertyName("refusals")] IReadOnlyList<ReportedRefusal> Refusals)
{
    public static UsageReport Of(Guid batch, List<KeyValuePair<Guid, AuthorizationUse>> uses, List<KeyValuePair<RefusedUse, AuthorizationUse>> refusals) => new(
        batch,
        uses.ConvertAll(use => new ReportedUse(use.Key, DateTimeOffset.FromUnixTimeMilliseconds(use.Value.At), use.Value.Ip, use.Value.Count)),
        refusals.ConvertAll(refusal => new ReportedRefusal(
            refusal.Key.ClientId, DateTimeOffset.FromUnixTimeMilliseconds(refusal.Value.At), refusal.Key.Reason, refusal.Key.Needed, refusal.Value.Ip, refusal.Value.Count)));
}

/// <summary>When and from where an authorization was last used, and how often since the last report.</summary>
internal sealed record ReportedUse(
    [property: JsonPropertyName("id")] Guid Id,
    [property: JsonPropertyName("at")] DateTimeOffset At,
    [property: JsonPropertyName("ip")] string Ip,
    [property: JsonPropertyName("count")] long Count);

/// <summary>What a consumer was turned away with, and how often.</summary>
internal sealed record ReportedRefusal(
    [property: JsonPropertyName("client_id")] string ClientId,
    [property: JsonPropertyName("at")] DateTimeOffset At,
    [property: JsonPropertyName("reason")] string Reason,
    [property: JsonPropertyName("needed")] string Needed,
    [property: JsonPropertyName("ip")] string Ip,
    [property: JsonPropertyName("count")] long Count);
