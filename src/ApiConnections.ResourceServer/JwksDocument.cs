using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using ApiConnections.Protocol;

namespace ApiConnections.ResourceServer;

/// <summary>A key set as it comes from the network. Keys of other kinds are left out, as the standard asks; a key id that stands there twice spoils the document.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc7517#section-5"/>
internal sealed record JwksDocument([property: JsonPropertyName("keys"), JsonRequired] IReadOnlyList<JwksEntry?>? Keys)
{
    public IReadOnlyList<PublicSigningKey> SigningKeys()
    {
        var entries = Keys ?? throw new JsonException("The key set has no keys.");
        var keys = entries.OfType<JwksEntry>().Where(entry => entry.IsSigningKey()).Select(entry => entry.ToSigningKey()).ToList();
        if (keys.DistinctBy(key => key.KeyId, StringComparer.Ordinal).Count() < keys.Count)
            throw new JsonException("The key set holds a key id twice.");

        return keys;
    }
}

/// <summary>One entry of a key set; any member may be missing.</summary>
internal sealed record JwksEntry(
    [property: JsonPropertyName("kty")] string? KeyType,
    [property: JsonPropertyName("use")] string? Use,
    [property: JsonPropertyName("alg")] string? Algorithm,
    [property: JsonPropertyName("kid")] string? KeyId,
    [property: JsonPropertyName("crv")] string? Curve,
    [property: JsonPropertyName("x")] string? X,
    [property: JsonPropertyName("y")] string? Y)
{
    public bool IsSigningKey() =>
        KeyType == "EC" && Curve == "P-256" && Use is null or "sig" && Algorithm is null or AccessTokenClaims.Algorithm
        && !string.IsNullOrEmpty(KeyId) && IsPoint(X, Y);

    public PublicSigningKey ToSigningKey() => new() { KeyId = KeyId!, X = X!, Y = Y! };

    private static bool IsPoint(string? x, string? y)
    {
        if (!Base64Url.IsValid(x) || !Base64Url.IsValid(y))
            return false;

        try
        {
            using var key = ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = Base64Url.DecodeFromChars(x), Y = Base64Url.DecodeFromChars(y) },
            });
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}

[JsonSerializable(typeof(JwksDocument))]
[JsonSerializable(typeof(AccessTokenPayload))]
[JsonSerializable(typeof(FeedEntry))]
[JsonSerializable(typeof(IntrospectionDocument))]
[JsonSerializable(typeof(UsageReport))]
[JsonSourceGenerationOptions(AllowDuplicateProperties = false)]
internal sealed partial class ResourceServerJson : JsonSerializerContext;
