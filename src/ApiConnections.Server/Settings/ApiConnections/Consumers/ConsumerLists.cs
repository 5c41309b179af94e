using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Console.Components;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>A page of a list.</summary>
/// <param name="Total">How many there are on all pages.</param>
internal sealed record ListPage<T>(IReadOnlyList<T> Rows, long Total);

/// <summary>A permission group to choose, with what it lets a consumer do as things stand now.</summary>
internal sealed record GroupChoice(PermissionGroup Group, ScopeSet Scope);

/// <summary>The consumers of a company as lists show them.</summary>
internal sealed class ConsumerLists(IDatabase database, ModuleCatalogue catalogue, TimeProvider time)
{
    private const int LongestPage = 100;
    private const int ExportedAtOnce = 1000;
    private static readonly Refusal missing = Refused.NotFound("There is no such company.");

    public Task<Outcome<ListPage<ListedConsumer>>> Page(Actor actor, string? companyName, ConsumerQuery query) => database.Read<Outcome<ListPage<ListedConsumer>>>(async session =>
    {
        if (!(await Find(session, actor, companyName)).TryGet(out var found, out var refusal))
            return refusal;

        var (company, bounded) = (found.Company, Bounded(query, found.Reach));
        return new ListPage<ListedConsumer>(await ConsumerListStore.Page(session, company.Id, bounded, time.GetUtcNow()), await ConsumerListStore.Count(session, company.Id, bounded));
    });

    /// <summary>The groups that somebody may give to consumers, or only look at.</summary>
    public Task<Outcome<IReadOnlyList<GroupChoice>>> Groups(Actor actor, string? companyName) => database.Read<Outcome<IReadOnlyList<GroupChoice>>>(async session =>
    {
        if (!(await Find(session, actor, companyName)).TryGet(out var found, out var refusal))
            return refusal;

        var own = await found.Reach.Groups(session);
        var groups = (await GroupStore.OfCompany(session, found.Company.Id)).Where(group => own is null || own.Contains(group.Id));
        return Outcome.Of<IReadOnlyList<GroupChoice>>([.. groups.Select(group => new GroupChoice(group, EffectiveScope.Of(group, found.Company, catalogue)))]);
    });

    /// <summary>Writes all that the query finds as CSV (RFC 4180), a part at a time; it holds no secret, and nothing that a spreadsheet takes for a formula.</summary>
    /// <param name="heads">The names of the columns.</param>
    /// <returns>How many lines were written below the heads.</returns>
    public async Task<Outcome<long>> Export(Actor actor, string? companyName, ConsumerQuery query, IReadOnlyList<string> heads, Func<Task<TextWriter>> open)
    {
        if (!(await database.Read(session => Find(session, actor, companyName))).TryGet(out var found, out var refusal))
            return refusal;

        var output = await open();
        await output.WriteAsync(Csv.Line(heads));
        for (long lines = 0; ;)
        {
            var part = Bounded(query, found.Reach) with { Skip = (int)lines, Take = ExportedAtOnce };
            var rows = await database.Read(session => ConsumerListStore.Page(session, found.Company.Id, part, time.GetUtcNow()));
            foreach (var row in rows)
                await output.WriteAsync(Csv.Line([row.Name, row.Key, row.Description, row.GrantType == GrantType.ClientCredentials ? GrantTypes.ClientCredentials : GrantTypes.AuthorizationCode, row.Group, row.Status == ConsumerStatus.Active ? "active" : "disabled", Csv.Time(row.CreatedAt), Csv.Time(row.LastAccessedAt)]));

            lines += rows.Count;
            if (rows.Count < ExportedAtOnce)
                return lines;
        }
    }

    private static ConsumerQuery Bounded(ConsumerQuery query, Reach reach) => query with
    {
        Owner = reach.Owner,
        Search = DisplayText.Search(query.Search),
        Name = DisplayText.Search(query.Name),
        Key = DisplayText.Search(query.Key),
        Take = Math.Clamp(query.Take, 1, LongestPage),
        Skip = Math.Max(query.Skip, 0),
    };

    private async Task<Outcome<(Company Company, Reach Reach)>> Find(Session session, Actor actor, string? name)
    {
        if (!(await CompanyLookup.Find(session, name)).TryGet(out var company, out var refusal))
            return refusal;

        return (await Rights.OverConsumers(session, actor, company.Id, missing, time.GetUtcNow())).TryGet(out var reach, out refusal) ? (company, reach) : refusal;
    }
}
