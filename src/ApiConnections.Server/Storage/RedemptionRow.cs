using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>A code with all that it hangs on, as it is read.</summary>
internal sealed class RedemptionRow
{
    public Guid Locator { get; init; }
    public byte[] Hash { get; init; } = [];
    public Guid CompanyId { get; init; }
    public string Consumer { get; init; } = "";
    public Guid UserId { get; init; }
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
    public string AuthorizationStatus { get; init; } = "";
    public string UserStatus { get; init; } = "";
    public long UserNow { get; init; }
    public long UserFrom { get; init; }
    public string ConsumerStatus { get; init; } = "";
    public long ConsumerNow { get; init; }
    public long ConsumerFrom { get; init; }
    public string CompanyStatus { get; init; } = "";
    public long Addon { get; init; }
    public string ModulesOff { get; init; } = "";
    public long CompanyNow { get; init; }
    public long CompanyFrom { get; init; }
    public long ConsumersReadOnly { get; init; }
    public string ConsumersScopes { get; init; } = "";
    public long? PersonsReadOnly { get; init; }
    public string? PersonsScopes { get; init; }
    public long LiveFamilies { get; init; }

    public FoundCode ToCode(Scopes scopes) => new(
        new AuthorizationCode(
            Locator,
            new SecretHash(Hash),
            CompanyId,
            Consumer,
            UserId,
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
        new Standing(
            AuthorizationStatus == "live",
            UserStatus == "active",
            ConsumerStatus == "active",
            CompanyStatus == "active" && Addon == 1,
            new Generations(CompanyNow, ConsumerNow, UserNow),
            new Generations(CompanyFrom, ConsumerFrom, UserFrom),
            scopes.Read(ConsumersReadOnly, ConsumersScopes),
            PersonsScopes is null ? null : scopes.Read(PersonsReadOnly ?? 0, PersonsScopes),
            Words.Split(ModulesOff)));

    /// <summary>The rows of a batch name the same few scopes: each is read once.</summary>
    internal sealed class Scopes
    {
        private readonly Dictionary<(long ReadOnly, string Text), ScopeSet> known = [];

        public ScopeSet Read(long readOnly, string text)
        {
            if (!known.TryGetValue((readOnly, text), out var scope))
                known[(readOnly, text)] = scope = PermissionGroup.AllowedOf(readOnly == 1, StoredScopes.Read(text));

            return scope;
        }
    }
}
