namespace ApiConnections.Server.Storage;

/// <summary>What protected APIs report: the table <c>usage_batches</c>, and whose reports may be about what.</summary>
internal static class UsageStore
{
    /// <returns>False where that batch was counted before.</returns>
    public static async Task<bool> InsertBatch(Session session, string api, Guid batch, DateTimeOffset now) => await session.Execute(
        "insert into usage_batches (api, batch, received_at) values (@api, @batch, @now) on conflict do nothing", new { api, batch, now = now.ToUnix() }) == 1;

    /// <summary>Those of these authorizations that there are and, where <paramref name="company"/> is given, that are of it.</summary>
    public static async Task<IReadOnlySet<Guid>> Authorizations(Session session, IReadOnlyList<Guid> ids, Guid? company)
    {
        var ofCompany = company is null ? "" : " and company_id = @company";
        if (session.Engine == Engine.Postgres)
            return (await session.Query<IdRow>($"select id from authorizations where id = any(@ids){ofCompany}", new { ids = ids.ToArray(), company })).Select(row => row.Id).ToHashSet();

        var found = new HashSet<Guid>();
        foreach (var id in ids)
        {
            if (await session.Find<IdRow>($"select id from authorizations where id = @id{ofCompany}", new { id, company }) is not null)
                found.Add(id);
        }

        return found;
    }

    /// <summary>The same for consumers.</summary>
    public static async Task<IReadOnlySet<string>> Consumers(Session session, string[] keys, Guid? company) => (await session.Query<string>(
        $"select key from consumers where key {(session.Engine == Engine.Postgres ? "= any(@keys)" : "in @keys")}{(company is null ? "" : " and company_id = @company")}",
        new { keys, company })).ToHashSet(StringComparer.Ordinal);

    private sealed class IdRow
    {
        public Guid Id { get; init; }
    }
}
