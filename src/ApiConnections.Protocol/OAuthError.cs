namespace ApiConnections.Protocol;

/// <summary>A registered error code and the HTTP status it is answered with.</summary>
/// <param name="Code">The <c>error</c> of the answer.</param>
/// <param name="Status">The HTTP status at the token endpoint or the protected API.</param>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-5.2"/>
public sealed record OAuthError(string Code, int Status)
{
    /// <summary>RFC 6749 s5.2: a parameter is missing, repeated or malformed, or the client authenticates in two ways.</summary>
    public static readonly OAuthError InvalidRequest = new("invalid_request", 400);

    /// <summary>RFC 6749 s5.2: unknown consumer, or its secret is wrong, expired or revoked.</summary>
    public static readonly OAuthError InvalidClient = new("invalid_client", 401);

    /// <summary>RFC 6749 s5.2: the code or refresh token is wrong, expired, used, revoked, or another consumer's.</summary>
    public static readonly OAuthError InvalidGrant = new("invalid_grant", 400);

    /// <summary>RFC 6749 s5.2: this consumer may not use this grant.</summary>
    public static readonly OAuthError UnauthorizedClient = new("unauthorized_client", 400);

    /// <summary>RFC 6749 s5.2: the server does not know this grant.</summary>
    public static readonly OAuthError UnsupportedGrantType = new("unsupported_grant_type", 400);

    /// <summary>RFC 6749 s5.2: the scope is malformed, unknown, or nothing of it is left for this consumer.</summary>
    public static readonly OAuthError InvalidScope = new("invalid_scope", 400);

    /// <summary>RFC 8707 s2: the requested resource is not an API that this consumer's company may use.</summary>
    public static readonly OAuthError InvalidTarget = new("invalid_target", 400);

    /// <summary>RFC 6749 s4.1.2.1: the person said no, or has nothing to allow.</summary>
    public static readonly OAuthError AccessDenied = new("access_denied", 400);

    /// <summary>RFC 6749 s4.1.2.1: the authorization endpoint answers with a code and nothing else.</summary>
    public static readonly OAuthError UnsupportedResponseType = new("unsupported_response_type", 400);

    /// <summary>OpenID Connect Core s3.1.2.6: nobody is signed in, and the app wanted no page.</summary>
    public static readonly OAuthError LoginRequired = new("login_required", 400);

    /// <summary>OpenID Connect Core s3.1.2.6: the person has to be asked, and the app wanted no page.</summary>
    public static readonly OAuthError ConsentRequired = new("consent_required", 400);

    /// <summary>OpenID Connect Core s3.1.2.6: the person has something else to do, and the app wanted no page.</summary>
    public static readonly OAuthError InteractionRequired = new("interaction_required", 400);

    /// <summary>RFC 9101 s7: requests in a JWT are not taken.</summary>
    public static readonly OAuthError RequestNotSupported = new("request_not_supported", 400);

    /// <summary>RFC 9101 s7: requests are not fetched from anywhere.</summary>
    public static readonly OAuthError RequestUriNotSupported = new("request_uri_not_supported", 400);

    /// <summary>RFC 6750 s3.1: the access token is malformed, expired, revoked, or for another API.</summary>
    public static readonly OAuthError InvalidToken = new("invalid_token", 401);

    /// <summary>RFC 6750 s3.1: the access token does not carry the scope that is needed.</summary>
    public static readonly OAuthError InsufficientScope = new("insufficient_scope", 403);

    /// <summary>Over a limit; by analogy with RFC 6749 s4.1.2.1.</summary>
    public static readonly OAuthError OverLimit = new("temporarily_unavailable", 429);

    /// <summary>The storage cannot be reached; by analogy with RFC 6749 s4.1.2.1.</summary>
    public static readonly OAuthError TemporarilyUnavailable = new("temporarily_unavailable", 503);

    /// <summary>RFC 6749 s4.1.2.1: the server met a condition that it did not expect.</summary>
    public static readonly OAuthError ServerError = new("server_error", 500);

    /// <summary>The same error code under the HTTP status that says it more exactly (405, 413, 415).</summary>
    public OAuthError As(int status) => this with { Status = status };

    /// <summary>Turns a request down with this error.</summary>
    /// <param name="reason">Sent to the caller.</param>
    /// <param name="detail">Told only to the consumer's owner.</param>
    public Refusal Because(string reason, string? detail = null) => new(this, reason, detail);
}
