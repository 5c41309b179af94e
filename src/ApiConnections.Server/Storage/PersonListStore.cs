using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>Which people a list shows, in which order, and which of them.</summary>
internal sealed record PersonQuery
{
    /// <summary>In name or e-mail address; empty for all.</summary>
    public string Search { get; init; } = "";

    public string Name { get; init; } = "";

    public string Email { get; init; } = "";

    public UserRole? Role { get; init; }

    public Guid? Group { get; init; }

    /// <summary>Only those who are in no group.</summary>
    public bool NoGroup { get; init; }

    public UserStatus? Status { get; init; }

    public bool NeverSignedIn { get; init; }

    /// <summary>Only those who have not signed in since, or never have.</summary>
    public DateTimeOffset? AwaySince { get; init; }

    public bool? SecondFactor { get; init; }

    public PersonColumn Sort { get; init; }

    public bool Descending { get; init; }

    public int Skip { get; init; }

    public int Take { get; init; } = 25;
}

/// <summary>What a list of people can be ordered by.</summary>
internal enum PersonColumn
{
    Name,
    Email,
    Role,
    Group,
    Status,
    LastSignedIn,
    SecondFactor,
}

/// <summary>A person as lists show them.</summary>
/// <param name="Group">The name of their permission group; null for none.</param>
/// <param name="InvitedUntil">Of somebody invited, when the invitation expires or has expired.</param>
internal sealed record ListedPerson(
    Guid Id, string Email, string Name, UserRole Role, string? Group, UserStatus Status, DateTimeOffset CreatedAt, DateTimeOffset? LastSignedInAt, bool SecondFactor, DateTimeOffset? InvitedUntil)
{
    /// <summary>The names of the groups that they may hand out, where that was asked for.</summary>
    public IReadOnlyList<string> MayAssign { get; init; } = [];
}

/// <summary>Lists of a company's people, found, ordered and cut to a page by the database.</summary>
internal static class PersonListStore
{
    private const string StatusOrder = "case when u.invited_until is not null then 1 when u.status = 'active' then 0 else 2 end";

    private const string FactorOrder = "case when u.totp_key is null then 1 else 0 end";

    private const string Groups = "left join permission_groups g on g.id = u.group_id";

    public static async Task<IReadOnlyList<ListedPerson>> Page(Session session, Guid company, PersonQuery query)
    {
        var order = OrderOf(query);
        // The page is cut before anything is looked up for its rows.
        var rows = await session.Query<Row>(
            $"""
            select u.id, u.email, u.name, u.role, g.name as group_name, u.status, u.created_at, u.last_signed_in_at, u.invited_until, cast(case when u.totp_key is null then 0 else 1 end as bigint) as second_factor
            from (select u.id from users u {(query.Sort == PersonColumn.Group ? Groups : "")} where {Where(query)} order by {order} limit @take offset @skip) page
            join users u on u.id = page.id {Groups}
            order by {order}
            """,
            Parameters(company, query));
        return [.. rows.Select(row => row.ToListed())];
    }

    public static Task<long> Count(Session session, Guid company, PersonQuery query) =>
        session.Value<long>($"select count(*) from users u where {Where(query)}", Parameters(company, query));

    private static string Where(PersonQuery query)
    {
        var where = "u.company_id = @company";
        if (query.Search.Length > 0)
            where += " and (u.name_key like @search escape '!' or u.email_key like @search escape '!')";
        if (query.Name.Length > 0)
            where += " and u.name_key like @name escape '!'";
        if (query.Email.Length > 0)
            where += " and u.email_key like @email escape '!'";
        if (query.Role is not null)
            where += " and u.role = @role";
        if (query.NoGroup)
            where += " and u.group_id is null";
        else if (query.Group is not null)
            where += " and u.group_id = @group";
        if (query.Status is { } status)
            where += status == UserStatus.Invited ? " and u.invited_until is not null" : " and u.status = @status and u.invited_until is null";
        if (query.NeverSignedIn)
            where += " and u.last_signed_in_at is null";
        else if (query.AwaySince is not null)
            where += " and (u.last_signed_in_at is null or u.last_signed_in_at < @away)";
        if (query.SecondFactor is { } factor)
            where += factor ? " and u.totp_key is not null" : " and u.totp_key is null";
        return where;
    }

    private static object Parameters(Guid company, PersonQuery query) => new
    {
        company,
        search = Containing(query.Search),
        name = Containing(query.Name),
        email = Containing(query.Email),
        role = UserStore.RoleText(query.Role ?? UserRole.User),
        group = query.Group ?? Guid.Empty,
        status = query.Status == UserStatus.Active ? "active" : "disabled",
        away = query.AwaySince.ToUnix(),
        take = query.Take,
        skip = query.Skip,
    };

    private static string Containing(string typed) => $"%{ConsumerListStore.Pattern(DisplayText.Key(typed.Trim()))}%";

    private static string OrderOf(PersonQuery query)
    {
        var direction = query.Descending ? "desc" : "asc";
        // The two engines disagree on where nothing stands: here always at the end.
        return query.Sort switch
        {
            PersonColumn.Email => $"u.email_key {direction}",
            PersonColumn.Role => $"u.role {direction}, u.name_key, u.id",
            PersonColumn.Group => $"g.name_key {direction} nulls last, u.name_key, u.id",
            PersonColumn.Status => $"{StatusOrder} {direction}, u.name_key, u.id",
            PersonColumn.LastSignedIn => $"u.last_signed_in_at {direction} nulls last, u.id",
            PersonColumn.SecondFactor => $"{FactorOrder} {direction}, u.name_key, u.id",
            _ => $"u.name_key {direction}, u.id {direction}",
        };
    }

    private sealed class Row
    {
        public Guid Id { get; init; }
        public string Email { get; init; } = "";
        public string Name { get; init; } = "";
        public string Role { get; init; } = "";
        public string? GroupName { get; init; }
        public string Status { get; init; } = "";
        public long CreatedAt { get; init; }
        public long? LastSignedInAt { get; init; }
        public long? InvitedUntil { get; init; }
        public long SecondFactor { get; init; }

        public ListedPerson ToListed() => new(
            Id, Email, Name, UserStore.ReadRole(Role)!.Value, GroupName, UserStore.ReadStatus(Status, InvitedUntil), CreatedAt.ToTime(), LastSignedInAt.ToTime(), SecondFactor == 1, InvitedUntil.ToTime());
    }
}
