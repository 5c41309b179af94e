using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Server.OAuth.Shared;

namespace ApiConnections.Server.OAuth.ClientAuthentication;

/// <summary>The key and secret that a request brings.</summary>
/// <param name="UndecodedSecret">The secret of a Basic header as it stood there, where form-decoding changed it: many clients do not encode.</param>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1"/>
internal readonly record struct ClientCredentials(string Key, string? Secret, string? UndecodedSecret)
{
    private const int LongestBasic = 4096;

    private static readonly Refusal none = OAuthError.InvalidClient.Because("Authenticate with your key and secret: HTTP Basic, or client_id and client_secret in the form; a public consumer sends client_id alone.");
    private static readonly Refusal malformed = OAuthError.InvalidClient.Because("The Authorization header is malformed: Basic, then the base64 of key:secret, both form-encoded.");
    private static readonly Refusal twoWays = OAuthError.InvalidRequest.Because("Authenticate in one way: HTTP Basic, or client_secret in the form, not both.");
    private static readonly Refusal twoKeys = OAuthError.InvalidRequest.Because("The client_id of the form is another one than that of the Authorization header.");

    public override string ToString() => $"{Key}:***";

    // Hot path: token
    public static Outcome<ClientCredentials> Read(HttpRequest request, OAuthForm form)
    {
        var headers = request.Headers.Authorization;
        if (headers.Count == 0)
            return form.ClientId is { } key ? new ClientCredentials(key, form.ClientSecret, null) : none;

        // RFC 6749 s2.3: a client must not use more than one way in a request.
        if (headers.Count > 1 || form.ClientSecret is not null)
            return twoWays;
        if (ReadBasic(headers[0]) is not { } basic)
            return malformed;
        if (form.ClientId is { } named && !string.Equals(named, basic.Key, StringComparison.Ordinal))
            return twoKeys;

        return basic;
    }

    private static ClientCredentials? ReadBasic(string? header)
    {
        const string Scheme = "Basic ";
        if (header is null || header.Length > LongestBasic || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return null;

        Span<byte> decoded = stackalloc byte[LongestBasic];
        if (!Convert.TryFromBase64Chars(header.AsSpan(Scheme.Length).Trim(' '), decoded, out var length))
            return null;

        decoded = decoded[..length];
        var colon = decoded.IndexOf((byte)':');
        if (colon <= 0)
            return null;

        // RFC 6749 s2.3.1: key and secret are form-encoded before they are put together.
        var secret = decoded[(colon + 1)..];
        if (FormParser.Decode(decoded[..colon]) is not { Length: > 0 } key)
            return null;

        var plain = FormParser.Decode(secret);
        var asItStands = secret.ContainsAny((byte)'%', (byte)'+') && Ascii.IsValid(secret) ? Encoding.ASCII.GetString(secret) : null;
        return (plain ?? asItStands) is { Length: > 0 } usable ? new ClientCredentials(key, usable, asItStands) : null;
    }
}
