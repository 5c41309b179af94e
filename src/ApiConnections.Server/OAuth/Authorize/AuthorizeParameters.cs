using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Server.OAuth.Shared;

namespace ApiConnections.Server.OAuth.Authorize;

/// <summary>The parameters of an authorization request as the app sent them; an empty value counts as absent, and unknown ones are left out.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-3.1"/>
internal sealed class AuthorizeParameters
{
    // Sealed, it travels in an address of ours within another (/signin?return=…), and a request line holds 8 KiB.
    private const int Longest = 5000;

    private static readonly Refusal malformed = OAuthError.InvalidRequest.Because("The request is malformed: parameters are UTF-8, percent-encoded, name=value, with & between them.");
    private static readonly Refusal tooLong = OAuthError.InvalidRequest.Because("The request is too long.");

    private static readonly string[] names =
    [
        OAuthParameters.ResponseType, OAuthParameters.ClientId, OAuthParameters.RedirectUri, OAuthParameters.Scope, OAuthParameters.State,
        OAuthParameters.CodeChallenge, OAuthParameters.CodeChallengeMethod, OAuthParameters.Resource, OAuthParameters.Prompt, OAuthParameters.LoginHint,
        OAuthParameters.UiLocales, OAuthParameters.ResponseMode, OAuthParameters.Request, OAuthParameters.RequestUri,
    ];

    private readonly string?[] values = new string?[names.Length];
    private int seen; // one bit per parameter
    private int repeated;

    /// <summary>The value; null where it is absent, empty, or was given twice.</summary>
    public string? this[string name] => values[Array.IndexOf(names, name)];

    /// <summary>RFC 6749 s3.1: parameters that were given more than once.</summary>
    public IEnumerable<string> Repeated => names.Where((_, index) => (repeated & (1 << index)) != 0);

    /// <summary>Reads a query or a form body.</summary>
    public static Outcome<AuthorizeParameters> Parse(ReadOnlySpan<byte> query)
    {
        var parameters = new AuthorizeParameters();
        foreach (var range in query.Split((byte)'&'))
        {
            var pair = query[range];
            var equals = pair.IndexOf((byte)'=');
            if (FormParser.Decode(equals < 0 ? pair : pair[..equals]) is not { } name || FormParser.Decode(equals < 0 ? [] : pair[(equals + 1)..]) is not { } value)
                return malformed;

            parameters.Add(Array.IndexOf(names, name), value);
        }

        return parameters.ToString().Length > Longest ? tooLong : parameters;
    }

    /// <summary>As a query that reads the same again.</summary>
    public override string ToString()
    {
        var query = new StringBuilder();
        for (var i = 0; i < names.Length; i++)
        {
            if ((repeated & (1 << i)) != 0)
                query.Append('&').Append(names[i]).Append("=&").Append(names[i]).Append('=');
            else if (values[i] is { } value)
                query.Append('&').Append(names[i]).Append('=').Append(Uri.EscapeDataString(value));
        }

        return query.ToString().TrimStart('&');
    }

    private void Add(int index, string value)
    {
        if (index < 0)
            return;

        var bit = 1 << index;
        repeated |= seen & bit;
        seen |= bit;
        values[index] = (repeated & bit) != 0 || value.Length == 0 ? null : value;
    }
}

/// <summary>A request and when it was asked, so that a sign-in before it does not count as one after it.</summary>
internal sealed record AskedRequest(AuthorizeParameters Parameters, DateTimeOffset At)
{
    public static AskedRequest? Read(string text)
    {
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        return end > 0 && long.TryParse(text.AsSpan(0, end), System.Globalization.CultureInfo.InvariantCulture, out var at)
            && AuthorizeParameters.Parse(Encoding.UTF8.GetBytes(text[(end + 1)..])).TryGet(out var parameters, out _)
            ? new AskedRequest(parameters, DateTimeOffset.FromUnixTimeMilliseconds(at))
            : null;
    }

    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{At.ToUnixTimeMilliseconds()}\n{Parameters}");
}
