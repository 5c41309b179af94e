using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Access.Identity;

/// <summary>
/// What people are refused about their own sign-in. The code is part of a text's key (<c>page.</c> and the code), since pages say it in the person's language;
/// commands print the sentence.
/// </summary>
internal static class PersonRefused
{
    public static readonly Refusal PasswordTooLong = Make("password_too_long", 400, $"A password has at most {PasswordRules.Longest} characters.");
    public static readonly Refusal PasswordCommon = Make("password_common", 400, "That password is among the first that somebody would try; choose another.");
    public static readonly Refusal PasswordOwnName = Make("password_own_name", 400, "The password cannot be the person's name or e-mail address.");
    public static readonly Refusal PasswordKnown = Make("password_known", 400, "That password is on the company's list of known ones; choose another.");
    public static readonly Refusal PasswordSame = Make("password_same", 400, "That is the password in use; choose another.");
    public static readonly Refusal PasswordWrong = Make("password_wrong", 400, "The password is wrong.");
    public static readonly Refusal CodeWrong = Make("code_wrong", 400, "The code is wrong, or was used already.");
    public static readonly Refusal SecondFactorThere = Make("second_factor_there", 409, "There is a second factor already; remove it first.");
    public static readonly Refusal NoSecondFactor = Make("second_factor_none", 409, "There is no second factor.");
    public static readonly Refusal NothingToConfirm = Make("second_factor_not_begun", 409, "The set-up of the second factor was not begun, or begun anew elsewhere.");

    public static readonly Refusal Passkey = Make("passkey_refused", 400, "The passkey was not accepted.");
    public static readonly Refusal PasskeyThere = Make("passkey_there", 409, "That passkey is registered already.");
    public static readonly Refusal PasskeyMissing = Make("passkey_missing", 404, "There is no such passkey.");
    public static readonly Refusal PasskeysTooMany = Make("passkeys_too_many", 409, $"There are {Model.Passkey.MostOfPerson} passkeys already; remove one first.");
    public static readonly Refusal PasskeyName = Make("passkey_name", 400, $"A passkey has a name of at most {Model.Passkey.LongestName} characters, without invisible ones.");

    /// <summary>By the company's policy.</summary>
    public static readonly Refusal SecondFactorRequired = Make("second_factor_required", 409, "The company asks for a second factor; it cannot be switched off.");

    /// <summary>So many passwords wait to be hashed that one more would take too long.</summary>
    public static readonly Refusal Busy = Make("sign_in_busy", 429, "Too many people sign in at this moment; try again in a few seconds.") with { RetryAfter = TimeSpan.FromSeconds(3) };

    /// <summary>Every one of them, so that a test can see that all have their texts.</summary>
    public static IReadOnlyList<Refusal> All =>
        [
            PasswordTooShort(SecurityPolicy.Default.PasswordLength), PasswordTooLong, PasswordCommon, PasswordOwnName, PasswordKnown, PasswordSame, PasswordWrong, CodeWrong, SecondFactorThere, NoSecondFactor,
            NothingToConfirm, Passkey, PasskeyThere, PasskeyMissing, PasskeysTooMany, PasskeyName, SecondFactorRequired, Busy, Delayed(TimeSpan.FromSeconds(1)),
        ];

    public static bool Has(Refusal refusal) => All.Any(one => one.Error.Code == refusal.Error.Code);

    /// <param name="length">What the company asks for.</param>
    public static Refusal PasswordTooShort(int length) => Make("password_too_short", 400, $"A password has at least {length} characters.") with { Arguments = [length] };

    /// <summary>After too many failures, also for those who know the password now.</summary>
    public static Refusal Delayed(TimeSpan wait) => Make("sign_in_delayed", 429, "After several failures there is a wait, also for the right password.") with { RetryAfter = wait };

    private static Refusal Make(string code, int status, string sentence) => new OAuthError(code, status).Because(sentence);
}
