using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.SignIn;

/// <summary>What was typed at set-up, checked.</summary>
/// <param name="Company">The name of a new company; null to use the one there is.</param>
internal sealed record FirstPerson(string? Company, string Language, string Email, string Name, string PasswordHash);

/// <summary>Makes the first company, its group of everything, and its super administrator, in one transaction that uses the address up: of two posts one makes them.</summary>
internal sealed class SetUp(IDatabase database, SetUpAddress address, Persons persons, NewSessions sessions, ModuleCatalogue catalogue, Texts texts, AuditLog log, TimeProvider time)
{
    private const string SetUpActor = "set-up";

    public static readonly Refusal Gone = Refused.NotFound("The set-up address was used, or has expired.");

    /// <summary>The company that a first person would join; null where one is to be made.</summary>
    public Task<Company?> Only() => database.Read(Only);

    public Task<Outcome<SignInProgress>> Run(HttpContext http, string? token, FirstPerson first) => database.Write<SignInProgress>(async session =>
    {
        if (!await address.Take(session, token))
            return Gone;

        var actor = new Actor(SetUpActor, People.AddressOf(http));
        var only = await Only(session);
        var company = only ?? new Company(Guid.CreateVersion7(time.GetUtcNow()), first.Company!, CompanyStatus.Active, AddOn: true, [], 1, 1, time.GetUtcNow()) { Language = first.Language };
        if (only is null && !await CompanyStore.Insert(session, company))
            return Refused.Conflict($"There is a company \"{company.Name}\" already.");

        var (group, made) = await GroupOfEverything(session, company.Id, texts.In(first.Language, "signin.setup_group"));
        if (!(await persons.Insert(session, company.Id, first.Email, first.Name, UserRole.SuperAdministrator, group, first.PasswordHash, first.Language)).TryGet(out var user, out var refusal))
            return refusal;

        var data = new { id = company.Id, company.Name };
        if (only is null)
        {
            await log.Append(session, actor, null, "general", "company.create", company.Id.ToString(), data);
            await log.Append(session, actor, company.Id, "general", "company.create", company.Id.ToString(), data);
        }

        if (made)
            await log.Append(session, actor, company.Id, "modules", "group.create", group.Id.ToString(), new { group.Name, scopes = group.Scopes.ToString(), group.ReadOnly });
        await log.Append(session, actor, company.Id, Persons.Module, "user.create", user.Id.ToString(), Persons.Describe(user, group));
        return await sessions.GoOn(session, http, before: null, user.Id, Recognised.Password, SetUpActor);
    });

    /// <summary>What that company asks of passwords.</summary>
    public Task<SecurityPolicy> Policy() => database.Read(async session => await Only(session) is { } only ? await SecurityPolicyStore.Of(session, only.Id) : SecurityPolicy.Default);

    private static async Task<Company?> Only(Session session) => await CompanyStore.All(session) is [var one] ? one : null;

    // A group of that name that somebody made on the command line is taken as it is.
    private async Task<(PermissionGroup Group, bool Made)> GroupOfEverything(Session session, Guid company, string name)
    {
        if (await GroupStore.FindByNameAndHold(session, company, name) is { } there)
            return (there, false);

        var now = time.GetUtcNow();
        var group = new PermissionGroup(Guid.CreateVersion7(now), company, name, ReadOnly: false, catalogue.Everything, now);
        await GroupStore.Insert(session, group);
        return (group, true);
    }
}
