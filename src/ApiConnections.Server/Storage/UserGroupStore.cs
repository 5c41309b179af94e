namespace ApiConnections.Server.Storage;

/// <summary>The table <c>user_groups</c>: which permission groups an integration developer may hand out to consumers.</summary>
internal static class UserGroupStore
{
    public static async Task<IReadOnlySet<Guid>> Of(Session session, Guid user) =>
        (await session.Query<Row>("select group_id from user_groups where user_id = @user", new { user })).Select(row => row.GroupId).ToHashSet();

    /// <summary>Those of everybody in a company, by the name of the group.</summary>
    public static async Task<ILookup<Guid, string>> OfCompany(Session session, Guid company) => (await session.Query<Row>(
        "select h.user_id, h.group_id, g.name from user_groups h join permission_groups g on g.id = h.group_id where g.company_id = @company order by g.name_key",
        new { company })).ToLookup(row => row.UserId, row => row.Name);

    /// <summary>These and no others.</summary>
    public static async Task Set(Session session, Guid user, IReadOnlyCollection<Guid> groups)
    {
        await session.Execute("delete from user_groups where user_id = @user", new { user });
        foreach (var group in groups)
            await session.Execute("insert into user_groups (user_id, group_id) values (@user, @group)", new { user, group });
    }

    private sealed class Row
    {
        public Guid UserId { get; init; }
        public Guid GroupId { get; init; }
        public string Name { get; init; } = "";
    }
}
