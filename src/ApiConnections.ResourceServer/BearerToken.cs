using System.Buffers;
using ApiConnections.Protocol;
using Microsoft.Extensions.Primitives;

namespace ApiConnections.ResourceServer;

/// <summary>The token of an Authorization header; a token anywhere else (query, form) is not looked at.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6750#section-2.1"/>
// Hot path: resource-server
internal static class BearerToken
{
    /// <summary>Longer tokens are refused unread: a legitimate one has some 800 characters.</summary>
    public const int MaxLength = 8 * 1024;

    private const string Scheme = "Bearer";

    private static readonly SearchValues<char> base64UrlAndDot =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>Null and the token, or why there is none.</summary>
    public static Refusal? Read(StringValues authorization, out ReadOnlySpan<char> token)
    {
        token = default;
        if (authorization.Count > 1)
            return Refusals.TwoAuthorizations;

        // RFC 9110 s11.1: the scheme is compared without case.
        var value = authorization.Count == 0 ? default : authorization[0].AsSpan();
        if (!value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || (value.Length > Scheme.Length && value[Scheme.Length] != ' '))
            return Refusals.NoToken;

        token = value[Scheme.Length..].TrimStart(' ');
        return token.IsEmpty ? Refusals.Malformed : null;
    }

    /// <summary>
    /// True where the text can be a signed token at all: three parts (an encrypted one has five), base64url, not too long. It spares the
    /// parser's exceptions on junk, and decompression of what nobody signed.
    /// </summary>
    public static bool LooksSigned(ReadOnlySpan<char> token) =>
        token.Length <= MaxLength && token.Count('.') == 2 && !token.ContainsAnyExcept(base64UrlAndDot);
}
