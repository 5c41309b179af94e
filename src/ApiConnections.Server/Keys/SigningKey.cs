using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Keys;

/// <summary>A P-256 key with its times. Published from <see cref="AnnouncedAt"/> until it is deleted; signs from <see cref="SignsFrom"/> until its successor does.</summary>
internal sealed class SigningKey
{
    private readonly ECParameters parameters;

    // An ECDsa object is not documented as safe for several threads at once: each signature borrows one.
    private readonly ConcurrentBag<ECDsa> idle = [];

    private SigningKey(ECParameters parameters, DateTimeOffset announcedAt, DateTimeOffset signsFrom)
    {
        this.parameters = parameters;
        AnnouncedAt = announcedAt;
        SignsFrom = signsFrom;
        Public = new PublicSigningKey
        {
            KeyId = Thumbprint(parameters.Q),
            X = Base64Url.EncodeToString(parameters.Q.X),
            Y = Base64Url.EncodeToString(parameters.Q.Y),
        };
        EncodedHeader = Encoding.ASCII.GetBytes(Base64Url.EncodeToString(Encoding.ASCII.GetBytes(
            $$"""{"alg":"{{AccessTokenClaims.Algorithm}}","kid":"{{Public.KeyId}}","typ":"{{AccessTokenClaims.Type}}"}""")));
    }

    public PublicSigningKey Public { get; }

    public DateTimeOffset AnnouncedAt { get; }

    public DateTimeOffset SignsFrom { get; }

    public DateTimeOffset? RetiredAt { get; private init; }

    public DateTimeOffset? DeletesAt { get; private init; }

    /// <summary>The JWS header of every token that this key signs, base64url.</summary>
    public byte[] EncodedHeader { get; }

    public static SigningKey New(DateTimeOffset announcedAt, DateTimeOffset signsFrom)
    {
        using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new SigningKey(made.ExportParameters(includePrivateParameters: true), announcedAt, signsFrom);
    }

    /// <summary>Null where the key-encryption key does not open it.</summary>
    public static SigningKey? Open(StoredSigningKey stored, KeyEncryptionKey kek)
    {
        if (kek.Open(Purpose(stored.KeyId), stored.SealedPrivate) is not { } scalar)
            return null;

        var parameters = new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            D = scalar,
            Q = new ECPoint { X = Base64Url.DecodeFromChars(stored.X), Y = Base64Url.DecodeFromChars(stored.Y) },
        };
        return new SigningKey(parameters, stored.AnnouncedAt, stored.SignsFrom) { RetiredAt = stored.RetiredAt, DeletesAt = stored.DeletesAt };
    }

    public StoredSigningKey Seal(KeyEncryptionKey kek) =>
        new(Public.KeyId, Public.X, Public.Y, kek.Seal(Purpose(Public.KeyId), parameters.D), AnnouncedAt, SignsFrom, RetiredAt, DeletesAt);

    /// <summary>RFC 7518 s3.4: the signature is r ‖ s, 64 bytes.</summary>
    // Hot path: token
    public void Sign(ReadOnlySpan<byte> data, Span<byte> signature)
    {
        if (!idle.TryTake(out var key))
            key = ECDsa.Create(parameters);

        if (!key.TrySignData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation, out _))
            throw new CryptographicException("The signature does not fit into 64 bytes.");

        idle.Add(key);
    }

    /// <summary>Whether this key made the signature.</summary>
    // Hot path: introspect
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (!idle.TryTake(out var key))
            key = ECDsa.Create(parameters);

        var good = key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        idle.Add(key);
        return good;
    }

    private static string Purpose(string kid) => "signing key " + kid;

    // RFC 7638 s3: the required members in lexicographic order, without white space.
    private static string Thumbprint(ECPoint point) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(
        $$"""{"crv":"P-256","kty":"EC","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"}""")));
}
