namespace ApiConnections.Server.Storage;

/// <summary>What protected APIs report: the table <c>usage_batches</c>, and whose reports may be about what.</summary>
internal static class UsageStore
{
    /// <returns>False where that batch was counted before.</returns>
    public static async Task<bool> InsertBatch(Session session, string api, Guid batch, DateTimeOffset now) => await session.Execute(
        "insert into usage_batches (api, batch, received_at) values (@api, @batch, @now) on conflict do nothing", new { api, batch, now = now.ToUnix() }) == 1;

    /// <summary>Those of these authorizations that there are and, where <paramref name="company"/> is given, that are of it.</summary>
    public static async Task<IReadOnlySet<Guid>> Authorizations(Session session, IReadOnlyList<Guid> ids, Guid? company) => (await session.QueryEach<IdRow>(
        $"select id from authorizations where id = @id{(company is null ? "" : " and company_id = @company")}", new GivenRows().With("id", ids), ("company", company))).Select(row => row.Id).ToHashSet();

    /// <summary>The same for consumers.</summary>
    public static async Task<IReadOnlySet<string>> Consumers(Session session, string[] keys, Guid? company) => (await session.QueryEach<string>(
        $"select key from consumers where key = @id{(company is null ? "" : " and company_id = @company")}", new GivenRows().With("id", keys), ("company", company))).ToHashSet(StringComparer.Ordinal);

    private sealed class IdRow
    {
        public Guid Id { get; init; }
    }
}
