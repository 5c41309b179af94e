using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>Turns codes into token families, many at once.</summary>
internal static class RedemptionStore
{
    private const string Columns = $"""
        c.locator, c.hash, c.company_id, c.consumer, c.user_id, c.authorization_id, c.redirect_uri, c.redirect_uri_given, c.challenge, c.scope, c.audience,
        c.company_generation, c.consumer_generation, c.user_generation, c.created_at, c.expires_at, c.redeemed_at, c.ended_at, c.family_id,
        {StandingRow.Columns},
        (select count(*) from token_families f
         where f.authorization_id = c.authorization_id and f.ended_at is null and f.idle_expires_at > @now and f.expires_at + 0 > @now) as live_families
        """;

    /// <summary>What may still be taken: nobody was first, it was not taken back, its time is not over, and what it hangs on is live.</summary>
    private const string Takeable =
        "c.redeemed_at is null and c.ended_at is null and c.expires_at + 0 > @now and exists (select 1 from authorizations a where a.id = c.authorization_id and a.status = 'live')";

    /// <summary>Those of the codes that there are, by locator, with what they hang on as it stands now.</summary>
    public static async Task<IReadOnlyDictionary<Guid, FoundCode>> Find(Session session, IEnumerable<Guid> locators, DateTimeOffset now)
    {
        var given = new GivenRows().With("locator", locators.Distinct());
        var rows = await session.Query<RedemptionRow>(
            $"""
            select {Columns}
            from {given.Sql(session.Engine)}
            cross join authorization_codes c
            {StandingRow.Joins("c")}
            where c.locator = given.locator
            """,
            given.Parameters(session.Engine, ("now", now.ToUnix())));
        var scopes = new StandingRow.Scopes();
        return rows.ToDictionary(row => row.Locator, row => row.ToCode(scopes));
    }

    /// <summary>Takes those codes that may still be taken and makes their families, in the caller's transaction.</summary>
    /// <param name="codes">A code may stand in it several times: the first is the one that counts.</param>
    /// <returns>The ids of the families that were made: of one code one at most.</returns>
    public static async Task<IReadOnlySet<Guid>> Take(Session session, IReadOnlyList<(Guid Locator, NewFamily Family)> codes, DateTimeOffset now)
    {
        var wanted = codes.DistinctBy(code => code.Locator).ToArray();
        var given = new GivenRows()
            .With("locator", wanted.Select(code => code.Locator))
            .With("id", wanted.Select(code => code.Family.Id))
            .With("handle_hash", wanted.Select(code => code.Family.Handle.Bytes))
            .With("current_hash", wanted.Select(code => code.Family.Secret.Bytes))
            .With("idle_expires_at", wanted.Select(code => code.Family.IdleExpiresAt.ToUnix()))
            .With("expires_at", wanted.Select(code => code.Family.ExpiresAt.ToUnix()))
            .With("ip", wanted.Select(code => code.Family.Ip))
            .With("agent", wanted.Select(code => code.Family.Agent));
        // PostgreSQL locks the rows in the order of their locators before any is changed, or two nodes would lock each other out; a join alone promises no order.
        var (hold, held) = session.Engine == Engine.Postgres
            ? ($"with held as materialized (select c.locator from authorization_codes c where c.locator = any(@given_locator) and {Takeable} order by c.locator for update of c)", "join held on held.locator = given.locator")
            : ("", "");
        var made = await session.Query<Guid>(
            $"""
            {hold}
            update authorization_codes as c set redeemed_at = @now, family_id = given.id
            from {given.Sql(session.Engine)} {held}
            where c.locator = given.locator and {Takeable};

            insert into token_families (
                id, handle_hash, company_id, consumer, user_id, authorization_id, scope, audience, company_generation, consumer_generation, user_generation,
                current_hash, created_at, idle_expires_at, expires_at, ip, agent)
            select given.id, given.handle_hash, c.company_id, c.consumer, c.user_id, c.authorization_id, c.scope, c.audience, c.company_generation, c.consumer_generation, c.user_generation,
                given.current_hash, @now, given.idle_expires_at, given.expires_at, given.ip, given.agent
            from {given.Sql(session.Engine)}
            cross join authorization_codes c
            where c.locator = given.locator and c.family_id = given.id and not exists (select 1 from token_families f where f.id = given.id)
            returning id
            """,
            given.Parameters(session.Engine, ("now", now.ToUnix())));
        return made.ToHashSet();
    }
}
