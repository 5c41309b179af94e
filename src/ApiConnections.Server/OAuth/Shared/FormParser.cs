using System.Text;
using System.Text.Unicode;
using ApiConnections.Protocol;

namespace ApiConnections.Server.OAuth.Shared;

/// <summary>Takes <c>application/x-www-form-urlencoded</c> bytes apart.</summary>
/// <see href="https://url.spec.whatwg.org/#urlencoded-parsing"/>
internal static class FormParser
{
    private const int MostParameters = 32;
    private const int LongestName = 64;
    private const int LongestValue = 8 * 1024;

    private static readonly Refusal malformed = OAuthError.InvalidRequest.Because("The form is malformed: parameters are UTF-8, percent-encoded, name=value, with & between them.");
    private static readonly Refusal tooMany = OAuthError.InvalidRequest.Because("The form holds more than 32 parameters.");
    private static readonly Refusal tooLong = OAuthError.InvalidRequest.Because("A parameter has a name over 64 or a value over 8192 bytes.");
    private static readonly Refusal[] repeated = [.. Enumerable.Range(0, OAuthForm.Known).Select(i => OAuthError.InvalidRequest.Because($"The parameter {OAuthForm.NameOf(i)} stands in the form twice."))];

    // Hot path: token
    public static Outcome<OAuthForm> Parse(ReadOnlySpan<byte> body)
    {
        var form = new OAuthForm();
        Span<byte> name = stackalloc byte[LongestName];
        var parameters = 0;
        while (!body.IsEmpty)
        {
            var end = body.IndexOf((byte)'&');
            var pair = end < 0 ? body : body[..end];
            body = end < 0 ? [] : body[(end + 1)..];
            if (pair.IsEmpty)
                continue;
            if (++parameters > MostParameters)
                return tooMany;

            var equals = pair.IndexOf((byte)'=');
            var encodedName = equals < 0 ? pair : pair[..equals];
            var encodedValue = equals < 0 ? [] : pair[(equals + 1)..];
            if (encodedName.Length > LongestName || encodedValue.Length > LongestValue)
                return tooLong;

            if (!TryDecode(encodedName, name, out var nameLength) || !Utf8.IsValid(name[..nameLength]) || !TryRead(encodedValue, out var value))
                return malformed;

            var index = OAuthForm.IndexOf(name[..nameLength]);
            if (index >= 0 && !form.TryAdd(index, value))
                return repeated[index];
        }

        return form;
    }

    /// <summary>Form-decodes <paramref name="text"/>, for credentials in HTTP Basic (RFC 6749 s2.3.1); null where it is malformed.</summary>
    public static string? Decode(ReadOnlySpan<byte> text) => text.Length <= LongestValue && TryRead(text, out var value) ? value : null;

    private static bool TryRead(ReadOnlySpan<byte> encoded, out string value)
    {
        value = "";
        Span<byte> decoded = encoded.Length <= 512 ? stackalloc byte[512] : new byte[encoded.Length];
        if (!TryDecode(encoded, decoded, out var length) || !Utf8.IsValid(decoded[..length]))
            return false;

        value = Encoding.UTF8.GetString(decoded[..length]);
        return true;
    }

    private static bool TryDecode(ReadOnlySpan<byte> encoded, Span<byte> decoded, out int length)
    {
        length = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            var b = encoded[i];
            if (b == '%')
            {
                if (i + 2 >= encoded.Length || !TryHex(encoded[i + 1], out var high) || !TryHex(encoded[i + 2], out var low))
                    return false;

                b = (byte)((high << 4) | low);
                i += 2;
            }
            else if (b == '+')
            {
                b = (byte)' ';
            }

            decoded[length++] = b;
        }

        return true;
    }

    private static bool TryHex(byte digit, out int value)
    {
        value = digit switch
        {
            >= (byte)'0' and <= (byte)'9' => digit - '0',
            >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
            >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
            _ => -1,
        };
        return value >= 0;
    }
}
