using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.General;

/// <summary>What to change of a company; null leaves it as it is.</summary>
/// <param name="Language">en, es or pt; empty, or <see cref="CompanyFields.Browser"/>, where each person's browser decides.</param>
/// <param name="TimeZone">An IANA name, or the city in it.</param>
internal sealed record CompanyEdit(string? Name = null, string? Language = null, string? TimeZone = null, string? Contact = null)
{
    public LinksEdit? Links { get; init; }

    /// <summary>That of the company that was edited; null where it does not matter what somebody else has saved meanwhile.</summary>
    public long? Version { get; init; }
}

/// <param name="To">A company's own links from now on; null for those of the configuration.</param>
internal sealed record LinksEdit(IReadOnlyList<HostLink>? To);

/// <summary>A company with the links that stand in its menu.</summary>
internal sealed record CompanyDetails(Company Company, IReadOnlyList<HostLink> Links);

/// <summary>Companies: made, listed, and what they say of themselves; what the operator takes from one is <see cref="CompanyAccess"/>.</summary>
internal sealed class Companies(IDatabase database, AuditLog log, Changes changes, HostLinks links, TimeProvider time)
{
    private const string Module = "general";
    private static readonly Refusal missing = Refused.NotFound("There is no such company.");

    public Task<Outcome<Company>> Create(Actor actor, string? name) => database.Write<Company>(async session =>
    {
        var (text, whyNot) = DisplayText.Read("The name", name, DisplayText.LongestName, required: true);
        if (text is null)
            return Refused.Invalid(whyNot!);

        var now = time.GetUtcNow();
        var company = new Company(Guid.CreateVersion7(now), text, CompanyStatus.Active, AddOn: true, [], 1, 1, now);
        if (!await CompanyStore.Insert(session, company))
            return Taken(text);

        var data = new { id = company.Id, company.Name };
        await log.Append(session, actor, null, Module, "company.create", company.Id.ToString(), data);
        await log.Append(session, actor, company.Id, Module, "company.create", company.Id.ToString(), data);
        return company;
    });

    public async Task<Outcome<IReadOnlyList<Company>>> List() => Outcome.Of(await database.Read(CompanyStore.All));

    public Task<Outcome<CompanyDetails>> Show(Actor actor, string? companyName) => database.Read<Outcome<CompanyDetails>>(async session =>
    {
        if (!(await CompanyLookup.Find(session, companyName)).TryGet(out var company, out var refusal))
            return refusal;

        return await Rights.WhyNotSee(session, actor, company.Id, missing, time.GetUtcNow()) is { } whyNot ? whyNot : new CompanyDetails(company, links.Of(company));
    });

    public Task<Outcome<CompanyDetails>> Edit(Actor actor, string? companyName, CompanyEdit edit) => Edit(actor, companyName, _ => edit);

    /// <summary>As above, for what follows from how the company is now.</summary>
    public Task<Outcome<CompanyDetails>> Edit(Actor actor, string? companyName, Func<CompanyDetails, Outcome<CompanyEdit>> decide) => database.Write<CompanyDetails>(async session =>
    {
        if (!(await CompanyLookup.Find(session, companyName)).TryGet(out var found, out var refusal))
            return refusal;
        if (await Rights.WhyNot(session, actor, found.Id, missing, time.GetUtcNow()) is { } notAllowed)
            return notAllowed;

        var before = (await CompanyStore.FindAndHold(session, found.Id))!;
        if (!decide(new CompanyDetails(before, links.Of(before))).TryGet(out var edit, out refusal))
            return refusal;
        if (CompanyFields.Problems(edit).FirstOrDefault() is { } problem)
            return Refused.Invalid(problem.WhyNot);
        if (edit.Version is { } version && version != before.Version)
            return Refused.ChangedMeanwhile;

        var after = CompanyFields.Apply(before, edit) with { Version = before.Version + 1 };
        if (Same(before, after))
            return new CompanyDetails(before, links.Of(before));
        if (!await CompanyStore.Update(session, after))
            return Taken(after.Name);

        await log.Append(session, actor, after.Id, Module, "company.edit", after.Id.ToString(), new { before = Describe(before), after = Describe(after) });
        await changes.ForNodes(session, ChangeKind.Company, after.Id.ToString(), after.Id);
        return new CompanyDetails(after, links.Of(after));
    });

    // Saved as it was: nothing to record, and nobody else's page is out of date.
    private static bool Same(Company one, Company other) =>
        (one.Name, one.Language, one.TimeZone, one.Contact) == (other.Name, other.Language, other.TimeZone, other.Contact)
        && (one.HostLinks is null) == (other.HostLinks is null)
        && (one.HostLinks ?? []).SequenceEqual(other.HostLinks ?? []);

    private static Refusal Taken(string name) => Refused.Conflict($"There is a company \"{name}\" already.");

    private static object Describe(Company company) => new
    {
        company.Name,
        language = company.Language.Length > 0 ? company.Language : CompanyFields.Browser,
        company.TimeZone,
        company.Contact,
        links = company.HostLinks?.Select(link => $"{link.English} ({link.Address})"),
    };
}
