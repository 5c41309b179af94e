using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.General;

/// <summary>Companies, and what the operator of the installation decides about them.</summary>
internal sealed class Companies(IDatabase database, AuditLog log, Changes changes, TimeProvider time)
{
    private const string Module = "general";

    public Task<Outcome<Company>> Create(Actor actor, string? name) => database.Write<Company>(async session =>
    {
        var (text, whyNot) = DisplayText.Read("The name", name, DisplayText.LongestName, required: true);
        if (text is null)
            return Refused.Invalid(whyNot!);

        var now = time.GetUtcNow();
        var company = new Company(Guid.CreateVersion7(now), text, CompanyStatus.Active, AddOn: true, [], 1, 1, now);
        if (!await CompanyStore.Insert(session, company))
            return Refused.Conflict($"There is a company \"{text}\" already.");

        var data = new { id = company.Id, company.Name };
        await log.Append(session, actor, null, Module, "company.create", company.Id.ToString(), data);
        await log.Append(session, actor, company.Id, Module, "company.create", company.Id.ToString(), data);
        return company;
    });

    public async Task<Outcome<IReadOnlyList<Company>>> List() => Outcome.Of(await database.Read(CompanyStore.All));

    /// <summary>Suspends or resumes a company. While suspended its consumers are refused; tokens issued so far end.</summary>
    public Task<Outcome<Company>> SetStatus(Actor actor, string? nameOrId, CompanyStatus status) => Edit(
        actor,
        nameOrId,
        (session, company) => CompanyStore.SetStatus(session, company.Id, status),
        company => company with { Status = status },
        status == CompanyStatus.Suspended ? "company.suspend" : "company.resume",
        ends: status == CompanyStatus.Suspended,
        $"The company is {(status == CompanyStatus.Suspended ? "suspended" : "active")} already.");

    /// <summary>Switches API Connections on or off for a company. While off its consumers are refused; tokens issued so far end.</summary>
    public Task<Outcome<Company>> SetAddOn(Actor actor, string? nameOrId, bool on) => Edit(
        actor,
        nameOrId,
        (session, company) => CompanyStore.SetAddOn(session, company.Id, on),
        company => company with { AddOn = on },
        on ? "company.addon_on" : "company.addon_off",
        ends: !on,
        $"API Connections is {(on ? "on" : "off")} already.");

    private Task<Outcome<Company>> Edit(
        Actor actor, string? nameOrId, Func<Session, Company, Task<long?>> update, Func<Company, Company> apply, string action, bool ends, string already) =>
        database.Write<Company>(async session =>
        {
            if (!(await CompanyLookup.Find(session, nameOrId)).TryGet(out var company, out var refusal))
                return refusal;
            if (await update(session, company) is not { } generation)
                return Refused.Conflict(already);

            await log.Append(session, actor, company.Id, Module, action, company.Id.ToString(), new { company.Name });
            if (ends)
                await changes.Ended(session, ChangeKind.Company, company.Id.ToString(), generation, company.Id);
            else
                await changes.ForNodes(session, ChangeKind.Company, company.Id.ToString(), company.Id);

            return apply(company) with { Generation = generation };
        });
}
