using System.IO.Hashing;
using System.Text;

namespace ApiConnections.Server.Model;

/// <summary>
/// How codes and refresh tokens are written: a prefix, their bytes in base62, and a checksum that tells a cut or mistyped one from one that is
/// nobody's without a look-up.
/// </summary>
/// <param name="prefix">Says what it is to whoever finds one lying about.</param>
/// <param name="size">How many bytes it carries.</param>
internal sealed class WireToken(string prefix, int size)
{
    private const int ChecksumCharacters = 6;

    /// <summary>A code: the 16 bytes of its locator and 32 random ones.</summary>
    public static readonly WireToken Code = new("acc_", 48);

    /// <summary>A refresh token: the 16 random bytes of its family's handle and 32 of the secret.</summary>
    public static readonly WireToken Refresh = new("acr_", 48);

    private readonly int digits = (int)Math.Ceiling(size * 8 / Math.Log2(62));

    public int Length => prefix.Length + digits + ChecksumCharacters;

    public string Write(ReadOnlySpan<byte> bytes)
    {
        var body = prefix + Base62.Encode(bytes, digits);
        return body + Checksum(body);
    }

    /// <summary>False where it is not one of these, or was cut or mistyped.</summary>
    public bool TryRead(ReadOnlySpan<char> text, Span<byte> bytes) =>
        text.Length == Length
        && text.StartsWith(prefix, StringComparison.Ordinal)
        && Ascii.IsValid(text)
        && text[^ChecksumCharacters..].SequenceEqual(Checksum(text[..^ChecksumCharacters]))
        && Base62.TryDecode(text[prefix.Length..^ChecksumCharacters], bytes[..size]);

    private static string Checksum(ReadOnlySpan<char> body)
    {
        Span<byte> ascii = stackalloc byte[body.Length];
        Encoding.ASCII.GetBytes(body, ascii);
        return Base62.Of(Crc32.HashToUInt32(ascii), ChecksumCharacters);
    }
}

/// <summary>A code or refresh token in clear: on its way to the client, or from it. It does not print itself.</summary>
internal readonly struct TokenValue(string value)
{
    /// <summary>For the one answer that carries it.</summary>
    public string Reveal() => value;

    public override string ToString() => "***";
}
