using ApiConnections.Protocol;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Keys;

/// <summary>The signing keys of the installation as this node knows them: an immutable snapshot, swapped as a whole.</summary>
internal sealed class KeyRing(KeyEncryptionKey kek, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim loading = new(1);
    private volatile SigningKey[] keys = [];

    /// <summary>All that may be published, by the time they sign from.</summary>
    public IReadOnlyList<SigningKey> Keys => keys;

    /// <summary>The key that signs now; null before the first start.</summary>
    // Hot path: token
    public SigningKey? Current => At(keys, time.GetUtcNow());

    public JsonWebKeySet PublicKeys
    {
        get
        {
            var now = time.GetUtcNow();
            return new JsonWebKeySet { Keys = [.. keys.Where(key => key.DeletesAt is null || key.DeletesAt > now).Select(key => key.Public)] };
        }
    }

    /// <summary>Reads the keys anew; one reading after the other, so that an older one never replaces a newer.</summary>
    public async Task Load(IDatabase database)
    {
        await loading.WaitAsync();
        try
        {
            keys = Open(await database.Read(SigningKeyStore.All));
        }
        finally
        {
            loading.Release();
        }
    }

    public void Dispose() => loading.Dispose();

    /// <summary>The stored keys, opened. Throws where the key-encryption key is another than the one they were sealed with.</summary>
    public SigningKey[] Open(IReadOnlyList<StoredSigningKey> stored) =>
        [.. stored.Select(key => SigningKey.Open(key, kek)
            ?? throw new SettingException("ApiConnections:Keys:EncryptionKey", $"the signing key {key.KeyId} was sealed with another key-encryption key than {kek.Id}."))];

    /// <summary>
    /// The key that signs at a time: the latest that has been published long enough. One that nobody followed goes on signing,
    /// for a key must be published before it signs. Where none has begun, the clock here is behind that of the node that made the first: it signs.
    /// </summary>
    public static SigningKey? At(IReadOnlyList<SigningKey> keys, DateTimeOffset now)
    {
        for (var i = keys.Count - 1; i >= 0; i--)
        {
            if (keys[i].SignsFrom <= now)
                return keys[i];
        }

        return keys.Count > 0 ? keys[0] : null;
    }
}
