using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The table <c>consumer_trials</c>.</summary>
internal static class TrialStore
{
    public static Task Insert(Session session, Trial trial) => session.Execute(
        """
        insert into consumer_trials (id, state_hash, consumer, user_id, session_id, challenge, before_id, created_at, expires_at)
        values (@Id, @StateHash, @Consumer, @UserId, @SessionId, @Challenge, @Before, @createdAt, @expiresAt)
        """,
        new
        {
            trial.Id,
            trial.StateHash,
            trial.Consumer,
            trial.UserId,
            trial.SessionId,
            trial.Challenge,
            trial.Before,
            createdAt = trial.CreatedAt.ToUnix(),
            expiresAt = trial.ExpiresAt.ToUnix(),
        });

    public static async Task<Trial?> Find(Session session, Guid id) => (await session.Find<Row>(
        "select id, state_hash, consumer, user_id, session_id, challenge, before_id, created_at, expires_at, answered_at, sealed_code, error, taken_at from consumer_trials where id = @id",
        new { id }))?.ToTrial();

    /// <summary>Those of these that still wait for their answer.</summary>
    public static async Task<IReadOnlySet<Guid>> Open(Session session, IReadOnlyCollection<Guid> ids, DateTimeOffset now) => ids.Count == 0
        ? new HashSet<Guid>()
        : (await session.QueryEach<Guid>("select id from consumer_trials where id = @id and answered_at is null and expires_at + 0 > @now", new GivenRows().With("id", ids), ("now", now.ToUnix()))).ToHashSet();

    /// <summary>Takes what came back: once, in time, for this consumer and its state, in the session that began it, while both may still be used.</summary>
    /// <returns>False where any of that is not so.</returns>
    public static async Task<bool> Answer(Session session, Guid id, byte[] stateHash, string consumer, Guid sessionId, byte[]? sealedCode, string? error, DateTimeOffset now) => await session.Execute(
        """
        update consumer_trials set answered_at = @now, sealed_code = @sealedCode, error = @error
        where id = @id and state_hash = @stateHash and consumer = @consumer and session_id = @sessionId and answered_at is null and expires_at > @now
            and exists (select 1 from sessions s where s.id = @sessionId and s.ended_at is null)
            and exists (select 1 from consumers c where c.key = @consumer and c.status = 'active')
        """,
        new { id, stateHash, consumer, sessionId, sealedCode, error, now = now.ToUnix() }) == 1;

    /// <summary>Hands out what came back, once.</summary>
    public static async Task<bool> Take(Session session, Guid id, Guid sessionId, DateTimeOffset now) => await session.Execute(
        "update consumer_trials set taken_at = @now, sealed_code = null where id = @id and session_id = @sessionId and answered_at is not null and taken_at is null",
        new { id, sessionId, now = now.ToUnix() }) == 1;

    /// <summary>Nothing is taken for it any more.</summary>
    /// <returns>False where something came back before, or it has run out.</returns>
    public static async Task<bool> Close(Session session, Guid id, Guid sessionId, DateTimeOffset now) => await session.Execute(
        "update consumer_trials set expires_at = @now where id = @id and session_id = @sessionId and answered_at is null and expires_at > @now", new { id, sessionId, now = now.ToUnix() }) == 1;

    private sealed class Row
    {
        public Guid Id { get; init; }
        public byte[] StateHash { get; init; } = [];
        public string Consumer { get; init; } = "";
        public Guid UserId { get; init; }
        public Guid SessionId { get; init; }
        public string Challenge { get; init; } = "";
        public Guid? BeforeId { get; init; }
        public long CreatedAt { get; init; }
        public long ExpiresAt { get; init; }
        public long? AnsweredAt { get; init; }
        public byte[]? SealedCode { get; init; }
        public string? Error { get; init; }
        public long? TakenAt { get; init; }

        public Trial ToTrial() => new(Id, StateHash, Consumer, UserId, SessionId, Challenge, BeforeId, CreatedAt.ToTime(), ExpiresAt.ToTime())
        {
            AnsweredAt = AnsweredAt?.ToTime(),
            SealedCode = SealedCode,
            Error = Error,
            TakenAt = TakenAt?.ToTime(),
        };
    }
}
