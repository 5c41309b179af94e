using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Console.Components;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.UserAccounts;

/// <summary>A page of a list of people.</summary>
/// <param name="Total">How many there are on all pages.</param>
internal sealed record PeoplePage(IReadOnlyList<ListedPerson> Rows, long Total);

/// <summary>The people of a company as lists show them, those who were invited among them.</summary>
internal sealed class PersonLists(IDatabase database, TimeProvider time)
{
    private const int LongestPage = 100;
    private const int ReadAtOnce = 1000;
    private static readonly Refusal missing = Refused.NotFound("There is no such company.");

    public Task<Outcome<PeoplePage>> Page(Actor actor, string? companyName, PersonQuery query) => database.Read<Outcome<PeoplePage>>(async session =>
    {
        if (!(await Company(session, actor, companyName)).TryGet(out var company, out var refusal))
            return refusal;

        var bounded = Bounded(query);
        return new PeoplePage(await PersonListStore.Page(session, company.Id, bounded), await PersonListStore.Count(session, company.Id, bounded));
    });

    /// <summary>The permission groups that people can be in.</summary>
    public Task<Outcome<IReadOnlyList<PermissionGroup>>> Groups(Actor actor, string? companyName) => database.Read<Outcome<IReadOnlyList<PermissionGroup>>>(async session =>
        (await Company(session, actor, companyName)).TryGet(out var company, out var refusal) ? Outcome.Of(await GroupStore.OfCompany(session, company.Id)) : refusal);

    /// <summary>Everybody, by e-mail address, with the groups that they may hand out.</summary>
    public async Task<Outcome<IReadOnlyList<ListedPerson>>> All(Actor actor, string? companyName)
    {
        var all = new List<ListedPerson>();
        ILookup<Guid, string>? handedOut = null;
        var read = await Each(
            actor,
            companyName,
            new PersonQuery { Sort = PersonColumn.Email },
            async company => handedOut = await database.Read(session => UserGroupStore.OfCompany(session, company.Id)),
            rows =>
            {
                all.AddRange(rows.Select(row => row with { MayAssign = [.. handedOut![row.Id]] }));
                return Task.CompletedTask;
            });
        return read.TryGet(out _, out var refusal) ? Outcome.Of<IReadOnlyList<ListedPerson>>(all) : refusal;
    }

    /// <summary>Writes all that the query finds as CSV, a part at a time.</summary>
    /// <param name="heads">The names of the columns.</param>
    /// <returns>How many lines were written below the heads.</returns>
    public Task<Outcome<long>> Export(Actor actor, string? companyName, PersonQuery query, IReadOnlyList<string> heads, Func<Task<TextWriter>> open)
    {
        TextWriter? output = null;
        return Each(
            actor,
            companyName,
            query,
            async _ =>
            {
                output = await open();
                await output.WriteAsync(Csv.Line(heads));
            },
            async rows =>
            {
                foreach (var row in rows)
                    await output!.WriteAsync(Csv.Line([row.Name, row.Email, UserStore.RoleText(row.Role), row.Group ?? "", UserStore.StatusText(row.Status), Csv.Time(row.LastSignedInAt), row.SecondFactor ? "yes" : "no", Csv.Time(row.CreatedAt), Csv.Time(row.InvitedUntil)]));
            });
    }

    private async Task<Outcome<long>> Each(Actor actor, string? companyName, PersonQuery query, Func<Company, Task> begin, Func<IReadOnlyList<ListedPerson>, Task> part)
    {
        if (!(await database.Read(session => Company(session, actor, companyName))).TryGet(out var company, out var refusal))
            return refusal;

        await begin(company);
        for (long lines = 0; ;)
        {
            var asked = Bounded(query) with { Skip = (int)lines, Take = ReadAtOnce };
            var rows = await database.Read(session => PersonListStore.Page(session, company.Id, asked));
            await part(rows);
            lines += rows.Count;
            if (rows.Count < ReadAtOnce)
                return lines;
        }
    }

    private static PersonQuery Bounded(PersonQuery query) => query with
    {
        Search = DisplayText.Search(query.Search),
        Name = DisplayText.Search(query.Name),
        Email = DisplayText.Search(query.Email),
        Take = Math.Clamp(query.Take, 1, LongestPage),
        Skip = Math.Max(query.Skip, 0),
    };

    private async Task<Outcome<Company>> Company(Session session, Actor actor, string? name)
    {
        if (!(await CompanyLookup.Find(session, name)).TryGet(out var company, out var refusal))
            return refusal;

        return await Rights.WhyNotSee(session, actor, company.Id, missing, time.GetUtcNow()) is { } whyNot ? whyNot : company;
    }
}
