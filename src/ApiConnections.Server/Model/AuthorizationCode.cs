using ApiConnections.Protocol;

namespace ApiConnections.Server.Model;

/// <summary>The generations that something was issued under (docs: revocation by epochs).</summary>
/// <param name="User">Null without a person.</param>
internal readonly record struct Generations(long Company, long Consumer, long? User);

/// <summary>An authorization code as it is stored; its secret is known to the app alone.</summary>
/// <param name="RedirectUri">Where it was sent to, as the request wrote it.</param>
/// <param name="RedirectUriGiven">Whether the request named it, so that the redemption must name it too.</param>
/// <param name="Challenge">RFC 7636 s4.2, always S256; null where PKCE was switched off for the consumer and left out.</param>
/// <param name="Audience">The requested <c>resource</c>, which was looked up then; null for the default API.</param>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2"/>
internal sealed record AuthorizationCode(
    Guid Locator,
    SecretHash Hash,
    Guid CompanyId,
    string Consumer,
    Guid UserId,
    Guid AuthorizationId,
    string RedirectUri,
    bool RedirectUriGiven,
    string? Challenge,
    ScopeSet Scope,
    string? Audience,
    Generations IssuedUnder,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);
}
