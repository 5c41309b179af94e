namespace ApiConnections.Server.Storage;

/// <summary>Deletes what is over and was kept for a while, so that a late replay is still recognised and a list can still tell.</summary>
internal static class ExpiredRows
{
    private static readonly TimeSpan kept = TimeSpan.FromDays(1);

    // Each condition has an index; the tables stand in the order in which their rows come to be.
    private static readonly string[] deletes =
    [
        Delete("authorization_requests", "id", "expires_at < @before"),
        Delete("consumer_trials", "id", "expires_at < @before"),
        Delete("authorization_codes", "locator", "expires_at < @before"),
        Delete("token_families", "id", "expires_at < @before"),
        Delete("token_families", "id", "ended_at < @before"),
        Delete("sessions", "id", "expires_at < @before"),
        Delete("passkey_challenges", "hash", "expires_at < @before"),
        Delete("person_links", "hash", "expires_at < @before"),
        "delete from usage_batches where (api, batch) in (select api, batch from usage_batches where received_at < @before limit @atMost)",
    ];

    /// <summary>What <see cref="Prune"/> can be asked for.</summary>
    public static int Kinds => deletes.Length;

    /// <summary>Deletes one batch of a kind.</summary>
    /// <returns>How many rows went.</returns>
    public static Task<int> Prune(Session session, int kind, DateTimeOffset now, int atMost) =>
        session.Execute(deletes[kind], new { before = (now - kept).ToUnix(), atMost });

    private static string Delete(string table, string key, string over) => $"delete from {table} where {key} in (select {key} from {table} where {over} limit @atMost)";
}
