using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>The table <c>users</c>.</summary>
internal static class UserStore
{
    private const string Columns = "id, company_id, email, name, role, group_id, status, generation, grants_from, created_at, language, last_signed_in_at, invited_until";

    /// <returns>False where somebody has that e-mail address already, in whichever company.</returns>
    public static async Task<bool> Insert(Session session, User user) => await session.Execute(
        """
        insert into users (id, company_id, email, email_key, name, name_key, role, group_id, status, generation, grants_from, created_at, language, invited_until)
        values (@Id, @CompanyId, @Email, @emailKey, @Name, @nameKey, @role, @GroupId, @status, @Generation, @GrantsFrom, @createdAt, @Language, @invitedUntil)
        on conflict (email_key) do nothing
        """,
        new
        {
            user.Id,
            user.CompanyId,
            user.Email,
            emailKey = User.EmailKey(user.Email),
            user.Name,
            nameKey = DisplayText.Key(user.Name),
            role = RoleText(user.Role),
            user.GroupId,
            status = user.Status == UserStatus.Active ? "active" : "disabled",
            user.Generation,
            user.GrantsFrom,
            createdAt = user.CreatedAt.ToUnix(),
            user.Language,
            invitedUntil = user.InvitedUntil.ToUnix(),
        }) == 1;

    public static async Task<User?> Find(Session session, Guid id) =>
        (await session.Find<Row>($"select {Columns} from users where id = @id", new { id }))?.ToUser();

    public static async Task<IReadOnlyList<User>> FindAll(Session session, IReadOnlyCollection<Guid> ids) =>
        [.. (await session.QueryEach<Row>($"select {Columns} from users where id = @id", new GivenRows().With("id", ids))).Select(row => row.ToUser())];

    public static async Task<User?> FindByEmail(Session session, string email) =>
        (await session.Find<Row>($"select {Columns} from users where email_key = @key", new { key = User.EmailKey(email) }))?.ToUser();

    /// <summary>The person, held until the transaction ends.</summary>
    public static async Task<User?> FindAndHold(Session session, Guid id) =>
        (await session.Find<Row>($"select {Columns} from users where id = @id{(session.Engine == Engine.Postgres ? " for update" : "")}", new { id }))?.ToUser();

    public static async Task<IReadOnlyList<User>> OfCompany(Session session, Guid company) =>
        [.. (await session.Query<Row>($"select {Columns} from users where company_id = @company order by email_key", new { company })).Select(row => row.ToUser())];

    /// <summary>The active integration developers and super administrators of a company, by address.</summary>
    public static async Task<IReadOnlyList<User>> ActiveDevelopers(Session session, Guid company) =>
        [.. (await session.Query<Row>(
            $"select {Columns} from users where company_id = @company and status = 'active' and role in ('integration_developer', 'super_administrator') order by email_key",
            new { company })).Select(row => row.ToUser())];

    /// <summary>Whether there is anybody at all in this installation.</summary>
    public static async Task<bool> Any(Session session) => await session.Value<long>("select count(*) from (select 1 from users limit 1) as somebody") > 0;

    /// <summary>Ends what was issued for a person: access tokens, codes and families alike.</summary>
    /// <returns>The new generation.</returns>
    public static Task<long> EndGrants(Session session, Guid id) => session.Value<long>(
        "update users set generation = generation + 1, grants_from = generation + 1 where id = @id returning generation", new { id });

    /// <summary>
    /// Sets the status. The last active super administrator of a company cannot be disabled; two of them who are disabled at once are told apart only
    /// where the caller holds the company.
    /// </summary>
    /// <returns>False where the status was that already, the last one would go, or they have not accepted their invitation.</returns>
    public static async Task<bool> SetStatus(Session session, Guid id, UserStatus status) => await session.Execute(
        """
        update users set status = @status where id = @id and status <> @status and invited_until is null and (@status = 'active' or role <> 'super_administrator' or exists (
            select 1 from users other
            where other.company_id = users.company_id and other.role = 'super_administrator' and other.status = 'active' and other.id <> users.id))
        """,
        new { id, status = StatusText(status) }) == 1;

    /// <summary>
    /// Sets the role. The last active super administrator of a company keeps theirs; two of them who are demoted at once are told apart only where the caller
    /// holds the company.
    /// </summary>
    /// <returns>False where the last one would go.</returns>
    public static async Task<bool> SetRole(Session session, Guid id, UserRole role) => await session.Execute(
        """
        update users set role = @role where id = @id and (@role = 'super_administrator' or role <> 'super_administrator' or status <> 'active' or exists (
            select 1 from users other
            where other.company_id = users.company_id and other.role = 'super_administrator' and other.status = 'active' and other.id <> users.id))
        """,
        new { id, role = RoleText(role) }) == 1;

    /// <returns>False where somebody else has that e-mail address, in whichever company.</returns>
    public static async Task<bool> Rename(Session session, Guid id, string email, string name) => await session.Execute(
        """
        update users set email = @email, email_key = @emailKey, name = @name, name_key = @nameKey
        where id = @id and not exists (select 1 from users other where other.email_key = @emailKey and other.id <> @id)
        """,
        new { id, email, emailKey = User.EmailKey(email), name, nameKey = DisplayText.Key(name) }) == 1;

    /// <summary>Puts the person into another group, or none, and, where that <paramref name="narrows"/>, ends the access tokens issued so far.</summary>
    /// <returns>The new generation.</returns>
    public static Task<long> Move(Session session, Guid id, Guid? group, bool narrows) => session.Value<long>(
        "update users set group_id = @group, generation = generation + @step where id = @id returning generation", new { id, group, step = narrows ? 1L : 0L });

    /// <summary>Ends the access tokens of every person of a group.</summary>
    /// <returns>Each with its new generation, by id.</returns>
    public static async Task<IReadOnlyList<(Guid Id, long Generation)>> NarrowGroup(Session session, Guid group)
    {
        // An update alone locks rows in no order.
        if (session.Engine == Engine.Postgres)
            await session.Execute("select id from users where group_id = @group order by id for no key update", new { group });

        return [.. (await session.Query<GenerationRow>("update users set generation = generation + 1 where group_id = @group returning id, generation", new { group }))
            .OrderBy(row => row.Id).Select(row => (row.Id, row.Generation))];
    }

    public static string RoleText(UserRole role) => role switch
    {
        UserRole.SuperAdministrator => "super_administrator",
        UserRole.IntegrationDeveloper => "integration_developer",
        UserRole.Auditor => "auditor",
        _ => "user",
    };

    /// <summary>Null where it is no role.</summary>
    public static UserRole? ReadRole(string? text) => text switch
    {
        "super_administrator" => UserRole.SuperAdministrator,
        "integration_developer" => UserRole.IntegrationDeveloper,
        "auditor" => UserRole.Auditor,
        "user" => UserRole.User,
        _ => null,
    };

    public static string StatusText(UserStatus status) => status switch
    {
        UserStatus.Active => "active",
        UserStatus.Invited => "invited",
        _ => "disabled",
    };

    /// <summary>Somebody invited is stored as disabled, so that whatever looks only at that refuses them.</summary>
    public static UserStatus ReadStatus(string status, long? invitedUntil) =>
        invitedUntil is not null ? UserStatus.Invited : status == "active" ? UserStatus.Active : UserStatus.Disabled;

    private sealed class GenerationRow
    {
        public Guid Id { get; init; }
        public long Generation { get; init; }
    }

    /// <summary>What a person is made of; rows that hold more build on it.</summary>
    internal class Row
    {
        public Guid Id { get; init; }
        public Guid CompanyId { get; init; }
        public string Email { get; init; } = "";
        public string Name { get; init; } = "";
        public string Role { get; init; } = "";
        public Guid? GroupId { get; init; }
        public string Status { get; init; } = "";
        public long Generation { get; init; }
        public long GrantsFrom { get; init; }
        public long CreatedAt { get; init; }
        public string? Language { get; init; }
        public long? LastSignedInAt { get; init; }
        public long? InvitedUntil { get; init; }

        public User ToUser() => new(
            Id, CompanyId, Email, Name, ReadRole(Role)!.Value, GroupId, ReadStatus(Status, InvitedUntil), Generation, GrantsFrom, CreatedAt.ToTime())
        {
            InvitedUntil = InvitedUntil.ToTime(),
            Language = Language,
            LastSignedInAt = LastSignedInAt.ToTime(),
        };
    }
}
