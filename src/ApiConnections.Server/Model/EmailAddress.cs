using System.Buffers;

namespace ApiConnections.Server.Model;

/// <summary>E-mail addresses as people sign in with them. Whether one exists only a letter could tell; this tells what cannot be one.</summary>
internal static class EmailAddress
{
    // RFC 5321 s4.5.3.1.3: a path has 256 characters with its brackets.
    public const int Longest = 254;

    // Quoted local parts exist in the RFC and nowhere else.
    private static readonly SearchValues<char> never = SearchValues.Create(" \"\\<>()[],;:@/?#\u00A0\u3000");

    /// <summary>The address in normal form, or why it cannot be taken, in a sentence.</summary>
    public static (string? Address, Sentence? WhyNot) Read(string? typed)
    {
        var (text, whyNot) = DisplayText.Read("The e-mail address", typed, Longest, required: true);
        if (text is null)
            return (null, whyNot);

        return IsPlausible(text) ? (text, null) : (null, "That is no e-mail address; write it like name@example.com.");
    }

    private static bool IsPlausible(string text)
    {
        var at = text.LastIndexOf('@');
        return text.Length <= Longest && at is > 0 and <= 64 && IsLocalPart(text.AsSpan(0, at)) && IsDomain(text[(at + 1)..]);
    }

    private static bool IsLocalPart(ReadOnlySpan<char> part) =>
        !part.ContainsAny(never) && part[0] != '.' && part[^1] != '.' && part.IndexOf("..", StringComparison.Ordinal) < 0;

    private static bool IsDomain(string domain) =>
        domain.Contains('.', StringComparison.Ordinal)
        && domain.Split('.').All(label => label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(letter => char.IsLetterOrDigit(letter) || letter == '-'));
}
