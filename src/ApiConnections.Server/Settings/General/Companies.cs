using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.General;

/// <summary>Companies: made and listed; what the operator takes from one is <see cref="CompanyAccess"/>.</summary>
internal sealed class Companies(IDatabase database, AuditLog log, TimeProvider time)
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
}
