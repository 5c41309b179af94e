using ApiConnections.Protocol;

namespace ApiConnections.Server.Model;

/// <summary>A token family about to be made: a device of a person, with the hashes of its first refresh token.</summary>
/// <param name="Handle">SHA-256 of what names the family in every one of its refresh tokens.</param>
/// <param name="Secret">SHA-256 of what the next rotation replaces.</param>
/// <param name="IdleExpiresAt">When it ends where it is not refreshed.</param>
/// <param name="ExpiresAt">When it ends, however busy it is.</param>
internal sealed record NewFamily(Guid Id, SecretHash Handle, SecretHash Secret, DateTimeOffset IdleExpiresAt, DateTimeOffset ExpiresAt, string Ip, string Agent);

/// <summary>A token family as it stands, with what it hangs on.</summary>
/// <param name="UserId">Null for the family of a program without a user.</param>
/// <param name="Scope">What its first token was granted; what may be done of it is decided at each refresh.</param>
/// <param name="Audience">The requested <c>resource</c>; null for the default API.</param>
/// <param name="Current">SHA-256 of the secret of the refresh token that is good.</param>
/// <param name="Previous">SHA-256 of the secret that was good before; null where it was never rotated.</param>
/// <param name="SealedSuccessor">The current secret, closed under the token with the previous one.</param>
internal sealed record FoundFamily(
    Guid Id,
    Guid CompanyId,
    string Consumer,
    Guid? UserId,
    Guid AuthorizationId,
    ScopeSet Scope,
    string? Audience,
    Generations IssuedUnder,
    SecretHash Current,
    SecretHash? Previous,
    byte[]? SealedSuccessor,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RotatedAt,
    DateTimeOffset IdleExpiresAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? EndedAt,
    string? EndedWhy,
    Standing Standing)
{
    /// <summary>The e-mail of the person; null for a program without a user.</summary>
    public string? Person { get; init; }

    /// <summary>Whether the secret was replaced within the consumer's window. With a window of none not even the losing twin of a race was.</summary>
    public bool JustReplaced(SecretHash secret, ConsumerOptions options, DateTimeOffset now) =>
        Previous is { } previous && previous.Equals(secret)
        && options.RefreshWindowSeconds > 0 && now.ToUnixTimeMilliseconds() - RotatedAt?.ToUnixTimeMilliseconds() <= options.RefreshWindowSeconds * 1000L;

    public override string ToString() => $"{Id}:***";
}

/// <summary>What the family of a program without a user is begun with.</summary>
/// <param name="Audience">The requested <c>resource</c>; null for the default API.</param>
internal sealed record MachineGrant(Guid Authorization, ScopeSet Scope, string? Audience, Generations IssuedUnder);

/// <summary>A refresh token about to take the place of another.</summary>
/// <param name="Handle">SHA-256 of what names the family.</param>
/// <param name="Presented">SHA-256 of the secret that has to be the current one.</param>
/// <param name="Next">SHA-256 of the one that replaces it.</param>
/// <param name="Sealed">The next one, closed under the presented.</param>
internal sealed record NewSecret(SecretHash Handle, SecretHash Presented, SecretHash Next, byte[] Sealed, DateTimeOffset IdleExpiresAt, string Ip, string Agent);

/// <summary>An authorization code with what became of it and what it hangs on.</summary>
/// <param name="EndedAt">When it was taken back without having been redeemed.</param>
/// <param name="FamilyId">The family that its redemption made.</param>
/// <param name="LiveFamilies">How many devices the person has connected to the app already.</param>
internal sealed record FoundCode(AuthorizationCode Code, DateTimeOffset? RedeemedAt, DateTimeOffset? EndedAt, Guid? FamilyId, long LiveFamilies, Standing Standing);
