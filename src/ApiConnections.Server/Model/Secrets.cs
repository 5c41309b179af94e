using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;

namespace ApiConnections.Server.Model;

/// <summary>SHA-256 of a secret of 256 random bits; what is stored in its place. Not a password hash: there is nothing to guess.</summary>
internal readonly record struct SecretHash(byte[] Bytes)
{
    public const int Size = SHA256.HashSizeInBytes;

    public bool Equals(SecretHash other) => CryptographicOperations.FixedTimeEquals(Bytes, other.Bytes);

    public override int GetHashCode() => Bytes is null ? 0 : BitConverter.ToInt32(Bytes);
}

/// <summary>A consumer's or API's secret in clear: exists when it is made and while it is compared, is never stored and does not print itself.</summary>
internal sealed class ClientSecret
{
    public const string Prefix = "acs_";
    private const int Characters = 43; // 62^43 > 2^256
    private const int ChecksumCharacters = 6; // 62^6 > 2^32
    private readonly string value;

    private ClientSecret(string value) => this.value = value;

    /// <summary>The last four characters, by which people tell secrets apart.</summary>
    public string Hint => value[^4..];

    public SecretHash Hash
    {
        get
        {
            Span<byte> utf8 = stackalloc byte[256];
            return new SecretHash(SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(value, utf8)]));
        }
    }

    public static ClientSecret New()
    {
        var body = Prefix + Base62.Random(Characters);
        return new ClientSecret(body + Checksum(body));
    }

    /// <summary>For the one answer that shows a new secret.</summary>
    public string Reveal() => value;

    public override string ToString() => "***";

    /// <summary>False where a secret of ours was mistyped or cut; says nothing about whether it is anybody's.</summary>
    public static bool IsWhole(ReadOnlySpan<char> text) =>
        text.Length == Prefix.Length + Characters + ChecksumCharacters
        && text.StartsWith(Prefix, StringComparison.Ordinal)
        && text[^ChecksumCharacters..].SequenceEqual(Checksum(text[..^ChecksumCharacters]));

    private static string Checksum(ReadOnlySpan<char> body)
    {
        Span<byte> ascii = stackalloc byte[body.Length];
        return Encoding.ASCII.TryGetBytes(body, ascii, out _) ? Base62.Of(Crc32.HashToUInt32(ascii), ChecksumCharacters) : "";
    }
}

/// <summary>The alphabet of keys and secrets: nothing that a double click, a URL or a shell would cut.</summary>
internal static class Base62
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int DigitsAtOnce = 5; // as many as fit into 32 bits
    private const uint OfDigitsAtOnce = 62 * 62 * 62 * 62 * 62;

    public static string Random(int characters) => RandomNumberGenerator.GetString(Alphabet, characters);

    public static string Of(uint number, int characters) => string.Create(characters, number, static (digits, rest) =>
    {
        for (var i = digits.Length - 1; i >= 0; i--, rest /= 62)
            digits[i] = Alphabet[(int)(rest % 62)];
    });

    /// <summary>Big-endian bytes as one number in so many digits, which must suffice for it.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes, int characters)
    {
        Span<uint> number = stackalloc uint[bytes.Length / sizeof(uint)];
        for (var i = 0; i < number.Length; i++)
            number[i] = BinaryPrimitives.ReadUInt32BigEndian(bytes[(i * sizeof(uint))..]);

        Span<char> digits = stackalloc char[characters];
        for (var end = characters; end > 0; end -= DigitsAtOnce)
        {
            ulong rest = 0;
            foreach (ref var part in number)
            {
                rest = (rest << 32) | part;
                part = (uint)(rest / OfDigitsAtOnce);
                rest %= OfDigitsAtOnce;
            }

            for (var i = end - 1; i >= Math.Max(0, end - DigitsAtOnce); i--, rest /= 62)
                digits[i] = Alphabet[(int)(rest % 62)];
        }

        return new string(digits);
    }

    /// <summary>The reverse of <see cref="Encode"/>; false where a character is no digit, or the number does not fit.</summary>
    public static bool TryDecode(ReadOnlySpan<char> digits, Span<byte> bytes)
    {
        Span<uint> number = stackalloc uint[bytes.Length / sizeof(uint)];
        number.Clear();
        while (!digits.IsEmpty)
        {
            ulong carry = 0;
            uint shift = 1;
            foreach (var digit in digits[..Math.Min(DigitsAtOnce, digits.Length)])
            {
                if (ValueOf(digit) is not { } value)
                    return false;

                (carry, shift) = ((carry * 62) + value, shift * 62);
            }

            for (var i = number.Length - 1; i >= 0; i--)
            {
                carry += (ulong)number[i] * shift;
                number[i] = (uint)carry;
                carry >>= 32;
            }

            if (carry != 0)
                return false;

            digits = digits[Math.Min(DigitsAtOnce, digits.Length)..];
        }

        for (var i = 0; i < number.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(bytes[(i * sizeof(uint))..], number[i]);

        return true;
    }

    private static uint? ValueOf(char digit) => digit switch
    {
        >= '0' and <= '9' => (uint)(digit - '0'),
        >= 'A' and <= 'Z' => (uint)(digit - 'A' + 10),
        >= 'a' and <= 'z' => (uint)(digit - 'a' + 36),
        _ => null,
    };
}

/// <summary>The public name of a consumer or an API on the wire: 20 base62 characters.</summary>
internal static class PublicKey
{
    public const int Characters = 20;

    public static string New() => Base62.Random(Characters);
}
