using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.Modules;

/// <summary>A module as a company has it.</summary>
internal sealed record CompanyModule(Module Module, bool On);

/// <summary>The modules of a company, which can be switched off as a whole.</summary>
internal sealed class CompanyModules(IDatabase database, AuditLog log, Narrowing narrowing, Changes changes, ModuleCatalogue catalogue)
{
    public Task<Outcome<IReadOnlyList<CompanyModule>>> List(string? companyName) => database.Read<Outcome<IReadOnlyList<CompanyModule>>>(async session =>
        (await CompanyLookup.Find(session, companyName)).TryGet(out var company, out var refusal)
            ? Outcome.Of<IReadOnlyList<CompanyModule>>([.. catalogue.Modules.Select(module => new CompanyModule(module, !company.ModulesOff.Contains(module.Name)))])
            : refusal);

    /// <summary>Switches a module on or off; off ends the access tokens of the company, whose next ones lack its scopes.</summary>
    public Task<Outcome<CompanyModule>> Switch(Actor actor, string? companyName, string name, bool on) => database.Write<CompanyModule>(async session =>
    {
        if (!(await CompanyLookup.Find(session, companyName)).TryGet(out var named, out var refusal))
            return refusal;
        if (catalogue.Modules.FirstOrDefault(known => known.Name == name) is not { } module)
            return Refused.NotFound($"There is no module \"{name}\"; see: module list.");

        var company = (await CompanyStore.FindAndHold(session, named.Id))!;
        if (company.ModulesOff.Contains(name) == !on)
            return Refused.Conflict($"The module \"{name}\" is {(on ? "on" : "off")} already.");

        await CompanyStore.SetModulesOff(session, company.Id, on ? company.ModulesOff.Where(off => off != name) : company.ModulesOff.Append(name).Order(StringComparer.Ordinal));
        var ended = on ? Narrowed.Nothing : await Narrowing.OfCompany(session, company.Id);
        await log.Append(session, actor, company.Id, "modules", on ? "module.on" : "module.off", name, new { module = name });
        await changes.ForNodes(session, ChangeKind.Company, company.Id.ToString(), company.Id);
        await narrowing.Tell(session, company.Id, ended);
        return new CompanyModule(module, on);
    });
}
