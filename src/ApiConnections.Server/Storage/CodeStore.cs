using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The table <c>authorization_codes</c>.</summary>
internal static class CodeStore
{
    private const string Columns =
        "locator, hash, company_id, consumer, user_id, authorization_id, redirect_uri, redirect_uri_given, challenge, scope, audience, company_generation, consumer_generation, user_generation, created_at, expires_at";

    public static Task Insert(Session session, IReadOnlyList<AuthorizationCode> codes) => session.Engine == Engine.Postgres
        ? session.Execute(
            $"""
            insert into authorization_codes ({Columns})
            select * from unnest(@locators, @hashes, @companies, @consumers, @users, @authorizations, @redirects, @given, @challenges, @scopes, @audiences,
                @companyGenerations, @consumerGenerations, @userGenerations, @madeAts, @ends)
            """,
            new
            {
                locators = codes.Select(code => code.Locator).ToArray(),
                hashes = codes.Select(code => code.Hash.Bytes).ToArray(),
                companies = codes.Select(code => code.CompanyId).ToArray(),
                consumers = codes.Select(code => code.Consumer).ToArray(),
                users = codes.Select(code => code.UserId).ToArray(),
                authorizations = codes.Select(code => code.AuthorizationId).ToArray(),
                redirects = codes.Select(code => code.RedirectUri).ToArray(),
                given = codes.Select(code => code.RedirectUriGiven ? 1L : 0L).ToArray(),
                challenges = codes.Select(code => code.Challenge).ToArray(),
                scopes = codes.Select(code => code.Scope.ToString()).ToArray(),
                audiences = codes.Select(code => code.Audience).ToArray(),
                companyGenerations = codes.Select(code => code.IssuedUnder.Company).ToArray(),
                consumerGenerations = codes.Select(code => code.IssuedUnder.Consumer).ToArray(),
                userGenerations = codes.Select(code => code.IssuedUnder.User!.Value).ToArray(),
                madeAts = codes.Select(code => code.CreatedAt.ToUnix()).ToArray(),
                ends = codes.Select(code => code.ExpiresAt.ToUnix()).ToArray(),
            })
        : session.Execute(
            $"""
            insert into authorization_codes ({Columns})
            values (@Locator, @hash, @CompanyId, @Consumer, @UserId, @AuthorizationId, @RedirectUri, @given, @Challenge, @scope, @Audience,
                @companyGeneration, @consumerGeneration, @userGeneration, @createdAt, @expiresAt)
            """,
            codes.Select(code => new
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
            }));

    /// <summary>Takes back a code that was not redeemed yet.</summary>
    /// <returns>False where it was redeemed or ended before.</returns>
    public static async Task<bool> End(Session session, Guid locator, DateTimeOffset now) => await session.Execute(
        "update authorization_codes set ended_at = @now where locator = @locator and redeemed_at is null and ended_at is null", new { locator, now = now.ToUnix() }) == 1;

    /// <summary>Takes back every code of these authorizations that was not redeemed yet.</summary>
    public static Task EndOf(Session session, IReadOnlyList<Guid> authorizations, DateTimeOffset now) => session.ForEachId(
        "update authorization_codes set ended_at = @now where authorization_id = @id and redeemed_at is null and ended_at is null", authorizations, ("now", now.ToUnix()));

    /// <summary>What a code that was not redeemed yet allows, and under which authorization; null where it was redeemed or ended.</summary>
    public static async Task<(Guid Authorization, ScopeSet Scope)?> FindUnredeemed(Session session, Guid locator) =>
        await session.Find<GrantRow>("select authorization_id, scope from authorization_codes where locator = @locator and redeemed_at is null and ended_at is null", new { locator }) is { } row
            ? (row.AuthorizationId, StoredScopes.Read(row.Scope))
            : null;

    /// <summary>Takes back the codes of these authorizations that were not redeemed, but for the newest of each.</summary>
    public static Task EndAllBut(Session session, IReadOnlyList<Guid> authorizations, int newest, DateTimeOffset now)
    {
        const string TooMany = """
            select locator from (
                select locator, row_number() over (partition by authorization_id order by created_at desc, locator desc) as age
                from authorization_codes where authorization_id = @id and redeemed_at is null and ended_at is null) as numbered
            where age > @newest
            """;
        // As an array: PostgreSQL cannot know that they are hardly ever any, and would read the whole table for a join.
        var these = session.Engine == Engine.Postgres ? $"= any(array({TooMany}))" : $"in ({TooMany})";
        return session.ForEachId(
            $"update authorization_codes set ended_at = @now where redeemed_at is null and ended_at is null and locator {these}",
            authorizations,
            ("newest", newest), ("now", now.ToUnix()));
    }

    private sealed class GrantRow
    {
        public Guid AuthorizationId { get; init; }
        public string Scope { get; init; } = "";
    }
}
