namespace ApiConnections.Server.Storage;

/// <summary>The table <c>data_protection_keys</c>.</summary>
internal static class DataProtectionKeyStore
{
    public static async Task<IReadOnlyList<(string Id, byte[] Sealed)>> All(Session session) =>
        [.. (await session.Query<Row>("select id, sealed from data_protection_keys order by created_at, id")).Select(row => (row.Id, row.Sealed))];

    public static Task Insert(Session session, string id, byte[] box, DateTimeOffset now) => session.Execute(
        "insert into data_protection_keys (id, sealed, created_at) values (@id, @box, @now) on conflict (id) do update set sealed = excluded.sealed", new { id, box, now = now.ToUnix() });

    public static Task Reseal(Session session, string id, byte[] box) => session.Execute("update data_protection_keys set sealed = @box where id = @id", new { id, box });

    private sealed class Row
    {
        public string Id { get; init; } = "";
        public byte[] Sealed { get; init; } = [];
    }
}
