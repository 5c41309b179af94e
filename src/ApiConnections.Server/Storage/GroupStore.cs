using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The table <c>permission_groups</c>.</summary>
internal static class GroupStore
{
    private const string Columns = "id, company_id, name, description, read_only, scopes, created_at";

    /// <returns>False where another group of the company has that name.</returns>
    public static async Task<bool> Insert(Session session, PermissionGroup group) => await session.Execute(
        """
        insert into permission_groups (id, company_id, name, name_key, description, read_only, scopes, created_at)
        values (@Id, @CompanyId, @Name, @nameKey, @Description, @readOnly, @scopes, @createdAt)
        on conflict (company_id, name_key) do nothing
        """,
        new
        {
            group.Id,
            group.CompanyId,
            group.Name,
            group.Description,
            nameKey = DisplayText.Key(group.Name),
            readOnly = group.ReadOnly ? 1L : 0L,
            scopes = group.Scopes.ToString(),
            createdAt = group.CreatedAt.ToUnix(),
        }) == 1;

    public static async Task<PermissionGroup?> Find(Session session, Guid id) =>
        (await session.Find<Row>($"select {Columns} from permission_groups where id = @id", new { id }))?.ToGroup();

    public static async Task<IReadOnlyList<PermissionGroup>> FindAll(Session session, IReadOnlyCollection<Guid> ids) =>
        [.. (await session.QueryEach<Row>($"select {Columns} from permission_groups where id = @id", new GivenRows().With("id", ids))).Select(row => row.ToGroup())];

    /// <summary>The group, held until the transaction ends, so that what is decided on it still holds when it commits.</summary>
    public static async Task<PermissionGroup?> FindByNameAndHold(Session session, Guid company, string name) =>
        (await session.Find<Row>(
            $"select {Columns} from permission_groups where company_id = @company and name_key = @key{Hold(session)}",
            new { company, key = DisplayText.Key(name) }))?.ToGroup();

    /// <summary>These groups, held until the transaction ends, in the order of their ids.</summary>
    public static async Task<IReadOnlyList<PermissionGroup>> FindAndHold(Session session, IEnumerable<Guid> ids)
    {
        var held = new List<PermissionGroup>();
        foreach (var id in ids.Distinct().Order())
        {
            if (await session.Find<Row>($"select {Columns} from permission_groups where id = @id{Hold(session)}", new { id }) is { } row)
                held.Add(row.ToGroup());
        }

        return held;
    }

    public static async Task<PermissionGroup?> FindByName(Session session, Guid company, string name) =>
        (await session.Find<Row>($"select {Columns} from permission_groups where company_id = @company and name_key = @key", new { company, key = DisplayText.Key(name) }))?.ToGroup();

    public static async Task<IReadOnlyList<PermissionGroup>> OfCompany(Session session, Guid company) =>
        [.. (await session.Query<Row>($"select {Columns} from permission_groups where company_id = @company order by name_key", new { company })).Select(row => row.ToGroup())];

    /// <returns>False where another group of the company has that name.</returns>
    public static async Task<bool> Update(Session session, PermissionGroup group) => await session.Execute(
        """
        update permission_groups set name = @Name, name_key = @nameKey, description = @Description, read_only = @readOnly, scopes = @scopes
        where id = @Id and not exists (select 1 from permission_groups other where other.company_id = @CompanyId and other.name_key = @nameKey and other.id <> @Id)
        """,
        new { group.Id, group.CompanyId, group.Name, group.Description, nameKey = DisplayText.Key(group.Name), readOnly = group.ReadOnly ? 1L : 0L, scopes = group.Scopes.ToString() }) == 1;

    public static Task Delete(Session session, Guid id) => session.Execute("delete from permission_groups where id = @id", new { id });

    /// <returns>How many consumers and people are in it, deleted consumers too: they keep their row.</returns>
    public static async Task<(long Consumers, long DeletedConsumers, long Users)> Members(Session session, Guid id)
    {
        var row = (await session.Query<MemberRow>(
            """
            select (select count(*) from consumers where group_id = @id and status <> 'deleted') as consumers,
                   (select count(*) from consumers where group_id = @id and status = 'deleted') as deleted,
                   (select count(*) from users where group_id = @id) as users
            """,
            new { id }))[0];
        return (row.Consumers, row.Deleted, row.Users);
    }

    /// <summary>How many are in each group of a company, deleted consumers aside.</summary>
    public static async Task<IReadOnlyDictionary<Guid, (long Consumers, long Users)>> MembersOfAll(Session session, Guid company) => (await session.Query<MemberRow>(
        """
        select g.id, (select count(*) from consumers c where c.group_id = g.id and c.status <> 'deleted') as consumers, (select count(*) from users u where u.group_id = g.id) as users
        from permission_groups g where g.company_id = @company
        """,
        new { company })).ToDictionary(row => row.Id, row => (row.Consumers, row.Users));

    /// <summary>The first of those who are in it, by name: consumers with their key, people with their address.</summary>
    public static async Task<IReadOnlyList<GroupMember>> FirstMembers(Session session, Guid id, int most) =>
    [
        .. (await session.Query<NameRow>("select key as mark, name from consumers where group_id = @id and status <> 'deleted' order by name_key, key limit @most", new { id, most })).Select(row => new GroupMember(row.Mark, row.Name, IsConsumer: true)),
        .. (await session.Query<NameRow>("select email as mark, name from users where group_id = @id order by email_key limit @most", new { id, most })).Select(row => new GroupMember(row.Mark, row.Name, IsConsumer: false)),
    ];

    /// <summary>How many live authorizations have a scope through the group: of its consumers, and those that its people gave.</summary>
    public static Task<long> AuthorizationsWith(Session session, Guid id, string scope) => session.Value<long>(
        """
        select count(*) from authorizations a
        where a.status = 'live' and (a.user_id is null or ' ' || a.scope || ' ' like @scope escape '!')
          and (a.consumer in (select key from consumers where group_id = @id and status <> 'deleted') or a.user_id in (select id from users where group_id = @id))
        """,
        new { id, scope = $"% {ConsumerListStore.Pattern(scope)} %" });

    private static string Hold(Session session) => session.Engine == Engine.Postgres ? " for update" : "";

    private sealed class NameRow
    {
        public string Mark { get; init; } = "";
        public string Name { get; init; } = "";
    }

    private sealed class MemberRow
    {
        public Guid Id { get; init; }
        public long Consumers { get; init; }
        public long Deleted { get; init; }
        public long Users { get; init; }
    }

    private sealed class Row
    {
        public Guid Id { get; init; }
        public Guid CompanyId { get; init; }
        public string Name { get; init; } = "";
        public string Description { get; init; } = "";
        public long ReadOnly { get; init; }
        public string Scopes { get; init; } = "";
        public long CreatedAt { get; init; }

        public PermissionGroup ToGroup() => new(Id, CompanyId, Name, ReadOnly == 1, StoredScopes.Read(Scopes), CreatedAt.ToTime()) { Description = Description };
    }
}

/// <summary>Who is in a permission group.</summary>
/// <param name="Mark">A consumer's key, a person's address.</param>
internal sealed record GroupMember(string Mark, string Name, bool IsConsumer);

/// <summary>Scope sets as they are stored: names with single spaces between them, checked when they were written.</summary>
internal static class StoredScopes
{
    public static ScopeSet Read(string text) => text.Length == 0 ? ScopeSet.Empty : ScopeSet.Of(text.Split(' '));
}
