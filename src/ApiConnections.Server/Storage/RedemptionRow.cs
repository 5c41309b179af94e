using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>A code with all that it hangs on, as it is read.</summary>
internal sealed class RedemptionRow : StandingRow
{
    public Guid Locator { get; init; }
    public byte[] Hash { get; init; } = [];
    public Guid CompanyId { get; init; }
    public string Consumer { get; init; } = "";
    public Guid AuthorizationId { get; init; }
    public string RedirectUri { get; init; } = "";
    public long RedirectUriGiven { get; init; }
    public string? Challenge { get; init; }
    public string Scope { get; init; } = "";
    public string? Audience { get; init; }
    public long CompanyGeneration { get; init; }
    public long ConsumerGeneration { get; init; }
    public long UserGeneration { get; init; }
    public long CreatedAt { get; init; }
    public long ExpiresAt { get; init; }
    public long? RedeemedAt { get; init; }
    public long? EndedAt { get; init; }
    public Guid? FamilyId { get; init; }
    public long LiveFamilies { get; init; }

    public FoundCode ToCode(Scopes scopes) => new(
        new AuthorizationCode(
            Locator,
            new SecretHash(Hash),
            CompanyId,
            Consumer,
            UserId!.Value,
            AuthorizationId,
            RedirectUri,
            RedirectUriGiven == 1,
            Challenge,
            scopes.Read(0, Scope),
            Audience,
            new Generations(CompanyGeneration, ConsumerGeneration, UserGeneration),
            CreatedAt.ToTime(),
            ExpiresAt.ToTime()),
        RedeemedAt.ToTime(),
        EndedAt.ToTime(),
        FamilyId,
        LiveFamilies,
        ToStanding(scopes));
}
