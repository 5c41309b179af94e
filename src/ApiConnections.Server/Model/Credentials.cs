namespace ApiConnections.Server.Model;

/// <summary>What a person shows to sign in, as it is stored. It does not print itself.</summary>
/// <param name="PasswordHash">Null where the person has no password yet, and so cannot sign in.</param>
/// <param name="Stamp">Another one after every change of password or second factor.</param>
/// <param name="TotpKey">The key of the authenticator app, sealed; null without a second factor.</param>
/// <param name="TotpPending">A key that no code has proved yet, sealed.</param>
/// <param name="RecoveryCodes">SHA-256 of those that are left, in base64.</param>
internal sealed record Credentials(string? PasswordHash, string Stamp, byte[]? TotpKey, byte[]? TotpPending, IReadOnlyList<string> RecoveryCodes)
{
    /// <summary>Null where that was before it was written down.</summary>
    public DateTimeOffset? PasswordChangedAt { get; init; }

    /// <summary>How many passkeys they have.</summary>
    public long Passkeys { get; init; }

    /// <summary>Whether there is an authenticator app beside the password.</summary>
    public bool HasSecondFactor => TotpKey is not null;

    public override string ToString() => "***";
}
