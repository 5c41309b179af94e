using System.Globalization;
using System.Text;

namespace ApiConnections.Server.Model;

/// <summary>The rules for text that administrators type and other people read: names, descriptions, labels, links.</summary>
internal static class DisplayText
{
    public const int LongestName = 80;
    public const int LongestDescription = 500;
    public const int LongestSearch = 200;
    private const int Never = 0xFFFE; // no character, by the Unicode standard

    /// <summary>The text in normal form (NFC) without spaces around it, or why it cannot be taken, in a sentence.</summary>
    /// <param name="field">How the sentence calls it, with a capital letter.</param>
    public static (string? Text, Sentence? WhyNot) Read(string field, string? typed, int longest, bool required)
    {
        if (string.IsNullOrWhiteSpace(typed))
            return required ? (null, Refuse($"{field} cannot be empty.")) : ("", null);
        // Bounded before anything that costs more than the length itself.
        if (typed.Length > longest * 16)
            return (null, Refuse($"{field} has at most {longest} characters."));
        if (!IsWellFormed(typed))
            return (null, Refuse($"{field} holds characters that cannot be read."));

        var text = typed.Trim().Normalize(NormalizationForm.FormC);
        if (HidesSomething(text))
            return (null, Refuse($"{field} cannot hold control, invisible or direction-changing characters."));
        // Counted as a person counts, but a heap of combining marks does not pass as one character.
        if (new StringInfo(text).LengthInTextElements > longest || text.Length > longest * 4)
            return (null, Refuse($"{field} has at most {longest} characters."));

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
    public static string Key(string text) => Readable(text).Normalize(NormalizationForm.FormKC).ToLowerInvariant().Normalize(NormalizationForm.FormKC);

    /// <summary>Its words, which are letters and digits alone, in lower case and without accents: what people type of a name where they do not know how it is written.</summary>
    public static string[] Words(string text)
    {
        var plain = Key(text).Normalize(NormalizationForm.FormD).Where(character => CharUnicodeInfo.GetUnicodeCategory(character) != UnicodeCategory.NonSpacingMark);
        return string.Concat(plain.Select(character => char.IsLetterOrDigit(character) ? character : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>What was typed to find something, as statements can take it: bounded, and without characters that no text here has.</summary>
    public static string Search(string typed) =>
        string.Concat((typed.Length <= LongestSearch ? typed : typed[..LongestSearch]).EnumerateRunes().Where(rune => !Rune.IsControl(rune)));

    /// <summary>Whether letters that look alike in several scripts stand together in one text: Latin, Greek and Cyrillic.</summary>
    public static bool MixesScripts(string text)
    {
        var scripts = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetter(rune))
                scripts |= rune.Value switch { < 0x250 => 1, >= 0x370 and < 0x400 => 2, >= 0x400 and < 0x530 => 4, _ => 0 };
        }

        return (scripts & (scripts - 1)) != 0;
    }

    /// <summary>Why <paramref name="text"/> is no https address that a person can be sent to, in a sentence; null where it is.</summary>
    public static Sentence? WhyNotHttps(string field, string text)
    {
        var isHttps = text.Length <= 2000 && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps
            && uri.UserInfo.Length == 0 && uri.Host.Length > 0 && !HidesSomething(text) && !text.Contains(' ', StringComparison.Ordinal);
        if (isHttps)
            return null;

        return $"{field} must be an https address.";
    }

    // The compiler takes what stands in a tuple for a plain string.
    private static Sentence Refuse(Sentence sentence) => sentence;

    private static bool IsWellFormed(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar || rune.Value == Never)
                return false;
        }

        return true;
    }

    // What was typed to find something may hold what no text here has: the runtime normalizes no U+FFFE and no half of a pair, and PostgreSQL takes no NUL.
    private static string Readable(string text) => string.Concat(text.EnumerateRunes().Select(rune => rune.Value is 0 or Never ? Rune.ReplacementChar : rune));

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
