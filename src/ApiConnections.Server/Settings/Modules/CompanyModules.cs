using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.Modules;

/// <summary>A module as a company has it.</summary>
internal sealed record CompanyModule(Module Module, bool On);

/// <summary>The modules of a company, which can be switched off as a whole.</summary>
internal sealed class CompanyModules(IDatabase database, CompanyAccess access, ModuleCatalogue catalogue, TimeProvider time)
{
    public Task<Outcome<IReadOnlyList<CompanyModule>>> List(Actor actor, string? companyName) => database.Read<Outcome<IReadOnlyList<CompanyModule>>>(async session =>
        (await GroupRules.SeenCompany(session, actor, companyName, time.GetUtcNow())).TryGet(out var company, out var refusal)
            ? Outcome.Of<IReadOnlyList<CompanyModule>>([.. catalogue.Modules.Select(module => new CompanyModule(module, !company.ModulesOff.Contains(module.Name)))])
            : refusal);

    /// <summary>Switches a module on or off; off ends the access tokens of the company, whose next ones lack its scopes.</summary>
    public async Task<Outcome<CompanyModule>> Switch(Actor actor, string? companyName, string name, bool on)
    {
        if (catalogue.Modules.FirstOrDefault(known => known.Name == name) is not { } module)
            return Refused.NotFound($"There is no module \"{name}\"; see: module list.");

        return (await access.SwitchModule(actor, companyName, name, on)).TryGet(out _, out var refusal) ? new CompanyModule(module, on) : refusal;
    }
}
