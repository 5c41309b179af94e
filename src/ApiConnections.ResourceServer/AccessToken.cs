using System.Globalization;
using System.Net;
using System.Security.Claims;
using ApiConnections.Protocol;

namespace ApiConnections.ResourceServer;

/// <summary>What a verified access token says: who calls, for which company, and what may be done.</summary>
/// <remarks>Shared by all requests that carry the token. It holds no part of the token itself, so it may be logged.</remarks>
/// <see href="https://www.rfc-editor.org/rfc/rfc9068#section-2.2"/>
public sealed class AccessToken
{
    internal AccessToken(AccessTokenPayload claims, string keyId)
    {
        Id = claims.Id!;
        Issuer = claims.Issuer!;
        Company = claims.Company;
        ClientId = claims.ClientId!;
        Subject = claims.Subject!;
        Scope = claims.Scope!;
        AuthorizationId = claims.AuthorizationId;
        FamilyId = claims.FamilyId;
        CompanyGeneration = claims.Generations![0];
        ConsumerGeneration = claims.Generations[1];
        UserGeneration = claims.Generations.Length == 3 ? claims.Generations[2] : null;
        KeyId = keyId;
        Expires = claims.Expires;
        User = IsUser && Guid.TryParse(Subject, out var user) ? user : null;
    }

    /// <summary>The token's own id, <c>jti</c>.</summary>
    public string Id { get; }

    /// <summary>The issuer, <c>iss</c>; together with <see cref="Subject"/> it identifies who calls.</summary>
    public string Issuer { get; }

    /// <summary>The company (tenant) whose data the token opens.</summary>
    public Guid Company { get; }

    /// <summary>The consumer's key, <c>client_id</c>.</summary>
    public string ClientId { get; }

    /// <summary>The user's id or, where a program calls on its own, <c>consumer:</c> and its key.</summary>
    public string Subject { get; }

    /// <summary>True where the consumer acts for a person.</summary>
    public bool IsUser => UserGeneration is not null;

    /// <summary>The permissions, names with single spaces between them.</summary>
    public string Scope { get; }

    /// <summary>The app authorization that the token hangs on.</summary>
    public Guid AuthorizationId { get; }

    /// <summary>The device's token family, for tokens that came with a refresh token.</summary>
    public Guid? FamilyId { get; }

    /// <summary>The company's generation that the token was issued under.</summary>
    public long CompanyGeneration { get; }

    /// <summary>The consumer's generation that the token was issued under.</summary>
    public long ConsumerGeneration { get; }

    /// <summary>The user's generation that the token was issued under; none where a program calls on its own.</summary>
    public long? UserGeneration { get; }

    /// <summary>The key that signed the token, <c>kid</c>.</summary>
    public string KeyId { get; }

    /// <summary>When the token expires.</summary>
    public DateTimeOffset ExpiresAt => DateTimeOffset.FromUnixTimeSeconds(Expires);

    /// <summary>Expiry in Unix seconds: what the check of every request compares.</summary>
    internal long Expires { get; }

    /// <summary>The person, where there is one and the id is one of ours.</summary>
    internal Guid? User { get; }

    /// <summary>Which state of <see cref="Revocations"/> the token was found alive in.</summary>
    internal long AliveIn;

    /// <summary>What the issuer said of it last, while revocations were not heard of.</summary>
    internal IntrospectionAnswer? Introspected;

    /// <summary>Uses that were not reported yet, and the last of them.</summary>
    internal long Uses;

    internal long UsedAt;

    internal IPAddress? UsedFrom;

    /// <summary>True where the token carries this permission.</summary>
    public bool HasScope(string scope) => ScopeSet.TextContains(Scope, scope);

    /// <summary>The token's claims under their names on the wire, for code that reads <c>HttpContext.User</c>.</summary>
    internal ClaimsPrincipal ToPrincipal()
    {
        List<Claim> claims =
        [
            new("iss", Issuer), new("sub", Subject), new("jti", Id),
            new("exp", Expires.ToString(CultureInfo.InvariantCulture), ClaimValueTypes.Integer64),
            new(AccessTokenClaims.ClientId, ClientId), new(AccessTokenClaims.Scope, Scope),
            new(AccessTokenClaims.Company, Company.ToString()), new(AccessTokenClaims.AuthorizationId, AuthorizationId.ToString()),
        ];
        if (FamilyId is { } family)
            claims.Add(new Claim(AccessTokenClaims.FamilyId, family.ToString()));

        return new ClaimsPrincipal(new ClaimsIdentity(claims, "Bearer", nameType: "sub", roleType: "role"));
    }
}
