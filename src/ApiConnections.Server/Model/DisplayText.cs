using System.Globalization;
using System.Text;

namespace ApiConnections.Server.Model;

/// <summary>The rules for text that administrators type and other people read: names, descriptions, labels, links.</summary>
internal static class DisplayText
{
    public const int LongestName = 80;
    public const int LongestDescription = 500;

    /// <summary>The text in normal form (NFC) without spaces around it, or why it cannot be taken, in a sentence.</summary>
    /// <param name="field">How the sentence calls it, with a capital letter.</param>
    public static (string? Text, string? WhyNot) Read(string field, string? typed, int longest, bool required)
    {
        if (string.IsNullOrWhiteSpace(typed))
            return required ? (null, $"{field} cannot be empty.") : ("", null);
        // Bounded before anything that costs more than the length itself.
        if (typed.Length > longest * 16)
            return (null, $"{field} has at most {longest} characters.");
        if (!IsWellFormed(typed))
            return (null, $"{field} holds characters that cannot be read.");

        var text = typed.Trim().Normalize(NormalizationForm.FormC);
        if (HidesSomething(text))
            return (null, $"{field} cannot hold control, invisible or direction-changing characters.");
        // Counted as a person counts, but a heap of combining marks does not pass as one character.
        if (new StringInfo(text).LengthInTextElements > longest || text.Length > longest * 4)
            return (null, $"{field} has at most {longest} characters.");

        return (text, null);
    }

    /// <summary>Text that was not checked when it came in, as it may stand on a page: what hides or turns something is shown as �, the rest is cut off.</summary>
    public static string Visible(string text, int longest = LongestDescription)
    {
        var visible = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (visible.Length >= longest)
                return visible.Append('…').ToString();

            visible.Append(Hides(rune) ? Rune.ReplacementChar : rune);
        }

        return visible.ToString();
    }

    /// <summary>What makes two names the same: case and compatibility forms do not count.</summary>
    public static string Key(string text) => text.Normalize(NormalizationForm.FormKC).ToLowerInvariant().Normalize(NormalizationForm.FormKC);

    /// <summary>Why <paramref name="text"/> is no https address that a person can be sent to, in a sentence; null where it is.</summary>
    public static string? WhyNotHttps(string field, string text) =>
        text.Length <= 2000 && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps
            && uri.UserInfo.Length == 0 && uri.Host.Length > 0 && !HidesSomething(text) && !text.Contains(' ', StringComparison.Ordinal)
            ? null
            : $"{field} must be an https address.";

    private static bool IsWellFormed(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar)
                return false;
        }

        return true;
    }

    private static bool HidesSomething(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Hides(rune))
                return true;
        }

        return false;
    }

    private static bool Hides(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate;
}
