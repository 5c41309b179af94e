namespace ApiConnections.Server.Storage;

/// <summary>A signing key as it is stored: the private part sealed with the key-encryption key.</summary>
internal sealed record StoredSigningKey(
    string KeyId, string X, string Y, byte[] SealedPrivate, DateTimeOffset AnnouncedAt, DateTimeOffset SignsFrom, DateTimeOffset? RetiredAt, DateTimeOffset? DeletesAt);

/// <summary>The tables <c>signing_keys</c> and <c>installation</c>.</summary>
internal static class SigningKeyStore
{
    public static Task Insert(Session session, StoredSigningKey key) => session.Execute(
        """
        insert into signing_keys (kid, algorithm, x, y, sealed_private, announced_at, signs_from, retired_at, deletes_at)
        values (@KeyId, 'ES256', @X, @Y, @SealedPrivate, @announcedAt, @signsFrom, @retiredAt, @deletesAt)
        """,
        new
        {
            key.KeyId,
            key.X,
            key.Y,
            key.SealedPrivate,
            announcedAt = key.AnnouncedAt.ToUnix(),
            signsFrom = key.SignsFrom.ToUnix(),
            retiredAt = key.RetiredAt.ToUnix(),
            deletesAt = key.DeletesAt.ToUnix(),
        });

    public static async Task<IReadOnlyList<StoredSigningKey>> All(Session session) =>
        [.. (await session.Query<Row>("select kid, x, y, sealed_private, announced_at, signs_from, retired_at, deletes_at from signing_keys order by signs_from, kid"))
            .Select(row => row.ToKey())];

    public static Task Retire(Session session, string kid, DateTimeOffset at, DateTimeOffset deletesAt) => session.Execute(
        "update signing_keys set retired_at = @at, deletes_at = @deletesAt where kid = @kid and retired_at is null",
        new { kid, at = at.ToUnix(), deletesAt = deletesAt.ToUnix() });

    public static Task Delete(Session session, string kid) => session.Execute("delete from signing_keys where kid = @kid", new { kid });

    public static Task Reseal(Session session, string kid, byte[] sealedPrivate) =>
        session.Execute("update signing_keys set sealed_private = @sealedPrivate where kid = @kid", new { kid, sealedPrivate });

    public static async Task<IReadOnlyList<string>> KeyIds(Session session) => await session.Query<string>("select kid from signing_keys order by kid");

    /// <returns>The sealed key of the transactions log; null before the first start.</returns>
    public static Task<byte[]?> LogKey(Session session) => session.Value<byte[]>("select log_key from installation where id = 1");

    /// <returns>False where another node was first.</returns>
    public static async Task<bool> InsertInstallation(Session session, Guid incarnation, byte[] sealedLogKey, DateTimeOffset now) => await session.Execute(
        "insert into installation (id, incarnation, log_key, created_at) values (1, @incarnation, @sealedLogKey, @now) on conflict (id) do nothing",
        new { incarnation, sealedLogKey, now = now.ToUnix() }) == 1;

    public static Task ResealLogKey(Session session, byte[] sealedLogKey) =>
        session.Execute("update installation set log_key = @sealedLogKey where id = 1", new { sealedLogKey });

    private sealed class Row
    {
        public string Kid { get; init; } = "";
        public string X { get; init; } = "";
        public string Y { get; init; } = "";
        public byte[] SealedPrivate { get; init; } = [];
        public long AnnouncedAt { get; init; }
        public long SignsFrom { get; init; }
        public long? RetiredAt { get; init; }
        public long? DeletesAt { get; init; }

        public StoredSigningKey ToKey() => new(Kid, X, Y, SealedPrivate, AnnouncedAt.ToTime(), SignsFrom.ToTime(), RetiredAt.ToTime(), DeletesAt.ToTime());
    }
}
