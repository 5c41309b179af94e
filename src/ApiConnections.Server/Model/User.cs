namespace ApiConnections.Server.Model;

/// <summary>A person of a company.</summary>
/// <param name="GroupId">Without a group a person can grant nothing.</param>
/// <param name="Generation">Access tokens issued under a lower generation are dead.</param>
/// <param name="GrantsFrom">Codes and token families issued under a lower generation are dead.</param>
internal sealed record User(
    Guid Id,
    Guid CompanyId,
    string Email,
    string Name,
    UserRole Role,
    Guid? GroupId,
    UserStatus Status,
    long Generation,
    long GrantsFrom,
    DateTimeOffset CreatedAt)
{
    /// <summary>The language that the person chose: en, es or pt; null for that of the browser.</summary>
    public string? Language { get; init; }

    public DateTimeOffset? LastSignedInAt { get; init; }

    /// <summary>Until when the invitation of somebody who was invited can be accepted; null for everybody else.</summary>
    public DateTimeOffset? InvitedUntil { get; init; }

    /// <summary>What makes two addresses the same: case, width and compatibility forms do not count.</summary>
    public static string EmailKey(string email) => DisplayText.Key(email.Trim());
}

/// <summary>A browser in which a person signed in. The cookie holds a random value of which only the SHA-256 is known.</summary>
/// <param name="Methods">How the person showed who they are (RFC 8176): <c>pwd</c>, <c>pwd otp</c>, <c>hwk user mfa</c> or <c>swk user mfa</c>.</param>
/// <param name="AuthenticatedAt">When they last did.</param>
/// <param name="ExpiresAt">When it ends, however busy it is; idle ones end before.</param>
internal sealed record PersonSession(
    Guid Id,
    Guid UserId,
    string Methods,
    DateTimeOffset CreatedAt,
    DateTimeOffset AuthenticatedAt,
    DateTimeOffset LastSeenAt,
    DateTimeOffset ExpiresAt,
    string Ip,
    string Agent)
{
    /// <summary>How long it lives without a request, by the policy of the company as it is now.</summary>
    public TimeSpan LongestIdle { get; init; } = SecurityPolicy.Default.LongestIdle;

    public bool IsLiveAt(DateTimeOffset now) => now < ExpiresAt && now < LastSeenAt + LongestIdle;
}

/// <summary>What a person may do in the console; it gives no scope.</summary>
internal enum UserRole
{
    SuperAdministrator,
    IntegrationDeveloper,
    Auditor,
    User,
}

internal enum UserStatus
{
    Active,
    Disabled,

    /// <summary>Nobody can sign in as them until they have accepted, also after the invitation has expired.</summary>
    Invited,
}
