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
    /// <summary>RFC 6749 s3.2.</summary>
    public const string Token = "/oauth/token";

    /// <summary>RFC 8414 s3.</summary>
    public const string Metadata = "/.well-known/oauth-authorization-server";

    /// <summary>RFC 7517 s5.</summary>
    public const string Jwks = "/.well-known/jwks.json";
}
