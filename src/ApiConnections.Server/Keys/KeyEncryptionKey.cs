using System.Security.Cryptography;
using System.Text;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Keys;

/// <summary>The one secret that is not in the database: what is sealed there opens only with it. AES-256-GCM under a key per purpose.</summary>
internal sealed class KeyEncryptionKey
{
    private const int Size = 32;
    private const byte Version = 1;
    private const int IdSize = 8;
    private readonly byte[] key;
    private readonly byte[] id;

    private KeyEncryptionKey(byte[] key)
    {
        this.key = key;
        id = SHA256.HashData(key)[..IdSize];
    }

    /// <summary>Says which key it is without telling anything about it.</summary>
    public string Id => Convert.ToHexStringLower(id);

    public static KeyEncryptionKey New() => new(RandomNumberGenerator.GetBytes(Size));

    /// <summary>The base64 text that settings and files hold.</summary>
    public string Reveal() => Convert.ToBase64String(key);

    public override string ToString() => "***";

    /// <summary>Null where <paramref name="base64"/> is not 32 bytes in base64.</summary>
    public static KeyEncryptionKey? Parse(string base64)
    {
        var bytes = new byte[Size];
        return Convert.TryFromBase64String(base64.Trim(), bytes, out var length) && length == Size ? new KeyEncryptionKey(bytes) : null;
    }

    public byte[] Seal(string purpose, ReadOnlySpan<byte> secret)
    {
        var box = new byte[1 + IdSize + 12 + secret.Length + 16];
        box[0] = Version;
        id.CopyTo(box.AsSpan(1));
        var nonce = box.AsSpan(1 + IdSize, 12);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(KeyFor(purpose), 16);
        cipher.Encrypt(nonce, secret, box.AsSpan(1 + IdSize + 12, secret.Length), box.AsSpan(box.Length - 16), box.AsSpan(0, 1 + IdSize));
        return box;
    }

    /// <summary>Null where it was sealed with another key, for another purpose, or was changed since.</summary>
    public byte[]? Open(string purpose, ReadOnlySpan<byte> box)
    {
        if (box.Length < 1 + IdSize + 12 + 16 || box[0] != Version || !box.Slice(1, IdSize).SequenceEqual(id))
            return null;

        var secret = new byte[box.Length - (1 + IdSize + 12 + 16)];
        using var cipher = new AesGcm(KeyFor(purpose), 16);
        try
        {
            cipher.Decrypt(box.Slice(1 + IdSize, 12), box.Slice(1 + IdSize + 12, secret.Length), box[^16..], secret, box[..(1 + IdSize)]);
            return secret;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private byte[] KeyFor(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, key, Size, info: Encoding.UTF8.GetBytes("api-connections " + purpose));

    /// <summary>
    /// From the settings, or on SQLite from a file of mode 0600 in the data folder, made at the first start.
    /// Throws <see cref="SettingException"/> where there is none or it cannot be read.
    /// </summary>
    public static KeyEncryptionKey Load(KeyOptions options, DatabaseOptions database, DataFolder folder)
    {
        if (options.EncryptionKey is { Length: > 0 } text)
            return Parse(text) ?? throw new SettingException("ApiConnections:Keys:EncryptionKey", "it is not 32 bytes in base64 (make one with: openssl rand -base64 32).");
        if (options.EncryptionKeyFile is { Length: > 0 } named)
            return ReadFile(named, out var notNamed) ?? throw new SettingException("ApiConnections:Keys:EncryptionKeyFile", notNamed);
        if (database.Engine == Engine.Postgres)
            throw new SettingException("ApiConnections:Keys:EncryptionKey", "PostgreSQL needs one, the same on every node (make one with: openssl rand -base64 32).");

        var file = folder.KeyEncryptionKeyFile;
        if (File.Exists(file))
            return ReadFile(file, out _) ?? throw new SettingException("ApiConnections:Data", $"{file} does not hold a key-encryption key (32 bytes in base64); put the right file back.");
        if (File.Exists(folder.DatabaseFile) && new FileInfo(folder.DatabaseFile).Length > 0)
            throw new SettingException("ApiConnections:Data", $"{file} is missing: the keys in the database cannot be opened without it. Put it back from where backups of keys are kept.");

        // Of two programs that start at one moment, one makes the key and both read it.
        DataFolder.WriteNew(file, Encoding.ASCII.GetBytes(New().Reveal() + "\n"));
        return ReadFile(file, out var whyNot) ?? throw new SettingException("ApiConnections:Data", whyNot);
    }

    /// <param name="whyNot">Why the file holds none, and what to do.</param>
    public static KeyEncryptionKey? ReadFile(string file, out string whyNot)
    {
        try
        {
            whyNot = $"{file} does not hold 32 bytes in base64 (make them with: openssl rand -base64 32 > FILE).";
            return Parse(File.ReadAllText(file));
        }
        catch (UnauthorizedAccessException)
        {
            whyNot = $"{file} cannot be read by {Environment.UserName}, whom the program runs as and to whom it has to belong (chown {Environment.UserName} {file}).";
            return null;
        }
        catch (IOException e)
        {
            whyNot = $"{file} cannot be read: {e.Message}";
            return null;
        }
    }
}
