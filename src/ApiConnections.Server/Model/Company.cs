namespace ApiConnections.Server.Model;

/// <summary>A tenant.</summary>
/// <param name="AddOn">Whether the operator has switched API Connections on for this company; off, its consumers are refused.</param>
/// <param name="ModulesOff">Modules that the company has switched off as a whole.</param>
/// <param name="Generation">Access tokens issued under a lower generation are dead.</param>
/// <param name="GrantsFrom">Codes and token families issued under a lower generation are dead.</param>
internal sealed record Company(
    Guid Id,
    string Name,
    CompanyStatus Status,
    bool AddOn,
    IReadOnlyList<string> ModulesOff,
    long Generation,
    long GrantsFrom,
    DateTimeOffset CreatedAt)
{
    /// <summary>For pages and mails to people who chose none: en, es or pt; empty where each one's browser decides.</summary>
    public string Language { get; init; } = "";

    /// <summary>An IANA name; UTC by default.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>Whom people may ask, shown on consent; empty for nobody.</summary>
    public string Contact { get; init; } = "";

    /// <summary>The product's own pages in the menu of its settings; null for those of the configuration.</summary>
    public IReadOnlyList<HostLink>? HostLinks { get; init; }

    /// <summary>How often what it says of itself was saved, from 1.</summary>
    public long Version { get; init; } = 1;

    public bool MayUseApis => Status == CompanyStatus.Active && AddOn;
}

internal enum CompanyStatus
{
    Active,
    Suspended,
}
