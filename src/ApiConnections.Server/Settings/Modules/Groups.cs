using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.Modules;

/// <summary>What to change of a group; null leaves it as it is.</summary>
internal sealed record GroupEdit(string? Name, string? Scopes, bool? ReadOnly);

/// <summary>A group with those who are in it.</summary>
internal sealed record GroupDetails(PermissionGroup Group, ScopeSet Allowed, long Consumers, long Users);

/// <summary>Permission groups: what consumers and people may do at most.</summary>
internal sealed class Groups(IDatabase database, AuditLog log, Narrowing narrowing, Changes changes, ModuleCatalogue catalogue, TimeProvider time)
{
    private const string Module = "modules";

    public Task<Outcome<PermissionGroup>> Create(Actor actor, string? companyName, string? name, string? scopes, bool readOnly) => database.Write<PermissionGroup>(async session =>
    {
        if (!(await CompanyLookup.Find(session, companyName)).TryGet(out var company, out var refusal))
            return refusal;
        if (!ReadName(name).TryGet(out var text, out refusal) || !ReadScopes(scopes).TryGet(out var set, out refusal))
            return refusal;

        var now = time.GetUtcNow();
        var group = new PermissionGroup(Guid.CreateVersion7(now), company.Id, text, readOnly, set, now);
        if (!await GroupStore.Insert(session, group))
            return Taken(text);

        await log.Append(session, actor, company.Id, Module, "group.create", group.Id.ToString(), new { group.Name, scopes = set.ToString(), group.ReadOnly });
        return group;
    });

    public Task<Outcome<IReadOnlyList<PermissionGroup>>> List(string? companyName) => database.Read<Outcome<IReadOnlyList<PermissionGroup>>>(async session =>
        (await CompanyLookup.Find(session, companyName)).TryGet(out var company, out var refusal)
            ? Outcome.Of(await GroupStore.OfCompany(session, company.Id))
            : refusal);

    public Task<Outcome<GroupDetails>> Show(string? companyName, string name) => database.Read<Outcome<GroupDetails>>(async session =>
    {
        if (!(await CompanyLookup.Find(session, companyName)).TryGet(out var company, out var refusal))
            return refusal;
        if (await GroupStore.FindByName(session, company.Id, name) is not { } group)
            return Missing(name);

        var members = await GroupStore.Members(session, group.Id);
        return new GroupDetails(group, EffectiveScope.Of(group, company, catalogue), members.Consumers, members.Users);
    });

    /// <summary>Edits a group; a narrowing ends the access tokens of those who are in it.</summary>
    public Task<Outcome<PermissionGroup>> Edit(Actor actor, string? companyName, string name, GroupEdit edit) => database.Write<PermissionGroup>(async session =>
    {
        if (!(await CompanyLookup.Find(session, companyName)).TryGet(out var company, out var refusal))
            return refusal;

        // A narrowing of very many ends with their company, whose row comes first in the order of locks.
        await CompanyStore.FindAndHold(session, company.Id);
        if (await GroupStore.FindByNameAndHold(session, company.Id, name) is not { } before)
            return Missing(name);
        if (!ReadName(edit.Name ?? before.Name).TryGet(out var text, out refusal) || !ReadScopes(edit.Scopes ?? before.Scopes.ToString()).TryGet(out var set, out refusal))
            return refusal;

        var after = before with { Name = text, Scopes = set, ReadOnly = edit.ReadOnly ?? before.ReadOnly };
        if (!await GroupStore.Update(session, after))
            return Taken(text);

        var ended = before.Allowed.IsSubsetOf(after.Allowed) ? Narrowed.Nothing : await Narrowing.OfGroup(session, before.Id, company.Id);
        await log.Append(session, actor, company.Id, Module, "group.edit", before.Id.ToString(), new { before = Describe(before), after = Describe(after) });
        await changes.ForNodes(session, ChangeKind.Group, before.Id.ToString(), company.Id);
        await narrowing.Tell(session, company.Id, ended);
        return after;
    });

    public Task<Outcome<PermissionGroup>> Delete(Actor actor, string? companyName, string name) => database.Write<PermissionGroup>(async session =>
    {
        if (!(await CompanyLookup.Find(session, companyName)).TryGet(out var company, out var refusal))
            return refusal;
        if (await GroupStore.FindByNameAndHold(session, company.Id, name) is not { } group)
            return Missing(name);

        var members = await GroupStore.Members(session, group.Id);
        if (members.Consumers + members.Users > 0)
            return Refused.Conflict($"The group \"{group.Name}\" is used by {members.Consumers} consumers and {members.Users} people; move them first.");
        if (members.DeletedConsumers > 0)
            return Refused.Conflict($"The group \"{group.Name}\" was used by {members.DeletedConsumers} deleted consumers and is kept with them, so that the log stays readable.");

        await GroupStore.Delete(session, group.Id);
        await log.Append(session, actor, company.Id, Module, "group.delete", group.Id.ToString(), Describe(group));
        await changes.ForNodes(session, ChangeKind.Group, group.Id.ToString(), company.Id);
        return group;
    });

    private static Outcome<string> ReadName(string? name)
    {
        var (text, whyNot) = DisplayText.Read("The name", name, DisplayText.LongestName, required: true);
        return text is null ? Refused.Invalid(whyNot!) : text;
    }

    private Outcome<ScopeSet> ReadScopes(string? scopes)
    {
        var names = (scopes ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (Array.Find(names, name => !catalogue.Knows(name)) is { } unknown)
            return Refused.Invalid($"\"{unknown}\" is no scope of the catalogue; scopes look like tasks:view, see: module list.");

        return names.Length == 0 ? Refused.Invalid("A group needs at least one scope, for example \"tasks:view assets:view\".") : ScopeSet.Of(names);
    }

    private static object Describe(PermissionGroup group) => new { group.Name, scopes = group.Scopes.ToString(), group.ReadOnly };

    private static Refusal Missing(string name) => Refused.NotFound($"There is no permission group \"{name}\" in this company.");

    private static Refusal Taken(string name) => Refused.Conflict($"There is a permission group \"{name}\" in this company already.");
}
