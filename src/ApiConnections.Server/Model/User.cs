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
    DateTimeOffset CreatedAt);

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
}
