using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>What the token endpoint needs to know of a consumer.</summary>
/// <param name="Secrets">Those not revoked when it was read; expiry is looked at when one is presented.</param>
/// <param name="StandingPermission">A machine's live authorization; null where it was revoked, or the consumer acts for people.</param>
internal sealed record ConsumerSnapshot(Consumer Consumer, IReadOnlyList<StoredSecret> Secrets, Guid? StandingPermission);

/// <summary>Reads consumers with their secrets and their standing permission by primary key, in one statement.</summary>
internal static class ConsumerSnapshotStore
{
    public static async Task<ConsumerSnapshot?> Find(Session session, string key) => (await Find(session, [key]))[0];

    /// <summary>For each key, in their order; null where there is no such consumer.</summary>
    public static async Task<IReadOnlyList<ConsumerSnapshot?>> Find(Session session, IReadOnlyList<string> keys)
    {
        var given = new GivenRows().With("key", keys);
        var rows = await session.Query<Row>(
            $"""
            select c.key, c.company_id, c.name, c.description, c.grant_type, c.confidential, c.callback_urls, c.url, c.privacy_policy_url, c.eula_url, c.group_id,
                   c.required_scopes, c.owner_id, c.status, c.generation, c.grants_from, c.options, c.created_at, c.created_by, c.version,
                   a.id as authorization_id, s.id as secret_id, s.hash, s.hint, s.label, s.created_at as secret_created_at, s.expires_at
            from consumers c
            left join authorizations a on a.consumer = c.key and a.user_id is null and a.status = 'live'
            left join consumer_secrets s on s.consumer = c.key and s.revoked_at is null
            where c.key {given.In(session.Engine)}
            order by s.id
            """,
            given.Parameters(session.Engine));
        var found = rows.GroupBy(row => row.Key, Snapshot).ToDictionary(snapshot => snapshot.Consumer.Key);
        return [.. keys.Select(key => found.GetValueOrDefault(key))];
    }

    private static ConsumerSnapshot Snapshot(string key, IEnumerable<Row> rows)
    {
        var all = rows.ToArray();
        return new ConsumerSnapshot(all[0].ToConsumer(), [.. all.Where(row => row.SecretId is not null).Select(row => row.ToSecret())], all[0].AuthorizationId);
    }

    private sealed class Row : ConsumerStore.Row
    {
        public Guid? AuthorizationId { get; init; }
        public Guid? SecretId { get; init; }
        public byte[] Hash { get; init; } = [];
        public string Hint { get; init; } = "";
        public string Label { get; init; } = "";
        public long SecretCreatedAt { get; init; }
        public long? ExpiresAt { get; init; }

        public StoredSecret ToSecret() => new(SecretId!.Value, new SecretHash(Hash), Hint, Label, SecretCreatedAt.ToTime(), ExpiresAt.ToTime(), null);
    }
}
