using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>Which app authorizations a list shows, in which order, and which of them.</summary>
internal sealed record AuthorizationQuery
{
    /// <summary>In the app's name or description, its key, or the person's address; empty for all.</summary>
    public string Search { get; init; } = "";

    /// <summary>In the app's name alone.</summary>
    public string App { get; init; } = "";

    /// <summary>In the person's address alone.</summary>
    public string Person { get; init; } = "";

    /// <summary>Of this consumer alone; null: of all.</summary>
    public string? Consumer { get; init; }

    /// <summary>Of the consumers of this person alone; null: of all.</summary>
    public Guid? Owner { get; init; }

    public GrantType? Grant { get; init; }

    /// <summary>Only the live ones, or only those that were revoked; null: all.</summary>
    public bool? Live { get; init; } = true;

    /// <summary>Only those that were last used before this, or never; null: all.</summary>
    public DateTimeOffset? UnusedSince { get; init; }

    /// <summary>Only those that were never used.</summary>
    public bool NeverUsed { get; init; }

    public AuthorizationColumn Sort { get; init; }

    public bool Descending { get; init; } = true;

    public int Skip { get; init; }

    public int Take { get; init; } = 25;
}

/// <summary>What a list of app authorizations can be ordered by.</summary>
internal enum AuthorizationColumn
{
    Since,
    App,
    Person,
    LastAccessed,
    Grant,
    Status,
}

/// <summary>Lists of a company's app authorizations, found, ordered and cut to a page by the database.</summary>
internal static class AuthorizationListStore
{
    private const string App = " join consumers c on c.key = a.consumer";
    private const string Person = " left join users u on u.id = a.user_id";
    private const string Activity = " left join authorization_activity v on v.authorization_id = a.id";

    /// <summary>The page is cut by what the order needs; what is shown is looked up for its rows alone.</summary>
    public static Task<IReadOnlyList<ListedAuthorization>> Page(Session session, Guid company, AuthorizationQuery query)
    {
        var direction = query.Descending ? "desc" : "asc";
        // The two engines disagree on where nothing stands: here always at the end.
        var order = $"{OrderOf(query.Sort)} {direction}{(query.Sort is AuthorizationColumn.Person or AuthorizationColumn.LastAccessed ? " nulls last" : "")}, a.id {direction}";
        return AuthorizationStore.Listed(
            session,
            $"a.id in (select a.id from authorizations a{Joins(query, query.Sort)} where {Where(query)} order by {order} limit @take offset @skip) order by {order}",
            Parameters(company, query));
    }

    public static Task<long> Count(Session session, Guid company, AuthorizationQuery query) => session.Value<long>(
        $"select count(*) from authorizations a{Joins(query, AuthorizationColumn.Since)} where {Where(query)}", Parameters(company, query));

    private static string Joins(AuthorizationQuery query, AuthorizationColumn sort) =>
        (sort is AuthorizationColumn.App or AuthorizationColumn.Grant ? App : "")
        + (sort == AuthorizationColumn.Person ? Person : "")
        + (sort == AuthorizationColumn.LastAccessed || query.NeverUsed || query.UnusedSince is not null ? Activity : "");

    // Few apps and fewer people than authorizations: what names them is looked through once, not once for each row.
    private static string Where(AuthorizationQuery query)
    {
        var where = "a.company_id = @company";
        if (query.Consumer is not null)
            where += " and a.consumer = @consumer";
        if (query.Owner is not null)
            where += " and a.consumer in (select key from consumers where company_id = @company and owner_id = @owner)";
        if (query.Live is not null)
            where += " and a.status = @status";
        if (query.Grant is not null)
            where += " and a.consumer in (select key from consumers where company_id = @company and grant_type = @grant)";
        if (query.App.Length > 0)
            where += " and a.consumer in (select key from consumers where company_id = @company and name_key like @app escape '!')";
        if (query.Person.Length > 0)
            where += " and a.user_id in (select id from users where company_id = @company and email_key like @person escape '!')";
        if (query.Search.Length > 0)
            where += """
                 and (a.consumer in (select key from consumers where company_id = @company and search_key like @search escape '!')
                      or a.user_id in (select id from users where company_id = @company and email_key like @search escape '!'))
                """;
        if (query.NeverUsed)
            where += " and v.last_accessed_at is null";
        if (query.UnusedSince is not null)
            where += " and (v.last_accessed_at is null or v.last_accessed_at < @unusedSince)";
        return where;
    }

    private static string OrderOf(AuthorizationColumn column) => column switch
    {
        AuthorizationColumn.App => "c.name_key",
        AuthorizationColumn.Person => "u.email_key",
        AuthorizationColumn.LastAccessed => "v.last_accessed_at",
        AuthorizationColumn.Grant => "c.grant_type",
        AuthorizationColumn.Status => "a.status",
        _ => "a.created_at",
    };

    private static object Parameters(Guid company, AuthorizationQuery query) => new
    {
        company,
        consumer = query.Consumer,
        owner = query.Owner ?? Guid.Empty,
        status = query.Live == false ? "revoked" : "live",
        grant = query.Grant == GrantType.AuthorizationCode ? GrantTypes.AuthorizationCode : GrantTypes.ClientCredentials,
        app = Contains(query.App),
        person = Contains(query.Person),
        search = Contains(query.Search),
        unusedSince = query.UnusedSince.ToUnix(),
        take = query.Take,
        skip = query.Skip,
    };

    private static string Contains(string text) => $"%{ConsumerListStore.Pattern(DisplayText.Key(text.Trim()))}%";
}
