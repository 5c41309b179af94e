using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The table <c>authorization_codes</c>.</summary>
internal static class CodeStore
{
    public static Task Insert(Session session, IReadOnlyList<AuthorizationCode> codes)
    {
        var given = new GivenRows()
            .With("locator", codes.Select(code => code.Locator))
            .With("hash", codes.Select(code => code.Hash.Bytes))
            .With("company_id", codes.Select(code => code.CompanyId))
            .With("consumer", codes.Select(code => code.Consumer))
            .With("user_id", codes.Select(code => code.UserId))
            .With("authorization_id", codes.Select(code => code.AuthorizationId))
            .With("redirect_uri", codes.Select(code => code.RedirectUri))
            .With("redirect_uri_given", codes.Select(code => code.RedirectUriGiven ? 1L : 0L))
            .With("challenge", codes.Select(code => code.Challenge))
            .With("scope", codes.Select(code => code.Scope.ToString()))
            .With("audience", codes.Select(code => code.Audience))
            .With("company_generation", codes.Select(code => code.IssuedUnder.Company))
            .With("consumer_generation", codes.Select(code => code.IssuedUnder.Consumer))
            .With("user_generation", codes.Select(code => code.IssuedUnder.User!.Value))
            .With("created_at", codes.Select(code => code.CreatedAt.ToUnix()))
            .With("expires_at", codes.Select(code => code.ExpiresAt.ToUnix()));
        return session.Execute($"insert into authorization_codes ({given.Columns}) select * from {given.Sql(session.Engine)}", given.Parameters(session.Engine));
    }

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
