using ApiConnections.Protocol;

namespace ApiConnections.Server.Access.Identity;

/// <summary>
/// What people are refused about their own sign-in. The code is part of a text's key (<c>page.</c> and the code), since pages say it in the person's language;
/// commands print the sentence.
/// </summary>
internal static class PersonRefused
{
    public static readonly Refusal PasswordTooShort = Make("password_too_short", 400, $"A password has at least {PasswordRules.Shortest} characters.");
    public static readonly Refusal PasswordTooLong = Make("password_too_long", 400, $"A password has at most {PasswordRules.Longest} characters.");
    public static readonly Refusal PasswordCommon = Make("password_common", 400, "That password is among the first that somebody would try; choose another.");
    public static readonly Refusal PasswordOwnName = Make("password_own_name", 400, "The password cannot be the person's name or e-mail address.");
    public static readonly Refusal PasswordWrong = Make("password_wrong", 400, "The password is wrong.");
    public static readonly Refusal CodeWrong = Make("code_wrong", 400, "The code is wrong, or was used already.");
    public static readonly Refusal SecondFactorThere = Make("second_factor_there", 409, "There is a second factor already; remove it first.");
    public static readonly Refusal NoSecondFactor = Make("second_factor_none", 409, "There is no second factor.");
    public static readonly Refusal NothingToConfirm = Make("second_factor_not_begun", 409, "The set-up of the second factor was not begun, or begun anew elsewhere.");

    /// <summary>So many passwords wait to be hashed that one more would take too long.</summary>
    public static readonly Refusal Busy = Make("sign_in_busy", 429, "Too many people sign in at this moment; try again in a few seconds.") with { RetryAfter = TimeSpan.FromSeconds(3) };

    /// <summary>Every one of them, so that a test can see that all have their texts.</summary>
    public static IReadOnlyList<Refusal> All =>
        [PasswordTooShort, PasswordTooLong, PasswordCommon, PasswordOwnName, PasswordWrong, CodeWrong, SecondFactorThere, NoSecondFactor, NothingToConfirm, Busy, Delayed(TimeSpan.FromSeconds(1))];

    public static bool Has(Refusal refusal) => All.Any(one => one.Error.Code == refusal.Error.Code);

    /// <summary>After too many failures, also for those who know the password now.</summary>
    public static Refusal Delayed(TimeSpan wait) => Make("sign_in_delayed", 429, "After several failures there is a short wait, also for the right password.") with { RetryAfter = wait };

    private static Refusal Make(string code, int status, string sentence) => new OAuthError(code, status).Because(sentence);
}
