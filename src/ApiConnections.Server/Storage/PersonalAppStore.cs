using ApiConnections.Protocol;

namespace ApiConnections.Server.Storage;

/// <summary>An app that a person has allowed to act for them.</summary>
/// <param name="Company">Who registered it.</param>
internal sealed record PersonalApp(
    Guid Authorization, string Consumer, string Name, string Description, string Company, Guid GroupId, ScopeSet Granted, DateTimeOffset Since, DateTimeOffset? LastUsedAt);

/// <summary>A device or browser on which an app is connected for a person: a live token family.</summary>
/// <param name="SeenAt">When it last got a token.</param>
internal sealed record ConnectedDevice(Guid Id, Guid Authorization, string Ip, string Agent, DateTimeOffset Since, DateTimeOffset SeenAt);

/// <summary>What acts for a person: their own live authorizations with the devices that hang on them.</summary>
internal static class PersonalAppStore
{
    /// <summary>The newest first.</summary>
    public static async Task<IReadOnlyList<PersonalApp>> OfUser(Session session, Guid user) =>
        [.. (await session.Query<AppRow>(
            """
            select a.id, a.consumer, a.scope, a.created_at, c.name, c.description, c.group_id, o.name as company, v.last_accessed_at
            from authorizations a
            join consumers c on c.key = a.consumer
            join companies o on o.id = c.company_id
            left join authorization_activity v on v.authorization_id = a.id
            where a.user_id = @user and a.status = 'live'
            order by a.created_at desc, a.id desc
            """,
            new { user })).Select(row => row.ToApp())];

    /// <summary>Those that can still get tokens, the last used first.</summary>
    public static async Task<IReadOnlyList<ConnectedDevice>> DevicesOf(Session session, Guid user, DateTimeOffset now) =>
        [.. (await session.Query<DeviceRow>(
            """
            select f.id, f.authorization_id, f.ip, f.agent, f.created_at, coalesce(f.rotated_at, f.created_at) as seen_at
            from token_families f
            join authorizations a on a.id = f.authorization_id and a.status = 'live'
            join companies o on o.id = f.company_id and f.company_generation >= o.grants_from
            join consumers c on c.key = f.consumer and f.consumer_generation >= c.grants_from
            join users u on u.id = f.user_id and f.user_generation >= u.grants_from
            where a.user_id = @user and f.user_id = @user and f.ended_at is null and f.expires_at + 0 > @now and f.idle_expires_at > @now
            order by seen_at desc, f.id desc
            """,
            new { user, now = now.ToUnix() })).Select(row => row.ToDevice())];

    /// <summary>A person's authorization that was revoked since, by the name of its app; null where there is none.</summary>
    public static Task<string?> FindRevoked(Session session, Guid user, Guid authorization, DateTimeOffset since) => session.Value<string>(
        "select c.name from authorizations a join consumers c on c.key = a.consumer where a.id = @authorization and a.user_id = @user and a.status = 'revoked' and a.revoked_at >= @since",
        new { user, authorization, since = since.ToUnix() });

    private sealed class AppRow
    {
        public Guid Id { get; init; }
        public string Consumer { get; init; } = "";
        public string Scope { get; init; } = "";
        public long CreatedAt { get; init; }
        public string Name { get; init; } = "";
        public string Description { get; init; } = "";
        public Guid GroupId { get; init; }
        public string Company { get; init; } = "";
        public long? LastAccessedAt { get; init; }

        public PersonalApp ToApp() => new(Id, Consumer, Name, Description, Company, GroupId, StoredScopes.Read(Scope), CreatedAt.ToTime(), LastAccessedAt.ToTime());
    }

    private sealed class DeviceRow
    {
        public Guid Id { get; init; }
        public Guid AuthorizationId { get; init; }
        public string Ip { get; init; } = "";
        public string Agent { get; init; } = "";
        public long CreatedAt { get; init; }
        public long SeenAt { get; init; }

        public ConnectedDevice ToDevice() => new(Id, AuthorizationId, Ip, Agent, CreatedAt.ToTime(), SeenAt.ToTime());
    }
}
