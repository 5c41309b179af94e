using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>Access tokens that come back to be revoked or looked at.</summary>
internal sealed class IssuedTokens(KeyRing ring, IDatabase database, TimeProvider time)
{
    private const int RereadsPerSecond = 5;
    private readonly RateWindow<int> rereads = new(TimeSpan.FromSeconds(1), 1, time);

    /// <summary>Null where it is none of ours.</summary>
    // Hot path: introspect
    public async ValueTask<IssuedAccessToken?> Read(string token)
    {
        if (AccessTokenReader.Read(ring.Keys, token) is { } issued)
            return issued;

        // Another node may have signed it with a key that was made a moment ago.
        if (!LooksLikeOne(token) || rereads.Count(0).Count > RereadsPerSecond)
            return null;

        await ring.Load(database);
        return AccessTokenReader.Read(ring.Keys, token);
    }

    // Three parts, and a header that begins an object.
    private static bool LooksLikeOne(string token) => token.StartsWith("eyJ", StringComparison.Ordinal) && token.AsSpan().Count('.') == 2;
}
