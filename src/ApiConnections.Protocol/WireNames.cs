namespace ApiConnections.Protocol;

/// <summary>Parameter names of the OAuth endpoints.</summary>
/// <see href="https://www.iana.org/assignments/oauth-parameters/"/>
public static class OAuthParameters
{
    /// <summary>RFC 6749 s4: which grant is exchanged.</summary>
    public const string GrantType = "grant_type";

    /// <summary>RFC 6749 s2.2: the consumer's key.</summary>
    public const string ClientId = "client_id";

    /// <summary>RFC 6749 s2.3.1: the consumer's secret.</summary>
    public const string ClientSecret = "client_secret";

    /// <summary>RFC 6749 s3.3: what is asked for.</summary>
    public const string Scope = "scope";

    /// <summary>RFC 8707 s2: the API that the token is for.</summary>
    public const string Resource = "resource";

    /// <summary>RFC 6749 s3.1.1: what the authorization endpoint is asked for.</summary>
    public const string ResponseType = "response_type";

    /// <summary>RFC 6749 s3.1.2: where the answer goes.</summary>
    public const string RedirectUri = "redirect_uri";

    /// <summary>RFC 6749 s4.1.1: handed back as it came.</summary>
    public const string State = "state";

    /// <summary>RFC 6749 s4.1.2: what a person allowed, to be redeemed once.</summary>
    public const string Code = "code";

    /// <summary>RFC 7636 s4.3.</summary>
    public const string CodeChallenge = "code_challenge";

    /// <summary>RFC 7636 s4.3.</summary>
    public const string CodeChallengeMethod = "code_challenge_method";

    /// <summary>RFC 6749 s4.1.2.1.</summary>
    public const string Error = "error";

    /// <summary>RFC 6749 s4.1.2.1.</summary>
    public const string ErrorDescription = "error_description";

    /// <summary>RFC 9207 s2: who answers.</summary>
    public const string Issuer = "iss";

    /// <summary>OAuth 2.0 Multiple Response Types s2.1: how the answer is handed over.</summary>
    public const string ResponseMode = "response_mode";

    /// <summary>OpenID Connect Core s3.1.2.1: whether the person is asked to sign in or to consent.</summary>
    public const string Prompt = "prompt";

    /// <summary>OpenID Connect Core s3.1.2.1: who probably signs in.</summary>
    public const string LoginHint = "login_hint";

    /// <summary>OpenID Connect Core s3.1.2.1: the languages of the pages, the preferred one first.</summary>
    public const string UiLocales = "ui_locales";

    /// <summary>RFC 9101 s5: a request in a JWT.</summary>
    public const string Request = "request";

    /// <summary>RFC 9101 s5: where a request can be fetched.</summary>
    public const string RequestUri = "request_uri";
}

/// <summary>Grants of the token endpoint.</summary>
public static class GrantTypes
{
    /// <summary>RFC 6749 s4.4: a program without a user.</summary>
    public const string ClientCredentials = "client_credentials";

    /// <summary>RFC 6749 s4.1: an app that acts for a person.</summary>
    public const string AuthorizationCode = "authorization_code";

    /// <summary>RFC 6749 s6: an app that goes on acting for a person.</summary>
    public const string RefreshToken = "refresh_token";
}

/// <summary>Claims and header values of an access token.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc9068#section-2"/>
public static class AccessTokenClaims
{
    /// <summary>RFC 9068 s2.1: the <c>typ</c> of an access token, which no other JWT of an installation carries.</summary>
    public const string Type = "at+jwt";

    /// <summary>The only signature algorithm that is issued or accepted: ECDSA with P-256 and SHA-256.</summary>
    public const string Algorithm = "ES256";

    /// <summary>RFC 9068 s2.2: the consumer's key.</summary>
    public const string ClientId = "client_id";

    /// <summary>RFC 9068 s2.2.3: what the token may do, names with single spaces between them.</summary>
    public const string Scope = "scope";

    /// <summary>The company (tenant) whose data the token opens; a UUID.</summary>
    public const string Company = "company";

    /// <summary>The app authorization that the token hangs on; a UUID.</summary>
    public const string AuthorizationId = "authorization_id";

    /// <summary>With a user: the device's token family; a UUID.</summary>
    public const string FamilyId = "family_id";

    /// <summary>The generations that the token was issued under: <c>[company, consumer]</c> or <c>[company, consumer, user]</c>.</summary>
    public const string Generations = "gen";

    /// <summary>What stands before the consumer's key in <c>sub</c> where there is no user, so that no key can pass for a person.</summary>
    public const string ConsumerSubjectPrefix = "consumer:";
}

/// <summary>Addresses below the issuer.</summary>
public static class OAuthPaths
{
    /// <summary>RFC 6749 s3.1.</summary>
    public const string Authorize = "/oauth/authorize";

    /// <summary>RFC 6749 s3.2.</summary>
    public const string Token = "/oauth/token";

    /// <summary>How protected APIs hear of revocations: Server-Sent Events.</summary>
    public const string Revocations = "/oauth/revocations";

    /// <summary>Where protected APIs report what was used and refused.</summary>
    public const string Usage = "/oauth/usage";

    /// <summary>RFC 7009 s2.</summary>
    public const string Revocation = "/oauth/revoke";

    /// <summary>RFC 7662 s2.</summary>
    public const string Introspection = "/oauth/introspect";

    /// <summary>RFC 8414 s3.</summary>
    public const string Metadata = "/.well-known/oauth-authorization-server";

    /// <summary>RFC 7517 s5.</summary>
    public const string Jwks = "/.well-known/jwks.json";
}
