namespace ApiConnections.Server.Model;

/// <summary>A callback address as registered for a consumer.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc9700#section-2.1"/>
internal sealed record RedirectUri
{
    private const int LongestAccepted = 2000;
    private static readonly string[] scriptSchemes = ["javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source", "ws", "wss", "ftp", "mailto", "tel"];
    private static readonly string[] ownParameters = ["code", "state", "iss", "error", "error_description"];

    public RedirectUri(string value) => Value = value;

    public string Value { get; }

    /// <summary>Why <paramref name="text"/> cannot be registered, in a sentence; null where it can.</summary>
    public static string? WhyNot(string text)
    {
        if (text.Length is 0 or > LongestAccepted)
            return $"A callback URL has 1 to {LongestAccepted} characters.";
        // Only what RFC 3986 lets stand in a URI, so that no reader (browser, proxy, app) sees another address than we compare.
        if (text.AsSpan().ContainsAnyExcept(uriCharacters))
            return "A callback URL holds only the characters of a URI; anything else must be percent-encoded, a host in its xn-- form.";
        if (text.Contains('*', StringComparison.Ordinal))
            return "A callback URL cannot hold a wildcard: addresses are compared exactly.";
        if (text.Contains('#', StringComparison.Ordinal))
            return "A callback URL cannot hold a fragment (#).";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || !text.StartsWith(uri.Scheme + ":", StringComparison.Ordinal))
            return "A callback URL must be absolute, for example https://app.example/callback, with its scheme in lower case.";

        if (uri.UserInfo.Length > 0)
            return "A callback URL cannot hold a user name or password.";

        return WhyNotScheme(text, uri) ?? WhyNotQuery(uri);
    }

    private static readonly System.Buffers.SearchValues<char> uriCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%");

    private static string? WhyNotScheme(string text, Uri uri)
    {
        if (uri.Scheme is "https" or "http")
        {
            if (!text.StartsWith(uri.Scheme + "://", StringComparison.Ordinal) || uri.Host.Length == 0)
                return "A callback URL needs a host after https://.";
            if (uri.Authority.Contains('@', StringComparison.Ordinal) || AuthorityOf(text).Contains('@', StringComparison.Ordinal))
                return "A callback URL cannot hold a user name or password.";
            if (uri.Scheme == "http" && uri.Host is not ("127.0.0.1" or "[::1]" or "localhost"))
                return "A callback URL must use https; http is allowed on 127.0.0.1, [::1] and localhost only.";

            return null;
        }

        if (Array.IndexOf(scriptSchemes, uri.Scheme) >= 0)
            return $"A callback URL cannot use the scheme {uri.Scheme}.";
        // RFC 8252 s7.1: a private-use scheme is a reversed domain name, so it holds a dot.
        return uri.Scheme.Contains('.', StringComparison.Ordinal) ? null : "A private-use scheme must hold a dot, for example com.example.app:/callback.";
    }

    private static string AuthorityOf(string text)
    {
        var rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var end = rest.AsSpan().IndexOfAny('/', '?');
        return end < 0 ? rest : rest[..end];
    }

    private static string? WhyNotQuery(Uri uri)
    {
        foreach (var pair in uri.Query.TrimStart('?').Split('&'))
        {
            var name = Uri.UnescapeDataString(pair.Split('=')[0]);
            if (Array.Exists(ownParameters, own => string.Equals(own, name, StringComparison.OrdinalIgnoreCase)))
                return $"The query of a callback URL cannot hold {name}: the answer brings its own.";
        }

        return null;
    }
}
