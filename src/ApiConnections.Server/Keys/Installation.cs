using System.Security.Cryptography;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Keys;

/// <summary>What is made once for an installation: its incarnation, and the key of its transactions log, which outlives the key-encryption key.</summary>
internal sealed class Installation(IDatabase database, KeyEncryptionKey kek, TimeProvider time)
{
    public const string LogKeyPurpose = "transactions log";
    private byte[]? logKey;

    /// <summary>The HMAC key of the transactions log.</summary>
    public byte[] LogKey => logKey ?? throw new InvalidOperationException("The installation was not opened.");

    /// <summary>Reads it, and makes it at the first start. Throws <see cref="SettingException"/> where the key-encryption key is another one.</summary>
    public async Task Open()
    {
        var stored = await database.Read(SigningKeyStore.LogKey) ?? await Make();
        logKey = kek.Open(LogKeyPurpose, stored)
            ?? throw new SettingException("ApiConnections:Keys:EncryptionKey", $"this database was sealed with another key-encryption key than {kek.Id}; give the one it was made with.");
    }

    private async Task<byte[]> Make()
    {
        var fresh = kek.Seal(LogKeyPurpose, RandomNumberGenerator.GetBytes(32));
        var now = time.GetUtcNow();
        var outcome = await database.Write<byte[]>(async session =>
            await SigningKeyStore.InsertInstallation(session, Guid.CreateVersion7(now), fresh, now) ? fresh : (await SigningKeyStore.LogKey(session))!);
        return outcome.TryGet(out var stored, out _) ? stored : throw new InvalidOperationException("An installation cannot be refused.");
    }
}
