using ApiConnections.Protocol;

namespace ApiConnections.Server.Model;

/// <summary>A program that may ask for tokens (RFC 6749 s1.1: a client).</summary>
/// <param name="Key">The <c>client_id</c>; never given to another consumer, also after deletion.</param>
/// <param name="Confidential">Whether it can keep a secret; always for client credentials (RFC 6749 s4.4).</param>
/// <param name="RequiredScopes">What an app cannot work without; the person who consents cannot untick it.</param>
/// <param name="Generation">Access tokens issued under a lower generation are dead.</param>
/// <param name="GrantsFrom">Codes and token families issued under a lower generation are dead.</param>
/// <param name="Version">Grows with every edit, so that of two administrators the second is told.</param>
internal sealed record Consumer(
    string Key,
    Guid CompanyId,
    string Name,
    string Description,
    GrantType GrantType,
    bool Confidential,
    IReadOnlyList<RedirectUri> CallbackUrls,
    ConsumerLinks Links,
    Guid GroupId,
    ScopeSet RequiredScopes,
    Guid? OwnerId,
    ConsumerStatus Status,
    long Generation,
    long GrantsFrom,
    ConsumerOptions Options,
    DateTimeOffset CreatedAt,
    string CreatedBy,
    long Version);

/// <summary>Where a person can read about the app; https only.</summary>
internal sealed record ConsumerLinks(string? Url, string? PrivacyPolicyUrl, string? EulaUrl)
{
    public static readonly ConsumerLinks None = new(null, null, null);
}

internal enum GrantType
{
    ClientCredentials,
    AuthorizationCode,
}

internal enum ConsumerStatus
{
    Active,
    Disabled,

    /// <summary>The row stays, so that the key is never given again.</summary>
    Deleted,
}

/// <summary>The advanced settings of a consumer.</summary>
internal sealed record ConsumerOptions
{
    public static readonly ConsumerOptions Default = new();

    /// <summary>1 to 120 minutes; 10 by default.</summary>
    public int AccessTokenMinutes { get; init; } = 10;

    /// <summary>Where requests may come from, in CIDR notation; empty: from anywhere.</summary>
    public IReadOnlyList<string> AllowedNetworks { get; init; } = [];

    /// <summary>Token requests per minute; null: no limit.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Whether a confidential app may leave PKCE out; false by default, and always for a public one.</summary>
    public bool PkceOptional { get; init; }

    /// <summary>A device that does not refresh for so many days has to sign in again; 1 to 180, 30 by default.</summary>
    public int RefreshIdleDays { get; init; } = 30;

    /// <summary>A device has to sign in again after so many days, however busy it is; 1 to 180, 180 by default.</summary>
    public int RefreshAbsoluteDays { get; init; } = 180;

    /// <summary>How long a refresh token that was replaced is still answered, with the same successor: 0 to 300 seconds, 30 by default.</summary>
    // Not init: what is read from JSON without it keeps its default only so.
    public int RefreshWindowSeconds { get; set; } = 30;

    /// <summary>Whether a program without a user gets refresh tokens too, for old clients that ask for them; false by default.</summary>
    public bool RefreshTokens { get; init; }
}

/// <summary>One of the live secrets of a consumer or an API; only its hash is known.</summary>
internal sealed record StoredSecret(
    Guid Id,
    SecretHash Hash,
    string Hint,
    string Label,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt)
{
    public bool IsLiveAt(DateTimeOffset now) => RevokedAt is null && (ExpiresAt is null || now < ExpiresAt);
}
