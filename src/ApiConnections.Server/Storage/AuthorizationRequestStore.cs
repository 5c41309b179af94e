using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The table <c>authorization_requests</c>.</summary>
internal static class AuthorizationRequestStore
{
    /// <summary>What may still be answered: nobody did, its time is not over, and its session was not ended.</summary>
    private const string Open = "r.decided_at is null and r.expires_at + 0 > @now and exists (select 1 from sessions s where s.id = r.session_id and s.ended_at is null)";

    public static Task Insert(Session session, AuthorizationRequest request) => session.Execute(
        """
        insert into authorization_requests (id, session_id, flow_hash, user_id, consumer, request, offered, app, created_at, expires_at)
        values (@Id, @SessionId, @FlowHash, @UserId, @Consumer, @Request, @offered, @app, @createdAt, @expiresAt)
        """,
        new
        {
            request.Id,
            request.SessionId,
            request.FlowHash,
            request.UserId,
            request.Consumer,
            request.Request,
            offered = request.Shown.Offered.ToString(),
            app = request.Shown.App,
            createdAt = request.CreatedAt.ToUnix(),
            expiresAt = request.ExpiresAt.ToUnix(),
        });

    public static async Task<AuthorizationRequest?> Find(Session session, Guid id) => (await session.Find<Row>(
        "select id, session_id, flow_hash, user_id, consumer, request, offered, app, created_at, expires_at, decision, code from authorization_requests where id = @id",
        new { id }))?.ToRequest();

    /// <summary>Remembers what the page says now.</summary>
    public static Task Show(Session session, Guid id, ShownConsent shown) => session.Execute(
        "update authorization_requests set offered = @offered, app = @App where id = @id and decided_at is null", new { id, offered = shown.Offered.ToString(), shown.App });

    /// <summary>Answers a request with no, once and in a session that was not ended.</summary>
    /// <returns>False where it was decided before, has run out, or its session was ended.</returns>
    public static async Task<bool> Deny(Session session, Guid id, DateTimeOffset now) => await session.Execute(
        $"update authorization_requests as r set decided_at = @now, decision = 'deny' where r.id = @id and {Open}", new { id, now = now.ToUnix() }) == 1;

    /// <summary>Answers requests with yes, each once and in a session that was not ended.</summary>
    /// <param name="answers">Requests with the code that is issued for each; a request may stand in it several times.</param>
    /// <returns>The codes of those that were answered now.</returns>
    public static async Task<IReadOnlySet<Guid>> Allow(Session session, IReadOnlyList<(Guid Request, Guid Code)> answers, DateTimeOffset now)
    {
        if (session.Engine == Engine.Postgres)
        {
            // The rows are locked in the order of their ids before any is changed; a join alone would promise no order.
            return (await session.Query<Guid>(
                $"""
                with held as materialized (
                    select r.id from authorization_requests r where r.id = any(@ids) and {Open} order by r.id for update of r
                ), given as (
                    select distinct on (u.id) * from unnest(@ids, @codes) as u (id, code)
                )
                update authorization_requests r set decided_at = @now, decision = 'allow', code = given.code
                from held join given on given.id = held.id
                where r.id = held.id and {Open}
                returning r.code
                """,
                new { ids = answers.Select(answer => answer.Request).ToArray(), codes = answers.Select(answer => answer.Code).ToArray(), now = now.ToUnix() })).ToHashSet();
        }

        var answered = new HashSet<Guid>();
        foreach (var (id, code) in answers)
        {
            if (await session.Execute(
                $"update authorization_requests as r set decided_at = @now, decision = 'allow', code = @code where r.id = @id and {Open}", new { id, code, now = now.ToUnix() }) == 1)
                answered.Add(code);
        }

        return answered;
    }

    /// <summary>The codes that were issued for these requests, where yes was the answer.</summary>
    public static async Task<IReadOnlySet<Guid>> CodesOf(Session session, IReadOnlyCollection<Guid> requests) =>
        (await session.QueryEach<Guid>("select code from authorization_requests where id = @id and decision = 'allow'", new GivenRows().With("id", requests))).ToHashSet();

    /// <summary>Puts another code in the place of the last one.</summary>
    /// <returns>False where that is not the last one any more.</returns>
    public static async Task<bool> Replace(Session session, Guid id, Guid last, Guid code) => await session.Execute(
        "update authorization_requests set code = @code where id = @id and code = @last and decision = 'allow'", new { id, last, code }) == 1;

    private sealed class Row
    {
        public Guid Id { get; init; }
        public Guid SessionId { get; init; }
        public byte[] FlowHash { get; init; } = [];
        public Guid UserId { get; init; }
        public string Consumer { get; init; } = "";
        public string Request { get; init; } = "";
        public string Offered { get; init; } = "";
        public string App { get; init; } = "";
        public long CreatedAt { get; init; }
        public long ExpiresAt { get; init; }
        public string? Decision { get; init; }
        public Guid? Code { get; init; }

        public AuthorizationRequest ToRequest() => new(
            Id, SessionId, FlowHash, UserId, Consumer, Request, new ShownConsent(StoredScopes.Read(Offered), App), CreatedAt.ToTime(), ExpiresAt.ToTime())
        {
            Decision = Decision switch { "allow" => Model.Decision.Allow, "deny" => Model.Decision.Deny, _ => null },
            Code = Code,
        };
    }
}
