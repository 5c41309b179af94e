using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>Turns codes into token families, many at once.</summary>
internal static class RedemptionStore
{
    private const string Select = $"""
        select c.locator, c.hash, c.company_id, c.consumer, c.user_id, c.authorization_id, c.redirect_uri, c.redirect_uri_given, c.challenge, c.scope, c.audience,
               c.company_generation, c.consumer_generation, c.user_generation, c.created_at, c.expires_at, c.redeemed_at, c.ended_at, c.family_id,
               {StandingRow.Columns},
               (select count(*) from token_families f
                where f.authorization_id = c.authorization_id and f.ended_at is null and f.idle_expires_at > @now and f.expires_at > @now) as live_families
        from authorization_codes c
        join authorizations a on a.id = c.authorization_id
        join users u on u.id = c.user_id
        join consumers k on k.key = c.consumer
        join companies m on m.id = c.company_id
        join permission_groups g on g.id = k.group_id
        left join permission_groups p on p.id = u.group_id
        """;

    private const string FamilyColumns =
        "id, handle_hash, company_id, consumer, user_id, authorization_id, scope, audience, company_generation, consumer_generation, user_generation, current_hash, created_at, idle_expires_at, expires_at, ip, agent";

    /// <summary>What may still be taken: nobody was first, it was not taken back, its time is not over, and what it hangs on is live.</summary>
    private const string Takeable =
        "c.redeemed_at is null and c.ended_at is null and c.expires_at > @now and exists (select 1 from authorizations a where a.id = c.authorization_id and a.status = 'live')";

    /// <summary>Those of the codes that there are, by locator, with what they hang on as it stands now.</summary>
    public static async Task<IReadOnlyDictionary<Guid, FoundCode>> Find(Session session, IEnumerable<Guid> locators, DateTimeOffset now)
    {
        var found = new Dictionary<Guid, FoundCode>();
        var scopes = new RedemptionRow.Scopes();
        var wanted = locators.Distinct().ToArray();
        if (session.Engine == Engine.Postgres)
        {
            foreach (var row in await session.Query<RedemptionRow>($"{Select} where c.locator = any(@wanted)", new { wanted, now = now.ToUnix() }))
                found.Add(row.Locator, row.ToCode(scopes));

            return found;
        }

        foreach (var locator in wanted)
        {
            if (await session.Find<RedemptionRow>($"{Select} where c.locator = @locator", new { locator, now = now.ToUnix() }) is { } row)
                found.Add(locator, row.ToCode(scopes));
        }

        return found;
    }

    /// <summary>Takes those codes that may still be taken and makes their families, in the caller's transaction.</summary>
    /// <param name="codes">In the order of their locators, so that two nodes cannot lock each other out; a code may stand in it several times.</param>
    /// <returns>The ids of the families that were made: of one code one at most.</returns>
    public static Task<IReadOnlySet<Guid>> Take(Session session, IReadOnlyList<(Guid Locator, NewFamily Family)> codes, DateTimeOffset now) =>
        session.Engine == Engine.Postgres ? TakeAtOnce(session, codes, now) : TakeOneByOne(session, codes, now);

    private static async Task<IReadOnlySet<Guid>> TakeAtOnce(Session session, IReadOnlyList<(Guid Locator, NewFamily Family)> codes, DateTimeOffset now)
    {
        // The rows are locked in the order of their locators before any is changed; a join alone would promise no order.
        var made = await session.Query<Guid>(
            $"""
            with held as materialized (
                select c.locator from authorization_codes c where c.locator = any(@locators) and {Takeable} order by c.locator for update of c
            ), given as (
                select distinct on (u.locator) * from unnest(@locators, @ids, @handles, @secrets, @idles, @ends, @ips, @agents)
                    as u (locator, id, handle_hash, current_hash, idle_expires_at, expires_at, ip, agent)
            ), taken as (
                update authorization_codes c set redeemed_at = @now, family_id = given.id
                from held join given on given.locator = held.locator
                where c.locator = held.locator and {Takeable}
                returning given.id, given.handle_hash, c.company_id, c.consumer, c.user_id, c.authorization_id, c.scope, c.audience, c.company_generation, c.consumer_generation,
                    c.user_generation, given.current_hash, @now as created_at, given.idle_expires_at, given.expires_at, given.ip, given.agent
            )
            insert into token_families ({FamilyColumns}) select * from taken returning id
            """,
            new
            {
                locators = codes.Select(code => code.Locator).ToArray(),
                ids = codes.Select(code => code.Family.Id).ToArray(),
                handles = codes.Select(code => code.Family.Handle.Bytes).ToArray(),
                secrets = codes.Select(code => code.Family.Secret.Bytes).ToArray(),
                idles = codes.Select(code => code.Family.IdleExpiresAt.ToUnix()).ToArray(),
                ends = codes.Select(code => code.Family.ExpiresAt.ToUnix()).ToArray(),
                ips = codes.Select(code => code.Family.Ip).ToArray(),
                agents = codes.Select(code => code.Family.Agent).ToArray(),
                now = now.ToUnix(),
            });
        return made.ToHashSet();
    }

    private static async Task<IReadOnlySet<Guid>> TakeOneByOne(Session session, IReadOnlyList<(Guid Locator, NewFamily Family)> codes, DateTimeOffset now)
    {
        var made = new HashSet<Guid>();
        foreach (var (locator, family) in codes)
        {
            if (await session.Execute($"update authorization_codes as c set redeemed_at = @now, family_id = @Id where c.locator = @locator and {Takeable}", new { locator, family.Id, now = now.ToUnix() }) != 1)
                continue;

            await session.Execute(
                $"""
                insert into token_families ({FamilyColumns})
                select @Id, @handle, company_id, consumer, user_id, authorization_id, scope, audience, company_generation, consumer_generation, user_generation,
                    @secret, @now, @idle, @ends, @Ip, @Agent
                from authorization_codes where locator = @locator
                """,
                new
                {
                    locator,
                    family.Id,
                    handle = family.Handle.Bytes,
                    secret = family.Secret.Bytes,
                    idle = family.IdleExpiresAt.ToUnix(),
                    ends = family.ExpiresAt.ToUnix(),
                    family.Ip,
                    family.Agent,
                    now = now.ToUnix(),
                });
            made.Add(family.Id);
        }

        return made;
    }
}
