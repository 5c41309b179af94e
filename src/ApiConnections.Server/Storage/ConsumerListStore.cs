using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>Which consumers a list shows, in which order, and which of them.</summary>
internal sealed record ConsumerQuery
{
    /// <summary>In name, key or description; empty for all.</summary>
    public string Search { get; init; } = "";

    /// <summary>In the name alone.</summary>
    public string Name { get; init; } = "";

    /// <summary>What the key begins with.</summary>
    public string Key { get; init; } = "";

    public GrantType? Grant { get; init; }

    public Guid? Group { get; init; }

    /// <summary>Those of this person alone; null: of all.</summary>
    public Guid? Owner { get; init; }

    public ConsumerStatus? Status { get; init; }

    public ConsumerColumn Sort { get; init; }

    public bool Descending { get; init; }

    public int Skip { get; init; }

    public int Take { get; init; } = 25;
}

/// <summary>What a list of consumers can be ordered by.</summary>
internal enum ConsumerColumn
{
    Name,
    Key,
    Grant,
    Group,
    LastAccessed,
    Status,
    Created,
}

/// <summary>A consumer as lists show it.</summary>
/// <param name="Hint">The last four characters of its newest live secret; null where it has none.</param>
/// <param name="NextExpiry">When the first of the live secrets ends by itself; null for never.</param>
internal sealed record ListedConsumer(
    string Key, string Name, string Description, GrantType GrantType, string Group, ConsumerStatus Status, DateTimeOffset CreatedAt,
    DateTimeOffset? LastAccessedAt, long LiveSecrets, string? Hint, DateTimeOffset? NextExpiry);

/// <summary>Lists of a company's consumers, found, ordered and cut to a page by the database. Deleted ones are never among them.</summary>
internal static class ConsumerListStore
{
    // A confidential consumer shows its secret whenever it asks for something; of a public one the request log knows.
    private const string LastAccessed = $"coalesce((select max(s.last_used_at) from consumer_secrets s where s.consumer = c.key), {LastAnswered})";

    private const string LastAnswered = "case when c.confidential = 0 then (select max(r.last_at) from request_log r where r.consumer = c.key and r.outcome = 'ok') end";

    // For an order among all, PostgreSQL goes through the secrets once, which is faster than looking them up for each consumer; on SQLite it is slower.
    private const string Uses = " left join (select s.consumer, max(s.last_used_at) as last_used_at from consumer_secrets s group by s.consumer) uses on uses.consumer = c.key";

    private const string Live = "s.consumer = c.key and s.revoked_at is null and (s.expires_at is null or s.expires_at > @now)";

    public static async Task<IReadOnlyList<ListedConsumer>> Page(Session session, Guid company, ConsumerQuery query, DateTimeOffset now)
    {
        var byUse = query.Sort == ConsumerColumn.LastAccessed;
        var atOnce = byUse && session.Engine == Engine.Postgres;
        var order = atOnce ? $"coalesce(uses.last_used_at, {LastAnswered})" : OrderOf(query.Sort);
        // The two engines disagree on where nothing stands: here always at the end.
        var direction = $"{(query.Descending ? "desc" : "asc")}{(byUse ? " nulls last" : "")}, c.key";
        // The page is cut before anything is looked up for its rows.
        var rows = await session.Query<Row>(
            $"""
            select c.key, c.name, c.description, c.grant_type, c.status, c.created_at, g.name as group_name, {LastAccessed} as last_accessed_at,
                   (select count(*) from consumer_secrets s where {Live}) as live_secrets,
                   (select s.hint from consumer_secrets s where {Live} order by s.id desc limit 1) as hint,
                   (select min(s.expires_at) from consumer_secrets s where {Live}) as next_expiry
            from (select c.key from consumers c join permission_groups g on g.id = c.group_id{(atOnce ? Uses : "")} where {Where(query)} order by {order} {direction} limit @take offset @skip) page
            join consumers c on c.key = page.key
            join permission_groups g on g.id = c.group_id
            order by {(byUse ? "last_accessed_at" : OrderOf(query.Sort))} {direction}
            """,
            Parameters(company, query, now));
        return [.. rows.Select(row => row.ToListed())];
    }

    public static Task<long> Count(Session session, Guid company, ConsumerQuery query) =>
        session.Value<long>($"select count(*) from consumers c where {Where(query)}", Parameters(company, query, default));

    private static string Where(ConsumerQuery query)
    {
        var where = "c.company_id = @company and c.status <> 'deleted'";
        if (query.Search.Length > 0)
            where += " and c.search_key like @search escape '!'";
        if (query.Name.Length > 0)
            where += " and c.name_key like @name escape '!'";
        if (query.Key.Length > 0)
            where += " and c.key like @key escape '!'";
        if (query.Grant is not null)
            where += " and c.grant_type = @grant";
        if (query.Group is not null)
            where += " and c.group_id = @group";
        if (query.Owner is not null)
            where += " and c.owner_id = @owner";
        if (query.Status is not null)
            where += " and c.status = @status";
        return where;
    }

    private static object Parameters(Guid company, ConsumerQuery query, DateTimeOffset now) => new
    {
        company,
        search = $"%{Pattern(DisplayText.Key(query.Search.Trim()))}%",
        name = $"%{Pattern(DisplayText.Key(query.Name.Trim()))}%",
        key = $"{Pattern(query.Key.Trim())}%",
        grant = query.Grant == GrantType.AuthorizationCode ? GrantTypes.AuthorizationCode : GrantTypes.ClientCredentials,
        group = query.Group ?? Guid.Empty,
        owner = query.Owner ?? Guid.Empty,
        status = query.Status == ConsumerStatus.Disabled ? "disabled" : "active",
        take = query.Take,
        skip = query.Skip,
        now = now.ToUnix(),
    };

    /// <summary>For <c>like … escape '!'</c>: what was typed stands for itself.</summary>
    public static string Pattern(string text) => text.Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal);

    private static string OrderOf(ConsumerColumn column) => column switch
    {
        ConsumerColumn.Key => "c.key",
        ConsumerColumn.Grant => "c.grant_type",
        ConsumerColumn.Group => "g.name_key",
        ConsumerColumn.LastAccessed => LastAccessed,
        ConsumerColumn.Status => "c.status",
        ConsumerColumn.Created => "c.created_at",
        _ => "c.name_key",
    };

    private sealed class Row
    {
        public string Key { get; init; } = "";
        public string Name { get; init; } = "";
        public string Description { get; init; } = "";
        public string GrantType { get; init; } = "";
        public string Status { get; init; } = "";
        public long CreatedAt { get; init; }
        public string GroupName { get; init; } = "";
        public long? LastAccessedAt { get; init; }
        public long LiveSecrets { get; init; }
        public string? Hint { get; init; }
        public long? NextExpiry { get; init; }

        public ListedConsumer ToListed() => new(
            Key, Name, Description, GrantType == GrantTypes.ClientCredentials ? Model.GrantType.ClientCredentials : Model.GrantType.AuthorizationCode, GroupName,
            Status == "active" ? ConsumerStatus.Active : ConsumerStatus.Disabled, CreatedAt.ToTime(), LastAccessedAt.ToTime(), LiveSecrets, Hint, NextExpiry.ToTime());
    }
}
