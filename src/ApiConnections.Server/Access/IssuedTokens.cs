using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;
using Microsoft.Extensions.Caching.Memory;

namespace ApiConnections.Server.Access;

/// <summary>
/// Access tokens that come back to be revoked or looked at. That a token is one of ours does not change, and a signature takes longer to check than everything
/// else about it: those seen lately are known again. Whether they are still good is never remembered.
/// </summary>
internal sealed class IssuedTokens(KeyRing ring, IDatabase database, TimeProvider time) : IDisposable
{
    private const int RereadsPerSecond = 5;
    private const int Remembered = 10_000; // about a kilobyte each
    private static readonly TimeSpan longest = TimeSpan.FromMinutes(10);

    private readonly RateWindow<int> rereads = new(TimeSpan.FromSeconds(1), 1, time);
    private readonly MemoryCache verified = new(new MemoryCacheOptions { SizeLimit = Remembered });

    /// <summary>Null where it is none of ours.</summary>
    // Hot path: introspect
    public ValueTask<IssuedAccessToken?> Read(string token)
    {
        var hash = HashOf(token);
        if (verified.TryGetValue(hash, out IssuedAccessToken? known))
            return new(known);

        return AccessTokenReader.Read(ring.Keys, token) is { } issued ? new(Remember(hash, issued)) : ReadAfterReload(hash, token);
    }

    public void Dispose() => verified.Dispose();

    // Another node may have signed it with a key that was made a moment ago.
    private async ValueTask<IssuedAccessToken?> ReadAfterReload(TokenHash hash, string token)
    {
        if (!LooksLikeOne(token) || rereads.Count(0).Count > RereadsPerSecond)
            return null;

        await ring.Load(database);
        return AccessTokenReader.Read(ring.Keys, token) is { } issued ? Remember(hash, issued) : null;
    }

    private IssuedAccessToken Remember(TokenHash hash, IssuedAccessToken token) =>
        verified.Set(hash, token, new MemoryCacheEntryOptions { AbsoluteExpirationRelativeToNow = longest, Size = 1 });

    // Three parts, and a header that begins an object.
    private static bool LooksLikeOne(string token) => token.StartsWith("eyJ", StringComparison.Ordinal) && token.AsSpan().Count('.') == 2;

    // The whole text, as it came: what differs in anything is another token.
    private static TokenHash HashOf(string token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(token.AsSpan()), hash);
        return MemoryMarshal.Read<TokenHash>(hash);
    }

    private readonly record struct TokenHash(UInt128 Left, UInt128 Right);
}
