using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The table <c>authorization_requests</c>.</summary>
internal static class AuthorizationRequestStore
{
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

    /// <summary>Decides a request, once and in a session that was not ended.</summary>
    /// <returns>False where it was decided before, has run out, or its session was ended.</returns>
    public static async Task<bool> Decide(Session session, Guid id, Decision decision, Guid? code, DateTimeOffset now) => await session.Execute(
        """
        update authorization_requests set decided_at = @now, decision = @decision, code = @code
        where id = @id and decided_at is null and expires_at > @now
          and exists (select 1 from sessions s where s.id = authorization_requests.session_id and s.ended_at is null)
        """,
        new { id, decision = decision == Decision.Allow ? "allow" : "deny", code, now = now.ToUnix() }) == 1;

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
