namespace ApiConnections.Server.Storage;

/// <summary>The last use of a secret or an authorization, and how many uses there were since it was last written.</summary>
internal sealed record Use(Guid Id, DateTimeOffset At, string Ip, string Agent, long Count);

/// <summary>When things were last used: written in batches, many rows at once.</summary>
internal static class ActivityStore
{
    /// <param name="uses">In the order of their ids, so that two nodes cannot lock each other out.</param>
    public static async Task WriteSecrets(Session session, IReadOnlyList<Use> uses)
    {
        if (session.Engine == Engine.Postgres)
        {
            await session.Execute(
                """
                update consumer_secrets s set last_used_at = u.at, last_used_ip = u.ip, last_used_agent = u.agent
                from unnest(@ids, @ats, @ips, @agents) as u (id, at, ip, agent)
                where s.id = u.id and (s.last_used_at is null or s.last_used_at < u.at)
                """,
                Columns(uses));
            return;
        }

        await session.Execute(
            "update consumer_secrets set last_used_at = @at, last_used_ip = @Ip, last_used_agent = @Agent where id = @Id and (last_used_at is null or last_used_at < @at)",
            Rows(uses));
    }

    /// <inheritdoc cref="WriteSecrets"/>
    public static async Task WriteAuthorizations(Session session, IReadOnlyList<Use> uses)
    {
        const string Merge = """
            on conflict (authorization_id) do update set
                last_accessed_at = case when excluded.last_accessed_at > authorization_activity.last_accessed_at then excluded.last_accessed_at else authorization_activity.last_accessed_at end,
                last_accessed_ip = case when excluded.last_accessed_at > authorization_activity.last_accessed_at then excluded.last_accessed_ip else authorization_activity.last_accessed_ip end,
                uses = authorization_activity.uses + excluded.uses
            """;
        if (session.Engine == Engine.Postgres)
        {
            await session.Execute(
                $"""
                insert into authorization_activity (authorization_id, last_accessed_at, last_accessed_ip, uses)
                select u.id, u.at, u.ip, u.uses from unnest(@ids, @ats, @ips, @counts) as u (id, at, ip, uses)
                {Merge}
                """,
                Columns(uses));
            return;
        }

        await session.Execute(
            $"insert into authorization_activity (authorization_id, last_accessed_at, last_accessed_ip, uses) values (@Id, @at, @Ip, @Count) {Merge}",
            Rows(uses));
    }

    private static object Columns(IReadOnlyList<Use> uses) => new
    {
        ids = uses.Select(use => use.Id).ToArray(),
        ats = uses.Select(use => use.At.ToUnix()).ToArray(),
        ips = uses.Select(use => use.Ip).ToArray(),
        agents = uses.Select(use => use.Agent).ToArray(),
        counts = uses.Select(use => use.Count).ToArray(),
    };

    private static IEnumerable<object> Rows(IReadOnlyList<Use> uses) => uses.Select(use => new { use.Id, at = use.At.ToUnix(), use.Ip, use.Agent, use.Count });

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
