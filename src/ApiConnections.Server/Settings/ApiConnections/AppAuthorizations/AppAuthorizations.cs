using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.AppAuthorizations;

/// <summary>An authorization with what it lets its app do as things stand now.</summary>
internal sealed record ShownAuthorization(ListedAuthorization Listed, ScopeSet Scope);

/// <summary>Some of the authorizations that were asked for.</summary>
/// <param name="Total">How many there are on all pages.</param>
/// <param name="App">The only app whose authorizations were asked for; null where all were.</param>
internal sealed record AuthorizationPage(IReadOnlyList<ShownAuthorization> Rows, long Total, Consumer? App);

/// <summary>Which consumers may do what, on whose behalf; what changes them is <see cref="AuthorizationAccess"/>.</summary>
internal sealed class AppAuthorizations(IDatabase database, AuthorizationAccess access, ModuleCatalogue catalogue, TimeProvider time)
{
    /// <param name="companyName">May be left out where the query names a consumer.</param>
    public async Task<Outcome<AuthorizationPage>> Page(Actor actor, string? companyName, AuthorizationQuery query)
    {
        var (app, company) = await database.Read(async session =>
        {
            var consumer = query.Consumer is { } key ? await ConsumerStore.Find(session, key) : null;
            return (consumer, await CompanyLookup.Find(session, companyName ?? consumer?.CompanyId.ToString()));
        });
        if (!company.TryGet(out var found, out var refusal))
            return refusal;
        if (query.Consumer is { } named && await WhyNot(actor, app, named) is { } notAllowed)
            return notAllowed;
        if (query.Consumer is not null && app?.CompanyId != found.Id)
            return ConsumerChanges.Missing(query.Consumer);
        if (!(await access.Page(actor, found.Id.ToString(), query)).TryGet(out var page, out refusal))
            return refusal;

        var scopes = await database.Read(session => Scopes(session, found, page.Rows));
        return new AuthorizationPage([.. page.Rows.Select(row => new ShownAuthorization(row, Of(row, scopes)))], page.Total, app);
    }

    private Task<Refusal?> WhyNot(Actor actor, Consumer? app, string key) =>
        database.Read(session => Rights.WhyNotSee(session, actor, app, ConsumerChanges.Missing(key), time.GetUtcNow()));

    // What a person granted counts as far as the group of the app allows it; a machine may do all that its group does.
    private static ScopeSet Of(ListedAuthorization row, Dictionary<Guid, ScopeSet> scopes) =>
        scopes.TryGetValue(row.GroupId, out var allowed) ? row.Authorization.UserId is null ? allowed : row.Authorization.Scope.Intersect(allowed) : ScopeSet.Empty;

    private async Task<Dictionary<Guid, ScopeSet>> Scopes(Session session, Company company, IReadOnlyList<ListedAuthorization> rows) =>
        (await GroupStore.FindAll(session, [.. rows.Select(row => row.GroupId).Distinct()])).ToDictionary(group => group.Id, group => EffectiveScope.Of(group, company, catalogue));
}
