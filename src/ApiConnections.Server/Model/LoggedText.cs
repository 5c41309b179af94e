using System.Text.RegularExpressions;

namespace ApiConnections.Server.Model;

/// <summary>What a request brought, as its consumer's owner may read it: bounded, without anything that could be a secret, a code or a token.</summary>
internal static class LoggedText
{
    private const string Hidden = "***";
    private const int Longest = 500;
    private const int LongestAgent = 200;
    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    // Secrets, codes and refresh tokens of ours, whole or cut; and whatever is long and random enough to be one of somebody's.
    private static readonly Regex random = new("ac[crs](_|%5f)[0-9a-z]*|[0-9a-z_-]{40,}", Linear);

    // The value of a parameter that is a secret by its name, in a query, a form or a fragment.
    private static readonly Regex parameter = new(
        "((client_secret|client_assertion|assertion|code_verifier|code|refresh_token|access_token|id_token|token|password|secret)(=|%3d))[^&;#\\s]*", Linear);

    private static readonly Regex userInfo = new("//[^/?#@\\s]*@", Linear);

    /// <param name="text">As it came.</param>
    public static string Of(string? text) => string.IsNullOrEmpty(text) ? "" : DisplayText.Visible(WithoutSecrets(text), Longest);

    /// <summary>The name that a client gives itself, in printable ASCII.</summary>
    public static string Agent(string text) =>
        new([.. WithoutSecrets(text).Take(LongestAgent).Select(character => character is >= ' ' and < (char)0x7F ? character : '?')]);

    private static string WithoutSecrets(string text) => random.Replace(userInfo.Replace(parameter.Replace(text, "$1" + Hidden), "//" + Hidden + "@"), Hidden);
}
