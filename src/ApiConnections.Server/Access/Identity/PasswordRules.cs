using System.Reflection;
using ApiConnections.Protocol;

namespace ApiConnections.Server.Access.Identity;

/// <summary>Which passwords people may choose: length, and none of those that everybody tries first; no rules about kinds of characters.</summary>
/// <see href="https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver"/>
internal static class PasswordRules
{
    public const int Shortest = 10;

    /// <summary>Nothing longer is ever hashed.</summary>
    public const int Longest = 128;

    private static readonly HashSet<string> common = [.. ReadCommon()];

    /// <summary>Why it cannot be taken; null where it can.</summary>
    public static Refusal? WhyNot(string? password, string email, string name)
    {
        if (password is null || password.EnumerateRunes().Count() < Shortest)
            return PersonRefused.PasswordTooShort;
        if (password.Length > Longest)
            return PersonRefused.PasswordTooLong;

        var bare = Bare(password);
        if (common.Contains(bare) || common.Contains(Core(bare)) || bare.Distinct().Count() <= 2)
            return PersonRefused.PasswordCommon;

        return new[] { email, email.Split('@')[0], name }.Select(Bare).Any(own => own.Length > 3 && (own == bare || own == Core(bare))) ? PersonRefused.PasswordOwnName : null;
    }

    private static string Bare(string text) => new([.. text.Where(letter => !char.IsWhiteSpace(letter)).Select(char.ToLowerInvariant)]);

    // Without the year, the digits and the exclamation mark that people put around a word.
    private static string Core(string bare) => bare.Trim('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '!', '.', '?', '*', '#', '@', '$', '-', '_', '+');

    private static string[] ReadCommon()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("common-passwords.txt")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
