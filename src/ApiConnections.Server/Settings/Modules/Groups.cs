using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.Modules;

/// <summary>What to change of a group; null leaves it as it is.</summary>
internal sealed record GroupEdit(string? Name, string? Scopes, bool? ReadOnly)
{
    public string? Description { get; init; }
}

/// <summary>A group with how many are in it.</summary>
internal sealed record GroupDetails(PermissionGroup Group, ScopeSet Allowed, long Consumers, long Users)
{
    /// <summary>The first of them, by name.</summary>
    public IReadOnlyList<GroupMember> Members { get; init; } = [];
}

/// <summary>What an edit would take away.</summary>
/// <param name="Lost">Each scope with how many live authorizations lose it.</param>
/// <param name="Consumers">Whose access tokens end; the next ones have less.</param>
/// <param name="Users">The same of people.</param>
internal sealed record ForeseenNarrowing(IReadOnlyList<(string Scope, long Authorizations)> Lost, long Consumers, long Users);

/// <summary>Permission groups: what consumers and people may do at most.</summary>
internal sealed class Groups(IDatabase database, AuditLog log, Narrowing narrowing, Changes changes, GroupRules rules, ModuleCatalogue catalogue, TimeProvider time)
{
    private const string Module = "modules";
    private const int MembersShown = 50;

    public Task<Outcome<PermissionGroup>> Create(Actor actor, string? companyName, string? name, string? scopes, bool readOnly, string? description = null) =>
        rules.Create(actor, companyName, new TypedGroup(name, description, scopes, readOnly));

    public Task<Outcome<IReadOnlyList<GroupDetails>>> List(Actor actor, string? companyName) => database.Read<Outcome<IReadOnlyList<GroupDetails>>>(async session =>
    {
        if (!(await GroupRules.SeenCompany(session, actor, companyName, time.GetUtcNow())).TryGet(out var company, out var refusal))
            return refusal;

        var members = await GroupStore.MembersOfAll(session, company.Id);
        return Outcome.Of<IReadOnlyList<GroupDetails>>([.. (await GroupStore.OfCompany(session, company.Id)).Select(group => new GroupDetails(group, EffectiveScope.Of(group, company, catalogue), members[group.Id].Consumers, members[group.Id].Users))]);
    });

    /// <param name="nameOrId">Its name, or its id.</param>
    public Task<Outcome<GroupDetails>> Show(Actor actor, string? companyName, string nameOrId) => database.Read<Outcome<GroupDetails>>(async session =>
    {
        if (!(await GroupRules.SeenCompany(session, actor, companyName, time.GetUtcNow())).TryGet(out var company, out var refusal))
            return refusal;
        if (await Find(session, company.Id, nameOrId) is not { } group)
            return Missing(nameOrId);

        var members = await GroupStore.Members(session, group.Id);
        return new GroupDetails(group, EffectiveScope.Of(group, company, catalogue), members.Consumers, members.Users) { Members = await GroupStore.FirstMembers(session, group.Id, MembersShown) };
    });

    /// <summary>What an edit would take away, before anybody does it.</summary>
    public Task<Outcome<ForeseenNarrowing>> Foresee(Actor actor, string? companyName, string nameOrId, GroupEdit edit) => database.Read<Outcome<ForeseenNarrowing>>(async session =>
    {
        if (!(await GroupRules.Company(session, actor, companyName, time.GetUtcNow())).TryGet(out var company, out var refusal))
            return refusal;
        if (await Find(session, company.Id, nameOrId) is not { } before)
            return Missing(nameOrId);
        if (!Apply(before, edit).TryGet(out var after, out refusal))
            return refusal;

        var lost = new List<(string, long)>();
        foreach (var scope in before.Allowed.Except(after.Allowed))
            lost.Add((scope, await GroupStore.AuthorizationsWith(session, before.Id, scope)));

        var members = await GroupStore.Members(session, before.Id);
        return lost.Count == 0 ? new ForeseenNarrowing([], 0, 0) : new ForeseenNarrowing(lost, members.Consumers, members.Users);
    });

    /// <summary>Edits a group; a narrowing ends the access tokens of those who are in it.</summary>
    public Task<Outcome<PermissionGroup>> Edit(Actor actor, string? companyName, string nameOrId, GroupEdit edit) => database.Write<PermissionGroup>(async session =>
    {
        if (!(await GroupRules.Company(session, actor, companyName, time.GetUtcNow())).TryGet(out var company, out var refusal))
            return refusal;

        // A narrowing of very many ends with their company, whose row comes first in the order of locks.
        await CompanyStore.FindAndHold(session, company.Id);
        if (await FindAndHold(session, company.Id, nameOrId) is not { } before)
            return Missing(nameOrId);
        if (!Apply(before, edit).TryGet(out var after, out refusal))
            return refusal;
        if (!await GroupStore.Update(session, after))
            return GroupRules.Taken(after.Name);

        var ended = before.Allowed.IsSubsetOf(after.Allowed) ? Narrowed.Nothing : await Narrowing.OfGroup(session, before.Id, company.Id);
        await log.Append(session, actor, company.Id, Module, "group.edit", before.Id.ToString(), new { before = Describe(before), after = Describe(after) });
        await changes.ForNodes(session, ChangeKind.Group, before.Id.ToString(), company.Id);
        await narrowing.Tell(session, company.Id, ended);
        return after;
    });

    public Task<Outcome<PermissionGroup>> Delete(Actor actor, string? companyName, string nameOrId) => database.Write<PermissionGroup>(async session =>
    {
        if (!(await GroupRules.Company(session, actor, companyName, time.GetUtcNow())).TryGet(out var company, out var refusal))
            return refusal;
        if (await FindAndHold(session, company.Id, nameOrId) is not { } group)
            return Missing(nameOrId);

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

    private Outcome<PermissionGroup> Apply(PermissionGroup group, GroupEdit edit) =>
        rules.Read(group, new TypedGroup(edit.Name ?? group.Name, edit.Description ?? group.Description, edit.Scopes ?? group.Scopes.ToString(), edit.ReadOnly ?? group.ReadOnly));

    private static async Task<PermissionGroup?> Find(Session session, Guid company, string nameOrId) =>
        Guid.TryParse(nameOrId, out var id) && await GroupStore.Find(session, id) is { } found && found.CompanyId == company ? found : await GroupStore.FindByName(session, company, nameOrId);

    private static async Task<PermissionGroup?> FindAndHold(Session session, Guid company, string nameOrId) =>
        await Find(session, company, nameOrId) is { } found && await GroupStore.FindAndHold(session, [found.Id]) is [var held] ? held : null;

    private static object Describe(PermissionGroup group) => new { group.Name, scopes = group.Scopes.ToString(), group.ReadOnly };

    private static Refusal Missing(string name) => Refused.NotFound($"There is no permission group \"{name}\" in this company.");
}
