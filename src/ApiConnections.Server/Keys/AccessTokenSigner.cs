using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace ApiConnections.Server.Keys;

/// <summary>What stands in an access token; <c>jti</c> is added when it is signed.</summary>
/// <param name="UserGeneration">Null without a person, as is <paramref name="FamilyId"/>.</param>
/// <see href="https://www.rfc-editor.org/rfc/rfc9068#section-2.2"/>
internal readonly record struct AccessToken(
    string Issuer,
    string Subject,
    string Audience,
    string ClientId,
    string Scope,
    Guid Company,
    Guid AuthorizationId,
    long CompanyGeneration,
    long ConsumerGeneration,
    long IssuedAt,
    long ExpiresAt,
    long? UserGeneration = null,
    Guid? FamilyId = null);

/// <summary>Writes and signs access tokens. The library's <c>CreateToken</c> allocates 8.9 KB for the same token; tests check ours with it.</summary>
internal static class AccessTokenSigner
{
    private const int SignatureSize = 64;
    private const int JtiSize = 16;

    [ThreadStatic]
    private static Workspace? workspace;

    /// <returns>The compact JWS (RFC 7515 s7.1) in ASCII.</returns>
    // Hot path: token
    public static byte[] Sign(SigningKey key, in AccessToken token)
    {
        var work = workspace ??= new Workspace();
        work.Json.ResetWrittenCount();
        work.Writer.Reset(work.Json);
        WritePayload(work.Writer, work.NextRandom(), token);

        var payload = work.Json.WrittenSpan;
        var header = key.EncodedHeader;
        var signedLength = header.Length + 1 + Base64Url.GetEncodedLength(payload.Length);
        var jws = new byte[signedLength + 1 + Base64Url.GetEncodedLength(SignatureSize)];
        header.CopyTo(jws.AsSpan());
        jws[header.Length] = (byte)'.';
        Base64Url.EncodeToUtf8(payload, jws.AsSpan(header.Length + 1));

        Span<byte> signature = stackalloc byte[SignatureSize];
        key.Sign(jws.AsSpan(0, signedLength), signature);
        jws[signedLength] = (byte)'.';
        Base64Url.EncodeToUtf8(signature, jws.AsSpan(signedLength + 1));
        return jws;
    }

    private static void WritePayload(Utf8JsonWriter json, ReadOnlySpan<byte> random, in AccessToken token)
    {
        Span<byte> jti = stackalloc byte[Base64Url.GetEncodedLength(JtiSize)];
        Base64Url.EncodeToUtf8(random, jti);

        json.WriteStartObject();
        json.WriteString("iss"u8, token.Issuer);
        json.WriteString("aud"u8, token.Audience);
        json.WriteString("sub"u8, token.Subject);
        json.WriteString("client_id"u8, token.ClientId);
        json.WriteNumber("iat"u8, token.IssuedAt);
        json.WriteNumber("exp"u8, token.ExpiresAt);
        json.WriteString("jti"u8, jti);
        json.WriteString("scope"u8, token.Scope);
        json.WriteString("company"u8, token.Company);
        json.WriteString("authorization_id"u8, token.AuthorizationId);
        if (token.FamilyId is { } family)
            json.WriteString("family_id"u8, family);
        json.WriteStartArray("gen"u8);
        json.WriteNumberValue(token.CompanyGeneration);
        json.WriteNumberValue(token.ConsumerGeneration);
        if (token.UserGeneration is { } user)
            json.WriteNumberValue(user);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
    }

    private sealed class Workspace
    {
        // One call for 64 ids: each call to the system's generator costs 2 µs, however little it is asked for.
        private readonly byte[] random = new byte[64 * JtiSize];
        private int used = 64 * JtiSize;

        public ArrayBufferWriter<byte> Json { get; } = new(1024);

        // The claims are our own and checked when they were stored; validation is for documents under construction.
        public Utf8JsonWriter Writer { get; } = new(Stream.Null, new JsonWriterOptions { SkipValidation = true });

        public ReadOnlySpan<byte> NextRandom()
        {
            if (used == random.Length)
            {
                RandomNumberGenerator.Fill(random);
                used = 0;
            }

            used += JtiSize;
            return random.AsSpan(used - JtiSize, JtiSize);
        }
    }
}
