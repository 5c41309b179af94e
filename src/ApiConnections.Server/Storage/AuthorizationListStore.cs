using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Storage;

/// <summary>Which app authorizations a list shows, the newest first, and which of them.</summary>
internal sealed record AuthorizationQuery
{
    /// <summary>In the app's name or the person's address; empty for all.</summary>
    public string Search { get; init; } = "";

    /// <summary>Of this consumer alone; null: of all.</summary>
    public string? Consumer { get; init; }

    public GrantType? Grant { get; init; }

    /// <summary>Only the live ones, or only those that were revoked; null: all.</summary>
    public bool? Live { get; init; } = true;

    /// <summary>Only those that were last used before this, or never; null: all.</summary>
    public DateTimeOffset? UnusedSince { get; init; }

    /// <summary>Only those that were never used.</summary>
    public bool NeverUsed { get; init; }

    public int Skip { get; init; }

    public int Take { get; init; } = 25;
}

/// <summary>Lists of a company's app authorizations, found and cut to a page by the database.</summary>
internal static class AuthorizationListStore
{
    public static async Task<IReadOnlyList<ListedAuthorization>> Page(Session session, Guid company, AuthorizationQuery query) =>
        await AuthorizationStore.Listed(session, $"{Where(query)} order by a.created_at desc, a.id desc limit @take offset @skip", Parameters(company, query));

    public static Task<long> Count(Session session, Guid company, AuthorizationQuery query) => session.Value<long>(
        $"select count(*) from authorizations a {AuthorizationStore.Joins} where {Where(query)}", Parameters(company, query));

    private static string Where(AuthorizationQuery query)
    {
        var where = "a.company_id = @company";
        if (query.Consumer is not null)
            where += " and a.consumer = @consumer";
        if (query.Live is not null)
            where += " and a.status = @status";
        if (query.Grant is not null)
            where += " and c.grant_type = @grant";
        if (query.Search.Length > 0)
            where += " and (c.name_key like @search escape '!' or u.email_key like @search escape '!')";
        if (query.NeverUsed)
            where += " and v.last_accessed_at is null";
        if (query.UnusedSince is not null)
            where += " and (v.last_accessed_at is null or v.last_accessed_at < @unusedSince)";
        return where;
    }

    private static object Parameters(Guid company, AuthorizationQuery query) => new
    {
        company,
        consumer = query.Consumer,
        status = query.Live == false ? "revoked" : "live",
        grant = query.Grant == GrantType.AuthorizationCode ? GrantTypes.AuthorizationCode : GrantTypes.ClientCredentials,
        search = $"%{ConsumerListStore.Pattern(DisplayText.Key(query.Search.Trim()))}%",
        unusedSince = query.UnusedSince.ToUnix(),
        take = query.Take,
        skip = query.Skip,
    };
}
