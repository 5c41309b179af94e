using ApiConnections.Protocol;

namespace ApiConnections.Server.Model;

/// <summary>
/// What a consumer was allowed to do, by a person or, without one, by the administrator who created it. All tokens hang on it.
/// A revoked one never comes back: allowing again makes a new one.
/// </summary>
/// <param name="Scope">What a person granted; empty for a machine, whose permission group alone decides.</param>
internal sealed record Authorization(
    Guid Id,
    Guid CompanyId,
    string Consumer,
    Guid? UserId,
    ScopeSet Scope,
    DateTimeOffset CreatedAt,
    Revoked? Revoked)
{
    /// <summary>What a person unticked, so that it is not asked for again.</summary>
    public ScopeSet Declined { get; init; } = ScopeSet.Empty;

    public bool IsLive => Revoked is null;
}

internal sealed record Revoked(DateTimeOffset At, string By, string Why);
