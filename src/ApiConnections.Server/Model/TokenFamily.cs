namespace ApiConnections.Server.Model;

/// <summary>A token family about to be made: a device of a person, with the hashes of its first refresh token.</summary>
/// <param name="Handle">SHA-256 of what names the family in every one of its refresh tokens.</param>
/// <param name="Secret">SHA-256 of what the next rotation replaces.</param>
/// <param name="IdleExpiresAt">When it ends where it is not refreshed.</param>
/// <param name="ExpiresAt">When it ends, however busy it is.</param>
internal sealed record NewFamily(Guid Id, SecretHash Handle, SecretHash Secret, DateTimeOffset IdleExpiresAt, DateTimeOffset ExpiresAt, string Ip, string Agent);

/// <summary>An authorization code with what became of it and what it hangs on.</summary>
/// <param name="EndedAt">When it was taken back without having been redeemed.</param>
/// <param name="FamilyId">The family that its redemption made.</param>
/// <param name="LiveFamilies">How many devices the person has connected to the app already.</param>
internal sealed record FoundCode(AuthorizationCode Code, DateTimeOffset? RedeemedAt, DateTimeOffset? EndedAt, Guid? FamilyId, long LiveFamilies, Standing Standing);
