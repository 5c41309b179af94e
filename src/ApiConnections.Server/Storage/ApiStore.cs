using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The table <c>apis</c>.</summary>
internal static class ApiStore
{
    private const string Columns = "key, name, audience, company_id, modules, created_at";

    /// <returns>False where another API has that name or audience.</returns>
    public static async Task<bool> Insert(Session session, Api api) => await session.Execute(
        $"""
        insert into apis ({Columns}, name_key) values (@Key, @Name, @Audience, @CompanyId, @modules, @createdAt, @nameKey)
        on conflict do nothing
        """,
        new { api.Key, api.Name, api.Audience, api.CompanyId, modules = Words.Join(api.Modules), createdAt = api.CreatedAt.ToUnix(), nameKey = DisplayText.Key(api.Name) }) == 1;

    /// <summary>All of them, the longest standing first.</summary>
    public static async Task<IReadOnlyList<Api>> All(Session session) =>
        [.. (await session.Query<Row>($"select {Columns} from apis order by created_at, key")).Select(row => row.ToApi())];

    public static async Task<Api?> Find(Session session, string keyOrName) =>
        (await session.Find<Row>($"select {Columns} from apis where key = @keyOrName or name_key = @nameKey", new { keyOrName, nameKey = DisplayText.Key(keyOrName) }))?.ToApi();

    /// <summary>The API with that key.</summary>
    public static async Task<Api?> FindByKey(Session session, string key) =>
        (await session.Find<Row>($"select {Columns} from apis where key = @key", new { key }))?.ToApi();

    /// <returns>False where another API has that name or audience.</returns>
    public static async Task<bool> Update(Session session, Api api) => await session.Execute(
        """
        update apis set name = @Name, name_key = @nameKey, audience = @Audience, modules = @modules
        where key = @Key and not exists (select 1 from apis other where (other.name_key = @nameKey or other.audience = @Audience) and other.key <> @Key)
        """,
        new { api.Key, api.Name, api.Audience, modules = Words.Join(api.Modules), nameKey = DisplayText.Key(api.Name) }) == 1;

    /// <summary>With its secrets.</summary>
    public static async Task Delete(Session session, string key)
    {
        await session.Execute("delete from api_secrets where api = @key", new { key });
        await session.Execute("delete from apis where key = @key", new { key });
    }

    private sealed class Row
    {
        public string Key { get; init; } = "";
        public string Name { get; init; } = "";
        public string Audience { get; init; } = "";
        public Guid? CompanyId { get; init; }
        public string Modules { get; init; } = "";
        public long CreatedAt { get; init; }

        public Api ToApi() => new(Key, Name, Audience, CompanyId, Words.Split(Modules), CreatedAt.ToTime());
    }
}
