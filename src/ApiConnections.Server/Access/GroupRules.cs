using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>What somebody typed for a permission group.</summary>
internal sealed record TypedGroup(string? Name, string? Description, string? Scopes, bool ReadOnly);

/// <summary>Makes permission groups, wherever somebody needs one, and says what a good one is.</summary>
internal sealed class GroupRules(IDatabase database, AuditLog log, ModuleCatalogue catalogue, TimeProvider time)
{
    private static readonly Refusal missingCompany = Refused.NotFound("There is no such company.");

    public Task<Outcome<PermissionGroup>> Create(Actor actor, string? companyName, TypedGroup typed) => database.Write<PermissionGroup>(async session =>
    {
        if (!(await Company(session, actor, companyName, time.GetUtcNow())).TryGet(out var company, out var refusal))
            return refusal;

        var now = time.GetUtcNow();
        if (!Read(new PermissionGroup(Guid.CreateVersion7(now), company.Id, "", typed.ReadOnly, ScopeSet.Empty, now), typed).TryGet(out var group, out refusal))
            return refusal;
        if (!await GroupStore.Insert(session, group))
            return Taken(group.Name);

        await log.Append(session, actor, company.Id, "modules", "group.create", group.Id.ToString(), new { group.Name, scopes = group.Scopes.ToString(), group.ReadOnly });
        return group;
    });

    /// <summary>The company that a function about groups is for, where the actor may change them.</summary>
    public static Task<Outcome<Company>> Company(Session session, Actor actor, string? name, DateTimeOffset now) =>
        Find(session, name, company => Rights.WhyNot(session, actor, company, missingCompany, now));

    /// <summary>The same where the actor may look at them.</summary>
    public static Task<Outcome<Company>> SeenCompany(Session session, Actor actor, string? name, DateTimeOffset now) =>
        Find(session, name, company => Rights.WhyNotSee(session, actor, company, missingCompany, now));

    private static async Task<Outcome<Company>> Find(Session session, string? name, Func<Guid, Task<Refusal?>> whyNot)
    {
        if (!(await CompanyLookup.Find(session, name)).TryGet(out var company, out var refusal))
            return refusal;

        return await whyNot(company.Id) is { } notAllowed ? notAllowed : company;
    }

    /// <summary>The group with what was typed in it.</summary>
    public Outcome<PermissionGroup> Read(PermissionGroup group, TypedGroup typed)
    {
        var (name, whyNot) = DisplayText.Read("The name", typed.Name, DisplayText.LongestName, required: true);
        if (name is null)
            return Refused.Invalid(whyNot!);

        (var description, whyNot) = DisplayText.Read("The description", typed.Description, DisplayText.LongestDescription, required: false);
        if (description is null)
            return Refused.Invalid(whyNot!);

        var names = (typed.Scopes ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (Array.Find(names, scope => !catalogue.Knows(scope)) is { } unknown)
            return Refused.Invalid($"\"{unknown}\" is no scope of the catalogue; scopes look like tasks:view, see: module list.");
        if (names.Length == 0)
            return Refused.Invalid("A group needs at least one scope, for example \"tasks:view assets:view\".");

        return group with { Name = name, Description = description, ReadOnly = typed.ReadOnly, Scopes = ScopeSet.Of(names) };
    }

    public static Refusal Taken(string name) => Refused.Conflict($"There is a permission group \"{name}\" in this company already.");
}
