using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ApiConnections.Server.Model;

/// <summary>Proof that whoever redeems a code is who asked for it.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc7636#section-4.6"/>
internal static class CodeVerifier
{
    private const int Shortest = 43;
    private const int Longest = 128;

    // RFC 7636 s4.1: unreserved characters.
    private static readonly SearchValues<char> unreserved = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    /// <summary>Whether the verifier hashes to the challenge of the request (S256). Without a challenge there must be none: RFC 9700 s4.8.2.</summary>
    public static bool Fits(string? verifier, string? challenge)
    {
        if (verifier is null || challenge is null)
            return verifier is null && challenge is null;
        if (verifier.Length is < Shortest or > Longest || verifier.AsSpan().ContainsAnyExcept(unreserved))
            return false;

        Span<byte> ascii = stackalloc byte[Longest];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> encoded = stackalloc byte[Base64Url.GetEncodedLength(SHA256.HashSizeInBytes)];
        SHA256.HashData(ascii[..Encoding.ASCII.GetBytes(verifier, ascii)], hash);
        Base64Url.EncodeToUtf8(hash, encoded);
        return CryptographicOperations.FixedTimeEquals(encoded, Encoding.ASCII.GetBytes(challenge));
    }
}
