using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>
/// What narrows all of a company at once, and what gives it back. Each function is one transaction with its record and its change; what each
/// ends stands in <c>docs/operators/what-ends-what.md</c>.
/// </summary>
internal sealed class CompanyAccess(IDatabase database, AuditLog log, Changes changes, Narrowing narrowing, TimeProvider time)
{
    private static readonly Refusal missing = Refused.NotFound("There is no such company.");

    /// <summary>Suspends or resumes a company. While suspended its consumers are refused; access tokens issued so far end.</summary>
    public Task<Outcome<Company>> SetStatus(Actor actor, string? nameOrId, CompanyStatus status) => Switch(
        actor,
        nameOrId,
        (session, company) => CompanyStore.SetStatus(session, company.Id, status),
        company => company with { Status = status },
        status == CompanyStatus.Suspended ? "company.suspend" : "company.resume",
        ends: status == CompanyStatus.Suspended,
        $"The company is {(status == CompanyStatus.Suspended ? "suspended" : "active")} already.");

    /// <summary>Switches API Connections on or off for a company. While off its consumers are refused; access tokens issued so far end.</summary>
    public Task<Outcome<Company>> SetAddOn(Actor actor, string? nameOrId, bool on) => Switch(
        actor,
        nameOrId,
        (session, company) => CompanyStore.SetAddOn(session, company.Id, on),
        company => company with { AddOn = on },
        on ? "company.addon_on" : "company.addon_off",
        ends: !on,
        $"API Connections is {(on ? "on" : "off")} already.");

    /// <summary>Switches a module of the catalogue on or off; off ends the access tokens of the company, whose next ones lack its scopes.</summary>
    /// <returns>The module's name.</returns>
    public Task<Outcome<string>> SwitchModule(Actor actor, string? companyName, string module, bool on) => database.Write<string>(async session =>
    {
        if (!(await CompanyLookup.Find(session, companyName)).TryGet(out var named, out var refusal))
            return refusal;
        if (await Rights.WhyNot(session, actor, named.Id, missing, time.GetUtcNow()) is { } notAllowed)
            return notAllowed;

        var company = (await CompanyStore.FindAndHold(session, named.Id))!;
        if (company.ModulesOff.Contains(module) == !on)
            return on ? Refused.Conflict($"The module \"{module}\" is on already.") : Refused.Conflict($"The module \"{module}\" is off already.");

        await CompanyStore.SetModulesOff(session, company.Id, on ? company.ModulesOff.Where(off => off != module) : company.ModulesOff.Append(module).Order(StringComparer.Ordinal));
        var ended = on ? Narrowed.Nothing : await Narrowing.OfCompany(session, company.Id);
        await log.Append(session, actor, company.Id, "modules", on ? "module.on" : "module.off", module, new { module });
        await changes.ForNodes(session, ChangeKind.Company, company.Id.ToString(), company.Id);
        await narrowing.Tell(session, company.Id, ended);
        return module;
    });

    private Task<Outcome<Company>> Switch(
        Actor actor, string? nameOrId, Func<Session, Company, Task<long?>> update, Func<Company, Company> apply, string action, bool ends, string already) =>
        database.Write<Company>(async session =>
        {
            if (!(await CompanyLookup.Find(session, nameOrId)).TryGet(out var company, out var refusal))
                return refusal;
            if (await update(session, company) is not { } generation)
                return Refused.Conflict(already);

            await log.Append(session, actor, company.Id, "general", action, company.Id.ToString(), new { company.Name });
            if (ends)
                await changes.Ended(session, ChangeKind.Company, company.Id.ToString(), generation, company.Id);
            else
                await changes.ForNodes(session, ChangeKind.Company, company.Id.ToString(), company.Id);

            return apply(company) with { Generation = generation };
        });
}
