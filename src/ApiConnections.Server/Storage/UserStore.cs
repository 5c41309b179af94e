namespace ApiConnections.Server.Storage;

/// <summary>The table <c>users</c>.</summary>
internal static class UserStore
{
    /// <summary>Ends the access tokens of every person of a group.</summary>
    /// <returns>Each with its new generation, by id.</returns>
    public static async Task<IReadOnlyList<(Guid Id, long Generation)>> NarrowGroup(Session session, Guid group) =>
        [.. (await session.Query<GenerationRow>("update users set generation = generation + 1 where group_id = @group returning id, generation", new { group }))
            .OrderBy(row => row.Id).Select(row => (row.Id, row.Generation))];

    private sealed class GenerationRow
    {
        public Guid Id { get; init; }
        public long Generation { get; init; }
    }
}
