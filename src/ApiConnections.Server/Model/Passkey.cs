namespace ApiConnections.Server.Model;

/// <summary>A key in a person's device or password manager with which they sign in, without a password; only its public half is known.</summary>
/// <param name="CredentialId">As the authenticator names it; no other passkey has it.</param>
/// <param name="PublicKey">In COSE's form.</param>
/// <param name="Name">As the person calls it.</param>
/// <param name="SignCount">The authenticator's own count of signatures; 0 for ever where it keeps none.</param>
/// <param name="BackupEligible">Whether it can be copied to the person's other devices.</param>
/// <param name="BackedUp">Whether it is copied now.</param>
/// <param name="Transports">How browsers reach it.</param>
/// <see href="https://www.w3.org/TR/webauthn-3/#credential-record"/>
internal sealed record Passkey(
    Guid Id,
    Guid UserId,
    byte[] CredentialId,
    byte[] PublicKey,
    string Name,
    long SignCount,
    bool BackupEligible,
    bool BackedUp,
    IReadOnlyList<string> Transports,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LastUsedAt)
{
    public const int MostOfPerson = 20;
    public const int LongestName = 60;

    /// <summary>
    /// What a person shows with it (RFC 8176): possession of a key, which is bound to hardware where it cannot be copied, and that they were there and proved it to
    /// the device.
    /// </summary>
    public string Methods => AllMethods[BackupEligible ? 1 : 0];

    /// <summary>What a session that began with a passkey can have.</summary>
    public static readonly IReadOnlyList<string> AllMethods = ["hwk user mfa", "swk user mfa"];
}
