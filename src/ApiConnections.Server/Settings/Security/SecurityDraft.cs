using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.Security;

/// <summary>What stands in the form of the policy while somebody types.</summary>
internal sealed class SecurityDraft
{
    public int? PasswordLength { get; set; }

    public int? PasswordMonths { get; set; }

    public string KnownPasswords { get; set; } = "";

    public int? LockOutAttempts { get; set; }

    public int? LockOutMinutes { get; set; }

    public int? IdleMinutes { get; set; }

    public int? SessionHours { get; set; }

    public SecondFactorFor SecondFactor { get; set; }

    public static SecurityDraft Of(SecurityPolicy policy) => new()
    {
        PasswordLength = policy.PasswordLength,
        PasswordMonths = policy.PasswordMonths,
        KnownPasswords = string.Join('\n', policy.KnownPasswords),
        LockOutAttempts = policy.LockOutAttempts,
        LockOutMinutes = policy.LockOutMinutes,
        IdleMinutes = policy.IdleMinutes,
        SessionHours = policy.SessionHours,
        SecondFactor = policy.SecondFactor,
    };

    /// <summary>As the room's function takes it: what must not be empty is then too small.</summary>
    public SecurityEdit Typed => new()
    {
        PasswordLength = PasswordLength ?? 0,
        PasswordMonths = PasswordMonths ?? 0,
        KnownPasswords = KnownPasswords,
        LockOutAttempts = LockOutAttempts ?? 0,
        LockOutMinutes = LockOutMinutes ?? 0,
        IdleMinutes = IdleMinutes ?? 0,
        SessionHours = SessionHours ?? 0,
        SecondFactor = SecondFactor,
    };
}
