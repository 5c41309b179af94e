using System.Security.Cryptography;
using System.Text;

namespace ApiConnections.Server.Model;

/// <summary>
/// A refresh token in clear: a handle, which names its family in all of them, and the secret that the next rotation replaces. Only hashes of both
/// are stored. It does not print itself.
/// </summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2"/>
internal sealed class RefreshToken
{
    private const int HandleBytes = 16;
    private const int SecretBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int BoxBytes = NonceBytes + SecretBytes + TagBytes;
    private static readonly byte[] purpose = Encoding.ASCII.GetBytes("api-connections refresh token successor");
    private readonly byte[] bytes;

    private RefreshToken(byte[] bytes, SecretHash? handle = null)
    {
        this.bytes = bytes;
        Handle = handle ?? new SecretHash(SHA256.HashData(bytes.AsSpan(0, HandleBytes)));
        Secret = new SecretHash(SHA256.HashData(bytes.AsSpan(HandleBytes)));
    }

    /// <summary>SHA-256 of the handle.</summary>
    public SecretHash Handle { get; }

    /// <summary>SHA-256 of the secret.</summary>
    public SecretHash Secret { get; }

    /// <summary>The first of a family.</summary>
    public static RefreshToken New() => new(RandomNumberGenerator.GetBytes(HandleBytes + SecretBytes));

    /// <summary>Null where it is none of ours, or was cut or mistyped.</summary>
    public static RefreshToken? Read(string text)
    {
        var bytes = new byte[HandleBytes + SecretBytes];
        return WireToken.Refresh.TryRead(text, bytes) ? new RefreshToken(bytes) : null;
    }

    /// <summary>The next of the same family.</summary>
    public RefreshToken Next()
    {
        var next = bytes.ToArray();
        RandomNumberGenerator.Fill(next.AsSpan(HandleBytes));
        return new RefreshToken(next, Handle);
    }

    /// <summary>Closes the next one so that only who holds this one opens it: what is stored yields no token.</summary>
    public byte[] Seal(RefreshToken next)
    {
        var box = new byte[BoxBytes];
        var nonce = box.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = Cipher();
        cipher.Encrypt(nonce, next.bytes.AsSpan(HandleBytes), box.AsSpan(NonceBytes, SecretBytes), box.AsSpan(NonceBytes + SecretBytes), Handle.Bytes);
        return box;
    }

    /// <summary>The next one; null where it was not sealed with this one.</summary>
    public RefreshToken? Open(byte[] box)
    {
        if (box.Length != BoxBytes)
            return null;

        var next = bytes.ToArray();
        using var cipher = Cipher();
        try
        {
            cipher.Decrypt(box.AsSpan(0, NonceBytes), box.AsSpan(NonceBytes, SecretBytes), box.AsSpan(NonceBytes + SecretBytes), next.AsSpan(HandleBytes), Handle.Bytes);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        return new RefreshToken(next, Handle);
    }

    /// <summary>For the one answer that carries it.</summary>
    public TokenValue ToValue() => new(WireToken.Refresh.Write(bytes));

    public override string ToString() => "***";

    // The secret is random throughout: RFC 5869 s3.3 lets such a one go without the extraction.
    private AesGcm Cipher()
    {
        Span<byte> key = stackalloc byte[32];
        HKDF.Expand(HashAlgorithmName.SHA256, bytes.AsSpan(HandleBytes), key, purpose);
        return new AesGcm(key, TagBytes);
    }
}
