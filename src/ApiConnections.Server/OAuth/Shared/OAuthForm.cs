using System.Text;

namespace ApiConnections.Server.OAuth.Shared;

/// <summary>The parameters of an OAuth request; an empty value counts as absent (RFC 6749 s3.2).</summary>
internal sealed class OAuthForm
{
    // In the order of the properties below.
    private static readonly byte[][] names =
    [
        "grant_type"u8.ToArray(),
        "client_id"u8.ToArray(),
        "client_secret"u8.ToArray(),
        "scope"u8.ToArray(),
        "resource"u8.ToArray(),
        "code"u8.ToArray(),
        "redirect_uri"u8.ToArray(),
        "code_verifier"u8.ToArray(),
        "refresh_token"u8.ToArray(),
        "token"u8.ToArray(),
        "token_type_hint"u8.ToArray(),
    ];

    private const int ResourceIndex = 4;

    /// <summary>How many parameters are known; they are numbered from 0.</summary>
    public static int Known => names.Length;

    private readonly string?[] values = new string?[names.Length];
    private int seen; // one bit per parameter

    public string? GrantType => values[0];

    public string? ClientId => values[1];

    public string? ClientSecret => values[2];

    public string? Scope => values[3];

    public string? Resource => values[ResourceIndex];

    public string? Code => values[5];

    public string? RedirectUri => values[6];

    public string? CodeVerifier => values[7];

    public string? RefreshToken => values[8];

    public string? Token => values[9];

    public string? TokenTypeHint => values[10];

    /// <summary>RFC 8707 s2 lets a client name several resources; this server issues a token for one.</summary>
    public bool HasSeveralResources { get; private set; }

    /// <summary>Which parameter bears this name; -1 for one that is ignored (RFC 6749 s3.2).</summary>
    // Hot path: token
    public static int IndexOf(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < names.Length; i++)
        {
            if (name.SequenceEqual(names[i]))
                return i;
        }

        return -1;
    }

    /// <returns>False where it was given before.</returns>
    // Hot path: token
    public bool TryAdd(int index, string value)
    {
        var bit = 1 << index;
        if ((seen & bit) != 0)
        {
            if (index != ResourceIndex)
                return false;

            HasSeveralResources = true;
            return true;
        }

        seen |= bit;
        values[index] = value.Length == 0 ? null : value;
        return true;
    }

    /// <summary>The wire name of a parameter, for messages.</summary>
    public static string NameOf(int index) => Encoding.ASCII.GetString(names[index]);
}
