namespace ApiConnections.Server.Model;

/// <summary>A callback address as registered for a consumer.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc9700#section-2.1"/>
internal sealed record RedirectUri
{
    private const int LongestAccepted = 2000;
    private static readonly string[] loopbackHosts = ["http://127.0.0.1", "http://[::1]", "http://localhost"];
    private static readonly string[] scriptSchemes = ["javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source", "ws", "wss", "ftp", "mailto", "tel"];
    private static readonly string[] ownParameters = ["code", "state", "iss", "error", "error_description"];

    public RedirectUri(string value) => Value = value;

    public string Value { get; }

    /// <summary>Whether the address is one of the app's own machine: anything that runs there may take it.</summary>
    public bool IsLoopback => Array.Exists(loopbackHosts, host => WithoutPort(Value, host) is not null);

    /// <summary>Whether only who holds the host's certificate can receive what is sent there.</summary>
    public bool IsHttps => Value.StartsWith("https://", StringComparison.Ordinal);

    /// <summary>Where it leads, as people read it: the host, or the scheme of an app.</summary>
    public string Host => Uri.TryCreate(Value, UriKind.Absolute, out var uri) && uri.Host.Length > 0 ? uri.Host : Value.Split(':')[0];

    /// <summary>Whether <paramref name="requested"/> is this address.</summary>
    public bool Allows(string requested)
    {
        // RFC 9700 s2.1: simple string comparison.
        if (string.Equals(Value, requested, StringComparison.Ordinal))
            return true;

        // RFC 8252 s7.3: the port of a loopback address is the app's to choose when it runs; all else is compared as it stands.
        return Array.Exists(loopbackHosts, host =>
            WithoutPort(Value, host) is { } registered && WithoutPort(requested, host) is { } rest && string.Equals(registered, rest, StringComparison.Ordinal));
    }

    // What follows the host and its port; null where the address is not of that host.
    private static string? WithoutPort(string uri, string host)
    {
        if (!uri.StartsWith(host, StringComparison.Ordinal))
            return null;

        var rest = uri[host.Length..];
        if (rest.StartsWith(':'))
        {
            var digits = 1;
            while (digits < rest.Length && char.IsAsciiDigit(rest[digits]))
                digits++;
            if (!ushort.TryParse(rest.AsSpan(1, digits - 1), System.Globalization.CultureInfo.InvariantCulture, out var port) || port == 0)
                return null;

            rest = rest[digits..];
        }

        return rest is "" or ['/' or '?', ..] ? rest : null;
    }

    /// <summary>Why <paramref name="text"/> cannot be registered, in a sentence; null where it can.</summary>
    public static Sentence? WhyNot(string text)
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

    private static Sentence? WhyNotScheme(string text, Uri uri)
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
        if (uri.Scheme.Contains('.', StringComparison.Ordinal))
            return null;

        return "A private-use scheme must hold a dot, for example com.example.app:/callback.";
    }

    private static string AuthorityOf(string text)
    {
        var rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var end = rest.AsSpan().IndexOfAny('/', '?');
        return end < 0 ? rest : rest[..end];
    }

    private static Sentence? WhyNotQuery(Uri uri)
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
