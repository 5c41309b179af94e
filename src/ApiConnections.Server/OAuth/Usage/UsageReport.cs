using System.Text.Json.Serialization;

namespace ApiConnections.Server.OAuth.Usage;

/// <summary>What a protected API reports, as it came.</summary>
/// <param name="Batch">Made by the API; the same one again is the same report.</param>
internal sealed record UsageReport(Guid Batch, IReadOnlyList<ReportedUse?>? Authorizations, IReadOnlyList<ReportedRefusal?>? Refusals)
{
    public const int MostEntries = 1_000;

    private const long MostUses = 1_000_000_000;

    /// <summary>Why it is no report, in a sentence; null where it is one.</summary>
    public string? WhyNot()
    {
        if (Batch == Guid.Empty)
            return "The report has no batch, which is a UUID that the API makes.";
        if ((Authorizations?.Count ?? 0) + (Refusals?.Count ?? 0) > MostEntries)
            return "The report has more than 1000 entries.";
        if (Authorizations is not null && Authorizations.Any(use => use is null || use.Count is < 1 or > MostUses))
            return "An entry of authorizations has no id, no time, or a count that is not between 1 and 1000000000.";

        return Refusals is not null && Refusals.Any(refusal => refusal is not { ClientId: not null, Reason: not null } || refusal.Count is < 1 or > MostUses)
            ? "An entry of refusals has no client_id, time or reason, or a count that is not between 1 and 1000000000."
            : null;
    }
}

/// <param name="At">When it was last used.</param>
/// <param name="Count">How often since the last report.</param>
internal sealed record ReportedUse([property: JsonRequired] Guid Id, [property: JsonRequired] DateTimeOffset At, string? Ip, [property: JsonRequired] long Count);

/// <param name="Needed">The permissions that were missing; none where it was not for want of any.</param>
internal sealed record ReportedRefusal(string? ClientId, [property: JsonRequired] DateTimeOffset At, string? Reason, string? Needed, string? Ip, long Count = 1);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(UsageReport))]
internal sealed partial class UsageJson : JsonSerializerContext;
