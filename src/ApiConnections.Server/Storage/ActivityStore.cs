namespace ApiConnections.Server.Storage;

/// <summary>The last use of a secret or an authorization, and how many uses there were since it was last written.</summary>
internal sealed record Use(Guid Id, DateTimeOffset At, string Ip, string Agent, long Count);

/// <summary>When things were last used: written in batches, many rows at once.</summary>
internal static class ActivityStore
{
    /// <param name="uses">In the order of their ids, so that two nodes cannot lock each other out.</param>
    public static Task WriteSecrets(Session session, IReadOnlyList<Use> uses)
    {
        var given = Rows(uses).With("agent", uses.Select(use => use.Agent));
        return session.Execute(
            $"""
            update consumer_secrets as s set last_used_at = given.at, last_used_ip = given.ip, last_used_agent = given.agent
            from {given.Sql(session.Engine)}
            where s.id = given.id and (s.last_used_at is null or s.last_used_at < given.at)
            """,
            given.Parameters(session.Engine));
    }

    /// <inheritdoc cref="WriteSecrets"/>
    public static Task WriteAuthorizations(Session session, IReadOnlyList<Use> uses)
    {
        var given = Rows(uses).With("uses", uses.Select(use => use.Count));
        return session.Execute(
            $"""
            insert into authorization_activity (authorization_id, last_accessed_at, last_accessed_ip, uses)
            select given.id, given.at, given.ip, given.uses from {given.Sql(session.Engine)} where true
            on conflict (authorization_id) do update set
                last_accessed_at = case when excluded.last_accessed_at > authorization_activity.last_accessed_at then excluded.last_accessed_at else authorization_activity.last_accessed_at end,
                last_accessed_ip = case when excluded.last_accessed_at > authorization_activity.last_accessed_at then excluded.last_accessed_ip else authorization_activity.last_accessed_ip end,
                uses = authorization_activity.uses + excluded.uses
            """,
            given.Parameters(session.Engine));
    }

    private static GivenRows Rows(IReadOnlyList<Use> uses) =>
        new GivenRows().With("id", uses.Select(use => use.Id)).With("at", uses.Select(use => use.At.ToUnix())).With("ip", uses.Select(use => use.Ip));

    /// <summary>When and from where each secret of a consumer was last used.</summary>
    public static async Task<IReadOnlyList<Use>> OfSecrets(Session session, string consumer) =>
        [.. (await session.Query<Row>(
            "select id, last_used_at, last_used_ip, last_used_agent from consumer_secrets where consumer = @consumer and last_used_at is not null",
            new { consumer })).Select(row => new Use(row.Id, row.LastUsedAt.ToTime(), row.LastUsedIp, row.LastUsedAgent, 0))];

    private sealed class Row
    {
        public Guid Id { get; init; }
        public long LastUsedAt { get; init; }
        public string LastUsedIp { get; init; } = "";
        public string LastUsedAgent { get; init; } = "";
    }
}
