using System.Collections.Frozen;
using ApiConnections.Protocol;
using Microsoft.IdentityModel.Tokens;

namespace ApiConnections.ResourceServer;

/// <summary>
/// The issuer's keys at one moment, with the tokens that were verified by them; replaced as a whole. A verification that began under keys of
/// yesterday stores its result with them, where nobody looks any more: so no lock, and no token survives its key.
/// </summary>
internal sealed class TrustedKeys
{
    private readonly FrozenDictionary<string, TrustedKey> byId;

    private TrustedKeys(FrozenDictionary<string, TrustedKey> byId, VerifiedTokens verified, DateTimeOffset fetchedAt, ResourceServerOptions options)
    {
        this.byId = byId;
        Verified = verified;
        GoodUntil = (fetchedAt + options.KeysMaxAge).ToUnixTimeSeconds();
    }

    public VerifiedTokens Verified { get; }

    /// <summary>Unix seconds; older keys count as none, since a withdrawal may have been missed.</summary>
    public long GoodUntil { get; }

    public TrustedKey? Find(string keyId) => byId.GetValueOrDefault(keyId);

    /// <summary>The keys of a fresh document. Verified tokens are kept unless a key was withdrawn or exchanged.</summary>
    public static TrustedKeys From(IReadOnlyList<PublicSigningKey> keys, TrustedKeys? before, DateTimeOffset fetchedAt, ResourceServerOptions options)
    {
        var byId = keys.ToFrozenDictionary(
            key => key.KeyId,
            key => before?.Find(key.KeyId) is { } known && known.Key == key ? known : new TrustedKey(key, options),
            StringComparer.Ordinal);
        var withdrawn = before is null || !before.byId.Values.All(known => byId.GetValueOrDefault(known.Key.KeyId) == known);
        return new TrustedKeys(byId, withdrawn ? new VerifiedTokens(options.RememberedTokens) : before!.Verified, fetchedAt, options);
    }
}

/// <summary>One key of the issuer's and the rules that a token signed by it must meet.</summary>
internal sealed class TrustedKey(PublicSigningKey key, ResourceServerOptions options)
{
    public PublicSigningKey Key => key;

    /// <summary>Everything that is not this key, this algorithm, this type, this issuer and this API is refused. Times are checked by <see cref="AccessTokenCheck"/>.</summary>
    public TokenValidationParameters Rules { get; } = new()
    {
        IssuerSigningKey = new JsonWebKey { Kty = key.KeyType, Crv = key.Curve, X = key.X, Y = key.Y, Kid = key.KeyId, Alg = key.Algorithm },
        TryAllIssuerSigningKeys = false,
        RequireSignedTokens = true,
        ValidAlgorithms = [AccessTokenClaims.Algorithm],
        // RFC 9068 s4: "at+jwt" or "application/at+jwt", nothing else.
        ValidTypes = [AccessTokenClaims.Type, "application/" + AccessTokenClaims.Type],
        ValidIssuer = options.Issuer,
        ValidAudience = options.Audience,
        IgnoreTrailingSlashWhenValidatingAudience = false,
        ValidateLifetime = false,
    };
}
