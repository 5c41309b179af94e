using ApiConnections.Protocol;

namespace ApiConnections.Server.Model;

/// <summary>What those who are in it may do at most.</summary>
/// <param name="ReadOnly">Keeps only <c>view</c> and <c>reports</c> of <paramref name="Scopes"/>.</param>
internal sealed record PermissionGroup(Guid Id, Guid CompanyId, string Name, bool ReadOnly, ScopeSet Scopes, DateTimeOffset CreatedAt)
{
    /// <summary>What it is for.</summary>
    public string Description { get; init; } = "";

    /// <summary>The scopes that count.</summary>
    public ScopeSet Allowed => AllowedOf(ReadOnly, Scopes);

    /// <inheritdoc cref="Allowed"/>
    public static ScopeSet AllowedOf(bool readOnly, ScopeSet scopes) => readOnly
        ? scopes.Where(scope => scope.EndsWith(":view", StringComparison.Ordinal) || scope.EndsWith(":reports", StringComparison.Ordinal))
        : scopes;
}
