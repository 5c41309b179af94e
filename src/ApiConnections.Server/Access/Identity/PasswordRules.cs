using System.Reflection;
using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Access.Identity;

/// <summary>
/// Which passwords people may choose: the length that their company asks for, and none of those that everybody tries first or that the company knows of; no rules about
/// kinds of characters.
/// </summary>
/// <see href="https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver"/>
internal static class PasswordRules
{
    /// <summary>Nothing longer is ever hashed.</summary>
    public const int Longest = SecurityPolicy.LongestPassword;

    private static readonly HashSet<string> common = [.. ReadCommon()];

    /// <summary>Why it cannot be taken; null where it can.</summary>
    public static Refusal? WhyNot(string? password, string email, string name, SecurityPolicy policy)
    {
        if (password is null || password.EnumerateRunes().Count() < policy.PasswordLength)
            return PersonRefused.PasswordTooShort(policy.PasswordLength);
        if (password.Length > Longest)
            return PersonRefused.PasswordTooLong;

        var bare = SecurityPolicy.BarePassword(password);
        var core = Core(bare);
        if (common.Contains(bare) || common.Contains(core) || bare.Distinct().Count() <= 2)
            return PersonRefused.PasswordCommon;
        if (policy.KnownPasswords.Select(SecurityPolicy.BarePassword).Any(known => known == bare || known == core))
            return PersonRefused.PasswordKnown;

        return new[] { email, email.Split('@')[0], name }.Select(SecurityPolicy.BarePassword).Any(own => own.Length > 3 && (own == bare || own == core)) ? PersonRefused.PasswordOwnName : null;
    }

    // Without the year, the digits and the exclamation mark that people put around a word.
    private static string Core(string bare) => bare.Trim('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '!', '.', '?', '*', '#', '@', '$', '-', '_', '+');

    private static string[] ReadCommon()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("common-passwords.txt")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
