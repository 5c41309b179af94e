using System.Text.Json.Serialization;

namespace ApiConnections.Server.Model;

/// <summary>What a company asks of how its people sign in. Stored as JSON: what is missing there has the default given here.</summary>
/// <param name="PasswordLength">A password has at least so many characters; 8 to 64, 10 by default.</param>
/// <param name="PasswordMonths">After so many months another password must be chosen; 1 to 60. Null, the default: never, as NIST SP 800-63B s3.1.1.2 advises.</param>
/// <param name="LockOutAttempts">From so many failed sign-ins on there is a wait; 3 to 20, 5 by default.</param>
/// <param name="LockOutMinutes">How long it is; 1 to 1,440. Null, the default: it begins with two seconds and doubles, up to a minute.</param>
/// <param name="IdleMinutes">A session ends after so many minutes without a request; 5 to 1,440, 30 by default.</param>
/// <param name="SessionHours">It ends after so many hours, however busy it is; 1 to 168, 8 by default.</param>
/// <param name="SecondFactor">Who cannot sign in with a password alone; nobody by default.</param>
internal sealed record SecurityPolicy(
    int PasswordLength = 10,
    int? PasswordMonths = null,
    int LockOutAttempts = 5,
    int? LockOutMinutes = null,
    int IdleMinutes = 30,
    int SessionHours = 8,
    SecondFactorFor SecondFactor = SecondFactorFor.Nobody)
{
    public const int MostKnownPasswords = 1000;
    public const int LongestPassword = 128;

    public static readonly SecurityPolicy Default = new();

    /// <summary>What nobody of the company may choose, beside the list that is built in; a column of its own, since only who chooses a password needs it.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> KnownPasswords { get; init; } = [];

    [JsonIgnore]
    public TimeSpan LongestIdle => TimeSpan.FromMinutes(IdleMinutes);

    [JsonIgnore]
    public TimeSpan LongestSession => TimeSpan.FromHours(SessionHours);

    /// <summary>Whether a password that was set at <paramref name="changed"/> must be replaced.</summary>
    public bool IsExpired(DateTimeOffset changed, DateTimeOffset now) => PasswordMonths is { } months && changed.AddMonths(months) <= now;

    /// <summary>Whether somebody with that role cannot sign in with a password alone.</summary>
    public bool AsksSecondFactor(UserRole role) => SecondFactor switch
    {
        SecondFactorFor.Everybody => true,
        SecondFactorFor.Administrators => role == UserRole.SuperAdministrator,
        _ => false,
    };

    /// <summary>What cannot be taken, and why.</summary>
    public IEnumerable<(SecurityField Field, Sentence WhyNot)> Problems()
    {
        if (PasswordLength is < 8 or > 64)
            yield return (SecurityField.PasswordLength, "The minimum length of a password is 8 to 64 characters.");
        if (PasswordMonths is < 1 or > 60)
            yield return (SecurityField.PasswordMonths, "A password is changed after 1 to 60 months, or never.");
        if (KnownPasswords.Count > MostKnownPasswords)
            yield return (SecurityField.KnownPasswords, $"The list holds at most {MostKnownPasswords} passwords.");
        if (KnownPasswords.Any(known => known.Length > LongestPassword || known.Any(char.IsControl)))
            yield return (SecurityField.KnownPasswords, $"Each password of the list stands on a line of its own and has at most {LongestPassword} characters.");
        if (LockOutAttempts is < 3 or > 20)
            yield return (SecurityField.LockOutAttempts, "The wait begins after 3 to 20 failed sign-ins.");
        if (LockOutMinutes is < 1 or > 1440)
            yield return (SecurityField.LockOutMinutes, "The wait is 1 to 1,440 minutes, or grows from two seconds to a minute.");
        if (IdleMinutes is < 5 or > 1440)
            yield return (SecurityField.IdleMinutes, "A session without a request ends after 5 to 1,440 minutes.");
        if (SessionHours is < 1 or > 168)
            yield return (SecurityField.SessionHours, "A session ends after 1 to 168 hours.");
        else if (LongestIdle > LongestSession)
            yield return (SecurityField.IdleMinutes, "The time without a request cannot be longer than the whole session.");
    }

    /// <summary>A list as it was typed, one on each line; what is the same but for case and spaces stands there once.</summary>
    public static IReadOnlyList<string> ReadKnownPasswords(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).DistinctBy(BarePassword).Where(known => BarePassword(known).Length > 0)];

    /// <summary>Without spaces and case, which make no password a better one.</summary>
    public static string BarePassword(string text) => new([.. text.Where(letter => !char.IsWhiteSpace(letter)).Select(char.ToLowerInvariant)]);
}

/// <summary>Who has to have a second factor.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SecondFactorFor>))]
internal enum SecondFactorFor
{
    [JsonStringEnumMemberName("nobody")]
    Nobody,

    /// <summary>Super administrators.</summary>
    [JsonStringEnumMemberName("administrators")]
    Administrators,

    [JsonStringEnumMemberName("everybody")]
    Everybody,
}

internal static class SecondFactorWords
{
    /// <summary>As commands and records call it; the column holds the same words.</summary>
    public static string Word(this SecondFactorFor who) => who.ToString().ToLowerInvariant();
}

/// <summary>A field of the policy, for what is wrong with it.</summary>
internal enum SecurityField
{
    PasswordLength,
    PasswordMonths,
    KnownPasswords,
    LockOutAttempts,
    LockOutMinutes,
    IdleMinutes,
    SessionHours,
}
