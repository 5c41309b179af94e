namespace ApiConnections.Server.Storage;

/// <summary>What was ended after a backup was put back, counted.</summary>
/// <param name="Families">Connected devices.</param>
/// <param name="Codes">Authorization codes that nobody had redeemed.</param>
/// <param name="Requests">Consent pages that nobody had answered.</param>
internal sealed record EndedByRestoration(int Families, int Sessions, int Codes, int Requests);

/// <summary>Statements over the whole installation, for a database that was put back to an earlier state.</summary>
internal static class RestorationStore
{
    /// <summary>Begins a new incarnation: whoever followed the changes of the former one starts anew. An unused set-up address is void.</summary>
    public static Task Reincarnate(Session session, Guid incarnation) => session.Execute(
        "update installation set incarnation = @incarnation, setup_hash = null, setup_expires_at = null where id = 1", new { incarnation });

    /// <summary>Revokes every live authorization of a person; those of machines stay.</summary>
    /// <returns>How many, by company.</returns>
    public static async Task<IReadOnlyDictionary<Guid, long>> RevokePersons(Session session, DateTimeOffset now, string by, string why)
    {
        var counts = await session.Query<Row>(
            """
            select c.id, (select count(*) from authorizations a where a.company_id = c.id and a.status = 'live' and a.user_id is not null) as revoked
            from companies c order by c.id
            """);
        await session.Execute(
            "update authorizations set status = 'revoked', revoked_at = @now, revoked_by = @by, revoked_why = @why where status = 'live' and user_id is not null",
            new { now = now.ToUnix(), by, why });
        return counts.ToDictionary(row => row.Id, row => row.Revoked);
    }

    /// <summary>Ends every code, family and session, every consent page that is open, and the one-time addresses of people.</summary>
    public static async Task<EndedByRestoration> EndEverything(Session session, DateTimeOffset now, string why)
    {
        var at = new { now = now.ToUnix(), why };
        var codes = await session.Execute("update authorization_codes set ended_at = @now where redeemed_at is null and ended_at is null", at);
        var families = await session.Execute("update token_families set ended_at = @now, ended_why = @why where ended_at is null", at);
        var sessions = await session.Execute("update sessions set ended_at = @now, ended_why = @why where ended_at is null", at);
        var requests = await session.Execute("delete from authorization_requests where decided_at is null");
        await session.Execute("update person_links set withdrawn_at = @now where used_at is null and withdrawn_at is null", at);
        return new EndedByRestoration(families, sessions, codes, requests);
    }

    private sealed class Row
    {
        public Guid Id { get; init; }
        public long Revoked { get; init; }
    }
}
