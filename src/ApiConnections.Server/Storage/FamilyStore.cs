using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>A family that was ended, with whose it was.</summary>
internal sealed record EndedFamily(Guid Id, Guid CompanyId, string Consumer, Guid AuthorizationId);

/// <summary>The table <c>token_families</c>.</summary>
internal static class FamilyStore
{
    private const string Ended = "returning id, company_id, consumer, authorization_id";

    /// <summary>
    /// Begins the family of a program without a user, in place of the one that it may have: the row stays, and its refresh tokens so far name nothing.
    /// </summary>
    /// <returns>The id that the family has; null where the authorization is not live.</returns>
    public static async Task<Guid?> Restart(Session session, NewFamily family, MachineGrant grant, DateTimeOffset now) => (await session.Find<IdRow>(
        """
        insert into token_families (id, handle_hash, company_id, consumer, user_id, authorization_id, scope, audience, company_generation, consumer_generation, user_generation,
            current_hash, created_at, idle_expires_at, expires_at, ip, agent)
        select @Id, @handle, a.company_id, a.consumer, null, a.id, @scope, @Audience, @company, @consumer, null, @secret, @now, @idle, @ends, @Ip, @Agent
        from authorizations a where a.id = @Authorization and a.status = 'live' and a.user_id is null
        on conflict (authorization_id) where user_id is null and ended_at is null do update set
            handle_hash = excluded.handle_hash, scope = excluded.scope, audience = excluded.audience, company_generation = excluded.company_generation,
            consumer_generation = excluded.consumer_generation, current_hash = excluded.current_hash, previous_hash = null, sealed_successor = null, rotated_at = null,
            created_at = excluded.created_at, idle_expires_at = excluded.idle_expires_at, expires_at = excluded.expires_at, ip = excluded.ip, agent = excluded.agent
        returning id
        """,
        new
        {
            family.Id,
            handle = family.Handle.Bytes,
            secret = family.Secret.Bytes,
            grant.Authorization,
            scope = grant.Scope.ToString(),
            grant.Audience,
            company = grant.IssuedUnder.Company,
            consumer = grant.IssuedUnder.Consumer,
            idle = family.IdleExpiresAt.ToUnix(),
            ends = family.ExpiresAt.ToUnix(),
            family.Ip,
            family.Agent,
            now = now.ToUnix(),
        }))?.Id;

    /// <returns>Null where there is none, or it was ended before.</returns>
    public static async Task<EndedFamily?> End(Session session, Guid id, string why, DateTimeOffset now) =>
        (await session.Find<Row>($"update token_families set ended_at = @now, ended_why = @why where id = @id and ended_at is null {Ended}", new { id, why, now = now.ToUnix() }))?.ToFamily();

    /// <returns>Null where it is none of that person's, or it was ended before.</returns>
    public static async Task<EndedFamily?> EndOf(Session session, Guid user, Guid id, string why, DateTimeOffset now) =>
        (await session.Find<Row>(
            $"update token_families set ended_at = @now, ended_why = @why where id = @id and user_id = @user and ended_at is null {Ended}",
            new { id, user, why, now = now.ToUnix() }))?.ToFamily();

    /// <summary>Ends the families of an authorization beyond the <paramref name="most"/> that were used last.</summary>
    public static async Task<IReadOnlyList<EndedFamily>> EndBeyond(Session session, Guid authorization, int most, string why, DateTimeOffset now) =>
        [.. (await session.Query<Row>(
            $"""
            update token_families set ended_at = @now, ended_why = @why
            where ended_at is null and id in (
                select id from token_families
                where authorization_id = @authorization and ended_at is null and idle_expires_at > @now and expires_at + 0 > @now
                order by coalesce(rotated_at, created_at) desc, id desc limit 1000 offset @most)
            {Ended}
            """,
            new { authorization, most, why, now = now.ToUnix() })).Select(row => row.ToFamily()).OrderBy(family => family.Id)];

    /// <summary>Ends every family of these authorizations.</summary>
    public static Task EndOf(Session session, IReadOnlyList<Guid> authorizations, string why, DateTimeOffset now) => session.ForEachId(
        "update token_families set ended_at = @now, ended_why = @why where authorization_id = @id and ended_at is null", authorizations, ("now", now.ToUnix()), ("why", why));

    private sealed class IdRow
    {
        public Guid Id { get; init; }
    }

    private sealed class Row
    {
        public Guid Id { get; init; }
        public Guid CompanyId { get; init; }
        public string Consumer { get; init; } = "";
        public Guid AuthorizationId { get; init; }

        public EndedFamily ToFamily() => new(Id, CompanyId, Consumer, AuthorizationId);
    }
}
