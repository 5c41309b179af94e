using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The table <c>sessions</c>: where people are signed in.</summary>
internal static class SessionStore
{
    private const string Columns = "s.id as session_id, s.user_id, s.methods, s.created_at as session_created_at, s.authenticated_at, s.last_seen_at, s.expires_at, s.ip, s.agent, c.security";

    public static Task Insert(Session session, PersonSession person, byte[] hash) => session.Execute(
        """
        insert into sessions (id, hash, user_id, methods, created_at, authenticated_at, last_seen_at, expires_at, ip, agent)
        values (@Id, @hash, @UserId, @Methods, @createdAt, @authenticatedAt, @lastSeenAt, @expiresAt, @Ip, @Agent)
        """,
        new
        {
            person.Id,
            hash,
            person.UserId,
            person.Methods,
            createdAt = person.CreatedAt.ToUnix(),
            authenticatedAt = person.AuthenticatedAt.ToUnix(),
            lastSeenAt = person.LastSeenAt.ToUnix(),
            expiresAt = person.ExpiresAt.ToUnix(),
            person.Ip,
            person.Agent,
        });

    /// <summary>The session that was not ended, with its person as they are now; whether it is still live the caller decides.</summary>
    public static Task<(PersonSession Session, User User, string CompanyLanguage)?> Find(Session session, byte[] hash) => FindWhere(session, "", "s.hash = @hash", new { hash });

    /// <inheritdoc cref="Find"/>
    /// <param name="hold">The person stays as they are until the transaction ends; others may read them, and hold them so too.</param>
    public static Task<(PersonSession Session, User User, string CompanyLanguage)?> FindById(Session session, Guid id, bool hold = false) =>
        FindWhere(session, hold && session.Engine == Engine.Postgres ? "for share of u" : "", "s.id = @id", new { id });

    private static async Task<(PersonSession Session, User User, string CompanyLanguage)?> FindWhere(Session session, string hold, string which, object parameters)
    {
        var row = await session.Find<SessionRow>(
            $"""
            select {Columns}, u.id, u.company_id, u.email, u.name, u.role, u.group_id, u.status, u.generation, u.grants_from, u.created_at, u.language, u.last_signed_in_at, u.invited_until, c.language as company_language
            from sessions s join users u on u.id = s.user_id join companies c on c.id = u.company_id
            where {which} and s.ended_at is null {hold}
            """,
            parameters);
        return row is null ? null : (row.ToSession(), row.ToUser(), row.CompanyLanguage);
    }

    /// <summary>The person has just shown again who they are.</summary>
    public static Task Confirmed(Session session, Guid id, DateTimeOffset now) =>
        session.Execute("update sessions set authenticated_at = @now where id = @id and ended_at is null and authenticated_at < @now", new { id, now = now.ToUnix() });

    /// <summary>Where a person is signed in, the last seen first; sessions that have run out are not among them.</summary>
    public static async Task<IReadOnlyList<PersonSession>> OfUser(Session session, Guid user, DateTimeOffset now) =>
        [.. (await session.Query<SessionRow>(
            $"""
            select {Columns} from sessions s join users u on u.id = s.user_id join companies c on c.id = u.company_id
            where s.user_id = @user and s.ended_at is null and s.expires_at + 0 > @now order by s.last_seen_at desc, s.id desc
            """,
            new { user, now = now.ToUnix() })).Select(row => row.ToSession()).Where(one => one.IsLiveAt(now))];

    public static Task Seen(Session session, Guid id, DateTimeOffset now, string ip) =>
        session.Execute("update sessions set last_seen_at = @now, ip = @ip where id = @id and ended_at is null and last_seen_at < @now", new { id, now = now.ToUnix(), ip });

    /// <returns>False where it is no session of that person, or was ended before.</returns>
    public static async Task<bool> End(Session session, Guid user, Guid id, string why, DateTimeOffset now) => await session.Execute(
        "update sessions set ended_at = @now, ended_why = @why where id = @id and user_id = @user and ended_at is null", new { id, user, why, now = now.ToUnix() }) == 1;

    /// <summary>Ends every session of a person, but for one where that is wanted.</summary>
    /// <returns>How many were ended.</returns>
    public static Task<int> EndAllOf(Session session, Guid user, string why, DateTimeOffset now, Guid? except = null) => session.Execute(
        "update sessions set ended_at = @now, ended_why = @why where user_id = @user and ended_at is null and id <> @except", new { user, why, now = now.ToUnix(), except = except ?? Guid.Empty });

    /// <summary>Ends every session of a person that began with a passkey, but for one where that is wanted.</summary>
    /// <returns>How many were ended.</returns>
    public static Task<int> EndAllOfPasskeys(Session session, Guid user, string why, DateTimeOffset now, Guid? except = null) => session.Execute(
        "update sessions set ended_at = @now, ended_why = @why where user_id = @user and ended_at is null and id <> @except and methods in (@device, @synced)",
        new { user, why, now = now.ToUnix(), except = except ?? Guid.Empty, device = Passkey.AllMethods[0], synced = Passkey.AllMethods[1] });

    private sealed class SessionRow : UserStore.Row
    {
        public Guid SessionId { get; init; }
        public Guid UserId { get; init; }
        public string Methods { get; init; } = "";
        public long SessionCreatedAt { get; init; }
        public long AuthenticatedAt { get; init; }
        public long LastSeenAt { get; init; }
        public long ExpiresAt { get; init; }
        public string Ip { get; init; } = "";
        public string Agent { get; init; } = "";
        public string Security { get; init; } = "";
        public string CompanyLanguage { get; init; } = "";

        // A policy that was made stricter holds for the sessions that there are; one that was loosened for those that begin.
        public PersonSession ToSession()
        {
            var policy = SecurityPolicyStore.Read(Security);
            var created = SessionCreatedAt.ToTime();
            var expires = ExpiresAt.ToTime();
            return new(SessionId, UserId, Methods, created, AuthenticatedAt.ToTime(), LastSeenAt.ToTime(), created + policy.LongestSession < expires ? created + policy.LongestSession : expires, Ip, Agent) { LongestIdle = policy.LongestIdle };
        }
    }
}
