using System.Security.Cryptography;
using System.Text;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.OAuth.ClientAuthentication;

/// <summary>Compares a secret that somebody shows with those that are stored.</summary>
internal static class PresentedSecret
{
    private const int Longest = 256;

    // What a secret is compared with where there is none.
    private static readonly StoredSecret[] nobodys = [new(Guid.Empty, new SecretHash(RandomNumberGenerator.GetBytes(SecretHash.Size)), "", "", default, null, null)];

    /// <summary>The live one that it is; null where it is none of them.</summary>
    public static StoredSecret? Find(IReadOnlyList<StoredSecret> secrets, string? presented, DateTimeOffset now)
    {
        Span<byte> hash = stackalloc byte[SecretHash.Size];
        Span<byte> utf8 = stackalloc byte[Longest];
        var plausible = presented is not null && Encoding.UTF8.TryGetBytes(presented, utf8, out var length) ? length : 0;
        SHA256.HashData(utf8[..plausible], hash);
        CryptographicOperations.ZeroMemory(utf8);

        StoredSecret? match = null;
        var candidates = secrets.Count > 0 ? secrets : nobodys;
        for (var i = 0; i < candidates.Count; i++)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, candidates[i].Hash.Bytes) && candidates[i].IsLiveAt(now))
                match = candidates[i];
        }

        return plausible > 0 ? match : null;
    }
}
