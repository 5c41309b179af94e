using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The table <c>authorization_codes</c>.</summary>
internal static class CodeStore
{
    public static Task Insert(Session session, AuthorizationCode code) => session.Execute(
        """
        insert into authorization_codes (locator, hash, company_id, consumer, user_id, authorization_id, redirect_uri, redirect_uri_given, challenge, scope, audience,
            company_generation, consumer_generation, user_generation, created_at, expires_at)
        values (@Locator, @hash, @CompanyId, @Consumer, @UserId, @AuthorizationId, @RedirectUri, @given, @Challenge, @scope, @Audience,
            @companyGeneration, @consumerGeneration, @userGeneration, @createdAt, @expiresAt)
        """,
        new
        {
            code.Locator,
            hash = code.Hash.Bytes,
            code.CompanyId,
            code.Consumer,
            code.UserId,
            code.AuthorizationId,
            code.RedirectUri,
            given = code.RedirectUriGiven ? 1L : 0L,
            code.Challenge,
            scope = code.Scope.ToString(),
            code.Audience,
            companyGeneration = code.IssuedUnder.Company,
            consumerGeneration = code.IssuedUnder.Consumer,
            userGeneration = code.IssuedUnder.User!.Value,
            createdAt = code.CreatedAt.ToUnix(),
            expiresAt = code.ExpiresAt.ToUnix(),
        });

    /// <summary>Takes back a code that was not redeemed yet.</summary>
    /// <returns>False where it was redeemed or ended before.</returns>
    public static async Task<bool> End(Session session, Guid locator, DateTimeOffset now) => await session.Execute(
        "update authorization_codes set ended_at = @now where locator = @locator and redeemed_at is null and ended_at is null", new { locator, now = now.ToUnix() }) == 1;

    /// <summary>Takes back every code of these authorizations that was not redeemed yet.</summary>
    public static Task EndOf(Session session, IReadOnlyList<Guid> authorizations, DateTimeOffset now) => session.ForEachId(
        "update authorization_codes set ended_at = @now where authorization_id = @id and redeemed_at is null and ended_at is null", authorizations, new() { ["now"] = now.ToUnix() });
}
