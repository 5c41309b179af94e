using System.Text.Json.Serialization;

namespace ApiConnections.Protocol;

/// <summary>What a client may find out about the server by itself.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc8414#section-2"/>
public sealed record AuthorizationServerMetadata
{
    /// <summary>The issuer, exactly as configured and as in every token's <c>iss</c>.</summary>
    [JsonPropertyName("issuer")]
    public required string Issuer { get; init; }

    /// <summary>Where people allow apps to act for them.</summary>
    [JsonPropertyName("authorization_endpoint")]
    public string? AuthorizationEndpoint { get; init; }

    /// <summary>Where tokens are issued.</summary>
    [JsonPropertyName("token_endpoint")]
    public string? TokenEndpoint { get; init; }

    /// <summary>Where the public keys are.</summary>
    [JsonPropertyName("jwks_uri")]
    public required string JwksUri { get; init; }

    /// <summary>The scopes that can be asked for.</summary>
    [JsonPropertyName("scopes_supported")]
    public IReadOnlyList<string> ScopesSupported { get; init; } = [];

    /// <summary>Response types of the authorization endpoint; empty where there is none.</summary>
    [JsonPropertyName("response_types_supported")]
    public IReadOnlyList<string> ResponseTypesSupported { get; init; } = [];

    /// <summary>How the authorization endpoint hands its answer over; absent where there is none.</summary>
    [JsonPropertyName("response_modes_supported")]
    public IReadOnlyList<string>? ResponseModesSupported { get; init; }

    /// <summary>Grants that the token endpoint exchanges.</summary>
    [JsonPropertyName("grant_types_supported")]
    public IReadOnlyList<string> GrantTypesSupported { get; init; } = [];

    /// <summary>How consumers authenticate at the token endpoint.</summary>
    [JsonPropertyName("token_endpoint_auth_methods_supported")]
    public IReadOnlyList<string> TokenEndpointAuthMethodsSupported { get; init; } = [];

    /// <summary>RFC 7009: where clients give tokens back.</summary>
    [JsonPropertyName("revocation_endpoint")]
    public string? RevocationEndpoint { get; init; }

    /// <summary>How consumers authenticate at the revocation endpoint.</summary>
    [JsonPropertyName("revocation_endpoint_auth_methods_supported")]
    public IReadOnlyList<string>? RevocationEndpointAuthMethodsSupported { get; init; }

    /// <summary>RFC 7662: where APIs, and clients, ask whether a token is good.</summary>
    [JsonPropertyName("introspection_endpoint")]
    public string? IntrospectionEndpoint { get; init; }

    /// <summary>How APIs and consumers authenticate at the introspection endpoint.</summary>
    [JsonPropertyName("introspection_endpoint_auth_methods_supported")]
    public IReadOnlyList<string>? IntrospectionEndpointAuthMethodsSupported { get; init; }

    /// <summary>RFC 7636: how a code challenge is made; absent where there is no authorization endpoint.</summary>
    [JsonPropertyName("code_challenge_methods_supported")]
    public IReadOnlyList<string>? CodeChallengeMethodsSupported { get; init; }

    /// <summary>RFC 9207 s3: answers of the authorization endpoint carry <c>iss</c>; absent where there is none.</summary>
    [JsonPropertyName("authorization_response_iss_parameter_supported")]
    public bool? AuthorizationResponseIssParameterSupported { get; init; }

    /// <summary>Languages of the pages that people see; absent where there are none.</summary>
    [JsonPropertyName("ui_locales_supported")]
    public IReadOnlyList<string>? UiLocalesSupported { get; init; }
}

/// <summary>The public keys of the installation.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc7517#section-5"/>
public sealed record JsonWebKeySet
{
    /// <summary>The keys; a key stands here before it signs and until no token of its can be valid.</summary>
    [JsonPropertyName("keys")]
    public required IReadOnlyList<PublicSigningKey> Keys { get; init; }
}

/// <summary>The public part of a signing key.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc7518#section-6.2"/>
public sealed record PublicSigningKey
{
    /// <summary>Key type; always <c>EC</c>.</summary>
    [JsonPropertyName("kty")]
    public string KeyType { get; init; } = "EC";

    /// <summary>Use; always <c>sig</c>.</summary>
    [JsonPropertyName("use")]
    public string Use { get; init; } = "sig";

    /// <summary>Algorithm; always <c>ES256</c>.</summary>
    [JsonPropertyName("alg")]
    public string Algorithm { get; init; } = AccessTokenClaims.Algorithm;

    /// <summary>Key id: the RFC 7638 thumbprint.</summary>
    [JsonPropertyName("kid")]
    public required string KeyId { get; init; }

    /// <summary>Curve; always <c>P-256</c>.</summary>
    [JsonPropertyName("crv")]
    public string Curve { get; init; } = "P-256";

    /// <summary>The point's x, base64url.</summary>
    [JsonPropertyName("x")]
    public required string X { get; init; }

    /// <summary>The point's y, base64url.</summary>
    [JsonPropertyName("y")]
    public required string Y { get; init; }
}
