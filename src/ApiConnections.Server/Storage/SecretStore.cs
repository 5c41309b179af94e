using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The tables <c>consumer_secrets</c> and <c>api_secrets</c>.</summary>
internal sealed class SecretStore
{
    public static readonly SecretStore OfConsumers = new("consumer_secrets", "consumer");
    public static readonly SecretStore OfApis = new("api_secrets", "api");

    private readonly string insert;
    private readonly string ofOwner;
    private readonly string revoke;
    private readonly string retire;

    private SecretStore(string table, string owner)
    {
        insert = $"""
            insert into {table} (id, {owner}, hash, hint, label, created_at, expires_at, revoked_at)
            values (@Id, @key, @hash, @Hint, @Label, @createdAt, @expiresAt, null)
            """;
        ofOwner = $"select id, hash, hint, label, created_at, expires_at, revoked_at from {table} where {owner} = @key order by id";
        revoke = $"update {table} set revoked_at = @now where id = @id and {owner} = @key and revoked_at is null";
        retire = $"update {table} set expires_at = @at where {owner} = @key and id <> @except and revoked_at is null and (expires_at is null or expires_at > @at)";
    }

    public Task Insert(Session session, string key, StoredSecret secret) => session.Execute(insert, new
    {
        secret.Id,
        key,
        hash = secret.Hash.Bytes,
        secret.Hint,
        secret.Label,
        createdAt = secret.CreatedAt.ToUnix(),
        expiresAt = secret.ExpiresAt.ToUnix(),
    });

    /// <summary>All of them, the dead ones too, oldest first.</summary>
    public async Task<IReadOnlyList<StoredSecret>> Of(Session session, string key) =>
        [.. (await session.Query<Row>(ofOwner, new { key })).Select(row => row.ToSecret())];

    /// <returns>False where there is none, or it was revoked before.</returns>
    public async Task<bool> Revoke(Session session, string key, Guid id, DateTimeOffset now) =>
        await session.Execute(revoke, new { key, id, now = now.ToUnix() }) == 1;

    /// <summary>Lets every other live secret end at <paramref name="at"/> at the latest.</summary>
    public Task<int> RetireOthers(Session session, string key, Guid except, DateTimeOffset at) =>
        session.Execute(retire, new { key, except, at = at.ToUnix() });

    private sealed class Row
    {
        public Guid Id { get; init; }
        public byte[] Hash { get; init; } = [];
        public string Hint { get; init; } = "";
        public string Label { get; init; } = "";
        public long CreatedAt { get; init; }
        public long? ExpiresAt { get; init; }
        public long? RevokedAt { get; init; }

        public StoredSecret ToSecret() => new(Id, new SecretHash(Hash), Hint, Label, CreatedAt.ToTime(), ExpiresAt.ToTime(), RevokedAt.ToTime());
    }
}
