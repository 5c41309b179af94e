using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Keys;

/// <summary>An access token that this installation has signed; whether it is still good is for others to say.</summary>
/// <param name="KeyId">The key that signed it.</param>
/// <param name="Id">Its <c>jti</c>.</param>
/// <param name="FamilyId">Null where it belongs to no token family.</param>
internal sealed record IssuedAccessToken(
    string KeyId,
    string Id,
    string Issuer,
    string Subject,
    string Audience,
    string ClientId,
    string Scope,
    Guid Company,
    Guid AuthorizationId,
    Guid? FamilyId,
    Generations IssuedUnder,
    long IssuedAt,
    long ExpiresAt)
{
    public override string ToString() => "***";
}

/// <summary>Reads access tokens of our own making, and no others: the header must be, byte for byte, one that a key of ours writes.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc8725#section-3.1"/>
internal static class AccessTokenReader
{
    private const int SignatureSize = 64;
    private const int Longest = 8 * 1024;

    /// <summary>Null where none of the keys has signed it.</summary>
    // Hot path: introspect
    public static IssuedAccessToken? Read(IReadOnlyList<SigningKey> keys, string token)
    {
        if (token.Length > Longest || !Ascii.IsValid(token))
            return null;

        Span<byte> jws = token.Length <= 2048 ? stackalloc byte[token.Length] : new byte[token.Length];
        Encoding.ASCII.GetBytes(token, jws);
        var headerEnd = jws.IndexOf((byte)'.');
        var payloadEnd = jws.LastIndexOf((byte)'.');
        if (headerEnd <= 0 || payloadEnd <= headerEnd || FindKey(keys, jws[..headerEnd]) is not { } key)
            return null;

        // The signature before anything that it covers (RFC 7515 s5.2).
        Span<byte> signature = stackalloc byte[SignatureSize];
        if (jws.Length - payloadEnd - 1 != Base64Url.GetEncodedLength(SignatureSize)
            || Base64Url.DecodeFromUtf8(jws[(payloadEnd + 1)..], signature, out _, out var length) != System.Buffers.OperationStatus.Done
            || length != SignatureSize
            || !key.Verify(jws[..payloadEnd], signature))
            return null;

        return JsonSerializer.Deserialize(Base64Url.DecodeFromUtf8(jws[(headerEnd + 1)..payloadEnd]), IssuedTokenJson.Default.IssuedClaims)!.ToToken(key.Public.KeyId);
    }

    private static SigningKey? FindKey(IReadOnlyList<SigningKey> keys, ReadOnlySpan<byte> header)
    {
        for (var i = 0; i < keys.Count; i++)
        {
            if (header.SequenceEqual(keys[i].EncodedHeader))
                return keys[i];
        }

        return null;
    }
}

/// <summary>The claims as <see cref="AccessTokenSigner"/> writes them.</summary>
internal sealed class IssuedClaims
{
    [JsonPropertyName("iss")]
    public string Issuer { get; init; } = "";

    [JsonPropertyName("aud")]
    public string Audience { get; init; } = "";

    [JsonPropertyName("sub")]
    public string Subject { get; init; } = "";

    [JsonPropertyName(AccessTokenClaims.ClientId)]
    public string ClientId { get; init; } = "";

    [JsonPropertyName("iat")]
    public long IssuedAt { get; init; }

    [JsonPropertyName("exp")]
    public long ExpiresAt { get; init; }

    [JsonPropertyName("jti")]
    public string Id { get; init; } = "";

    [JsonPropertyName(AccessTokenClaims.Scope)]
    public string Scope { get; init; } = "";

    [JsonPropertyName(AccessTokenClaims.Company)]
    public Guid Company { get; init; }

    [JsonPropertyName(AccessTokenClaims.AuthorizationId)]
    public Guid AuthorizationId { get; init; }

    [JsonPropertyName(AccessTokenClaims.FamilyId)]
    public Guid? FamilyId { get; init; }

    [JsonPropertyName(AccessTokenClaims.Generations)]
    public long[] Generations { get; init; } = [];

    public IssuedAccessToken ToToken(string keyId) => new(
        keyId, Id, Issuer, Subject, Audience, ClientId, Scope, Company, AuthorizationId, FamilyId,
        new Generations(Generations[0], Generations[1], Generations.Length > 2 ? Generations[2] : null), IssuedAt, ExpiresAt);
}

[JsonSerializable(typeof(IssuedClaims))]
internal sealed partial class IssuedTokenJson : JsonSerializerContext;
