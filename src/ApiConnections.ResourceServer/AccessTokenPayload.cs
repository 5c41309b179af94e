using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ApiConnections.Protocol;

namespace ApiConnections.ResourceServer;

/// <summary>The claims of a token whose signature, issuer and audience were verified.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc9068#section-2.2"/>
internal sealed record AccessTokenPayload
{
    private const long LastMoment = 253_402_300_799; // the year 9999, where DateTimeOffset ends

    [JsonPropertyName("iss"), JsonRequired]
    public string? Issuer { get; init; }

    [JsonPropertyName("sub"), JsonRequired]
    public string? Subject { get; init; }

    [JsonPropertyName("jti"), JsonRequired]
    public string? Id { get; init; }

    [JsonPropertyName("iat"), JsonRequired]
    public long IssuedAt { get; init; }

    [JsonPropertyName("exp"), JsonRequired]
    public long Expires { get; init; }

    [JsonPropertyName("nbf")]
    public long NotBefore { get; init; }

    [JsonPropertyName(AccessTokenClaims.ClientId), JsonRequired]
    public string? ClientId { get; init; }

    [JsonPropertyName(AccessTokenClaims.Scope), JsonRequired]
    public string? Scope { get; init; }

    [JsonPropertyName(AccessTokenClaims.Company), JsonRequired]
    public Guid Company { get; init; }

    [JsonPropertyName(AccessTokenClaims.AuthorizationId), JsonRequired]
    public Guid AuthorizationId { get; init; }

    [JsonPropertyName(AccessTokenClaims.FamilyId)]
    public Guid? FamilyId { get; init; }

    [JsonPropertyName(AccessTokenClaims.Generations), JsonRequired]
    public long[]? Generations { get; init; }

    /// <summary>RFC 7800 s3: the key that its holder must show; we cannot ask for it, so a token that has one is refused.</summary>
    [JsonPropertyName("cnf")]
    public JsonElement Confirmation { get; init; }

    /// <summary>Null where the payload is not an object with these claims in these types.</summary>
    public static AccessTokenPayload? Read(string encoded)
    {
        try
        {
            return JsonSerializer.Deserialize(Base64Url.DecodeFromChars(encoded), ResourceServerJson.Default.AccessTokenPayload);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The lean token to remember; refuses claims that contradict each other.</summary>
    public Outcome<AccessToken> ToAccessToken(string keyId)
    {
        if (Confirmation.ValueKind != JsonValueKind.Undefined)
            return Refusals.SenderConstrained;

        if (string.IsNullOrEmpty(Id) || string.IsNullOrEmpty(ClientId) || string.IsNullOrEmpty(Subject) || Expires is <= 0 or > LastMoment
            || Scope is null || !ScopeSet.Parse(Scope).TryGet(out _, out _) || !OwnerIsClear())
            return Refusals.Incomplete;

        return new AccessToken(this, keyId);
    }

    // A program is named by its own key and has two generations; a person has a third one and the family of a device. Anything between could pass
    // for the other one where revocations are applied.
    private bool OwnerIsClear() => Subject!.StartsWith(AccessTokenClaims.ConsumerSubjectPrefix, StringComparison.Ordinal)
        ? Generations is { Length: 2 } && Subject.AsSpan(AccessTokenClaims.ConsumerSubjectPrefix.Length).SequenceEqual(ClientId)
        : Generations is { Length: 3 } && FamilyId is not null;
}
