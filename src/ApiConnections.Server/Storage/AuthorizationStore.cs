using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The tables <c>authorizations</c> and <c>authorization_activity</c>.</summary>
internal static class AuthorizationStore
{
    private const string Columns = "a.id, a.company_id, a.consumer, a.user_id, a.scope, a.declined, a.created_at, a.revoked_at, a.revoked_by, a.revoked_why";

    /// <returns>False where the consumer has a live one for that person (or, for a machine, any).</returns>
    public static async Task<bool> Insert(Session session, Authorization authorization) => await session.Execute(
        """
        insert into authorizations (id, company_id, consumer, user_id, scope, declined, status, created_at)
        values (@Id, @CompanyId, @Consumer, @UserId, @scope, @declined, 'live', @createdAt)
        on conflict do nothing
        """,
        new
        {
            authorization.Id,
            authorization.CompanyId,
            authorization.Consumer,
            authorization.UserId,
            scope = authorization.Scope.ToString(),
            declined = authorization.Declined.ToString(),
            createdAt = authorization.CreatedAt.ToUnix(),
        }) == 1;

    public static async Task<Authorization?> Find(Session session, Guid id) =>
        (await session.Find<Row>($"select {Columns} from authorizations a where a.id = @id", new { id }))?.ToAuthorization();

    /// <summary>A person's live authorization of a consumer.</summary>
    public static Task<Authorization?> FindLive(Session session, string consumer, Guid user) => FindLive(session, consumer, user, "");

    /// <summary>The same, held until the transaction ends.</summary>
    public static Task<Authorization?> FindLiveAndHold(Session session, string consumer, Guid user) =>
        FindLive(session, consumer, user, session.Engine == Engine.Postgres ? " for update" : "");

    /// <summary>The same for many people, in the order of their ids, so that two nodes cannot lock each other out.</summary>
    public static async Task<IReadOnlyList<Authorization>> FindLiveAndHold(Session session, IReadOnlyList<(string Consumer, Guid User)> of)
    {
        if (session.Engine == Engine.Postgres)
        {
            var rows = await session.Query<Row>(
                $"""
                select {Columns} from authorizations a
                where (a.consumer, a.user_id) in (select * from unnest(@consumers, @users)) and a.status = 'live' order by a.id for update
                """,
                new { consumers = of.Select(pair => pair.Consumer).ToArray(), users = of.Select(pair => pair.User).ToArray() });
            return [.. rows.Select(row => row.ToAuthorization())];
        }

        var found = new List<Authorization>();
        foreach (var (consumer, user) in of)
        {
            if (await FindLive(session, consumer, user) is { } live)
                found.Add(live);
        }

        return found;
    }

    /// <summary>Sets what a person granted and declined so far.</summary>
    /// <returns>False where it was revoked before.</returns>
    public static async Task<bool> Update(Session session, Authorization authorization) => await session.Execute(
        "update authorizations set scope = @scope, declined = @declined where id = @Id and status = 'live'",
        new { authorization.Id, scope = authorization.Scope.ToString(), declined = authorization.Declined.ToString() }) == 1;

    private static async Task<Authorization?> FindLive(Session session, string consumer, Guid user, string hold) => (await session.Find<Row>(
        $"select {Columns} from authorizations a where a.consumer = @consumer and a.user_id = @user and a.status = 'live'{hold}", new { consumer, user }))?.ToAuthorization();

    // A machine whose authorization was revoked can be allowed again, once.
    private const string MayBeAllowed = """
        case when a.status = 'revoked' and a.user_id is null and c.status <> 'deleted'
                  and not exists (select 1 from authorizations other where other.consumer = a.consumer and other.status = 'live' and other.user_id is null) then 1 else 0 end
        """;

    private const string Joins = """
        join consumers c on c.key = a.consumer
        left join users u on u.id = a.user_id
        left join authorization_activity v on v.authorization_id = a.id
        """;

    /// <summary>Authorizations with what surrounds them.</summary>
    /// <param name="which">What follows <c>where</c>.</param>
    public static async Task<IReadOnlyList<ListedAuthorization>> Listed(Session session, string which, object parameters)
    {
        var rows = await session.Query<Row>(
            $"select {Columns}, c.name as consumer_name, c.description as consumer_description, c.grant_type, c.group_id, u.email, v.last_accessed_at, v.last_accessed_ip, v.uses, {MayBeAllowed} as may_be_allowed from authorizations a {Joins} where {which}",
            parameters);
        return [.. rows.Select(row => new ListedAuthorization(
            row.ToAuthorization(), row.ConsumerName, row.GrantType, row.Email, row.LastAccessedAt.ToTime(), row.LastAccessedIp, row.Uses ?? 0)
        {
            Description = row.ConsumerDescription,
            GroupId = row.GroupId,
            MayBeAllowed = row.MayBeAllowed == 1,
        })];
    }

    /// <returns>False where there is none, or it was revoked before.</returns>
    public static async Task<bool> Revoke(Session session, Guid id, Revoked revoked) => await session.Execute(
        "update authorizations set status = 'revoked', revoked_at = @at, revoked_by = @By, revoked_why = @Why where id = @id and status = 'live'",
        new { id, at = revoked.At.ToUnix(), revoked.By, revoked.Why }) == 1;

    /// <summary>Ends the live authorizations of a consumer, for its deletion.</summary>
    /// <returns>Which they were.</returns>
    public static async Task<IReadOnlyList<Guid>> RevokeAllOf(Session session, string consumer, Revoked revoked) =>
        [.. (await session.Query<IdRow>(
            "update authorizations set status = 'revoked', revoked_at = @at, revoked_by = @By, revoked_why = @Why where consumer = @consumer and status = 'live' returning id",
            new { consumer, at = revoked.At.ToUnix(), revoked.By, revoked.Why })).Select(row => row.Id).Order()];

    private sealed class IdRow
    {
        public Guid Id { get; init; }
    }

    private sealed class Row
    {
        public Guid Id { get; init; }
        public Guid CompanyId { get; init; }
        public string Consumer { get; init; } = "";
        public Guid? UserId { get; init; }
        public string Scope { get; init; } = "";
        public string Declined { get; init; } = "";
        public long CreatedAt { get; init; }
        public long? RevokedAt { get; init; }
        public string? RevokedBy { get; init; }
        public string? RevokedWhy { get; init; }
        public string ConsumerName { get; init; } = "";
        public string ConsumerDescription { get; init; } = "";
        public string GrantType { get; init; } = "";
        public Guid GroupId { get; init; }
        public long MayBeAllowed { get; init; }
        public string? Email { get; init; }
        public long? LastAccessedAt { get; init; }
        public string? LastAccessedIp { get; init; }
        public long? Uses { get; init; }

        public Authorization ToAuthorization() => new(
            Id, CompanyId, Consumer, UserId, StoredScopes.Read(Scope), CreatedAt.ToTime(),
            RevokedAt is { } at ? new Revoked(at.ToTime(), RevokedBy ?? "", RevokedWhy ?? "") : null)
        {
            Declined = StoredScopes.Read(Declined),
        };
    }
}

/// <summary>An authorization as lists show it.</summary>
internal sealed record ListedAuthorization(
    Authorization Authorization, string ConsumerName, string GrantType, string? Person, DateTimeOffset? LastAccessedAt, string? LastAccessedIp, long Uses)
{
    public string Description { get; init; } = "";

    /// <summary>The permission group of the consumer.</summary>
    public Guid GroupId { get; init; }

    /// <summary>Whether it is of a machine that has none any more.</summary>
    public bool MayBeAllowed { get; init; }
}
