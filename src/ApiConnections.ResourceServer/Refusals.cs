using ApiConnections.Protocol;

namespace ApiConnections.ResourceServer;

/// <summary>What a request can be turned down with before it reaches its endpoint.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6750#section-3.1"/>
internal static class Refusals
{
    /// <summary>RFC 6750 s3.1: who sent no token at all gets neither an error code nor other error information.</summary>
    public static readonly Refusal NoToken = new OAuthError("", 401).Because("");

    public static readonly Refusal TwoAuthorizations = OAuthError.InvalidRequest.Because("There is more than one Authorization header.");

    public static readonly Refusal Malformed = OAuthError.InvalidToken.Because("The access token is malformed.");

    public static readonly Refusal NotSigned = OAuthError.InvalidToken.Because("The access token is not signed by this issuer.");

    public static readonly Refusal OtherType = OAuthError.InvalidToken.Because("The token is not an access token.");

    public static readonly Refusal OtherIssuer = OAuthError.InvalidToken.Because("The access token is from another issuer.");

    public static readonly Refusal OtherAudience = OAuthError.InvalidToken.Because("The access token is for another API.");

    public static readonly Refusal Incomplete = OAuthError.InvalidToken.Because("The access token lacks a claim or has a malformed one.");

    public static readonly Refusal SenderConstrained = OAuthError.InvalidToken.Because("The access token is bound to a key that was not shown.");

    public static readonly Refusal NotYetValid = OAuthError.InvalidToken.Because("The access token is not valid yet.");

    public static readonly Refusal Expired = OAuthError.InvalidToken.Because("The access token expired.");

    public static readonly Refusal Revoked = OAuthError.InvalidToken.Because("The access token was revoked.");

    /// <summary>Not the caller's fault, so not 401 either.</summary>
    public static readonly Refusal Stale =
        OAuthError.TemporarilyUnavailable.Because("Whether the access token was revoked cannot be known at the moment.") with { RetryAfter = TimeSpan.FromSeconds(1) };

    /// <summary>Not the caller's fault, so not 401: clients would throw good tokens away.</summary>
    public static readonly Refusal NoKeys =
        OAuthError.TemporarilyUnavailable.Because("The keys of the issuer cannot be fetched at the moment.") with { RetryAfter = TimeSpan.FromSeconds(5) };

    public static Refusal InsufficientScope(string needed) => OAuthError.InsufficientScope.Because($"The access token lacks a permission. Needed: {needed}");
}
