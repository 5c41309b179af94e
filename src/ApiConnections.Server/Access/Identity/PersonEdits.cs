using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access.Identity;

/// <summary>What an administrator sets of a person; what is null stays as it is.</summary>
internal sealed record PersonEdit
{
    public string? Name { get; init; }

    /// <summary>One-time links that went to the former address are void.</summary>
    public string? Email { get; init; }

    public UserRole? Role { get; init; }

    /// <summary>The name of a permission group; empty for none: apps can do nothing for the person.</summary>
    public string? Group { get; init; }

    /// <summary>The names of the groups that they may hand out, these and no others; of a developer alone.</summary>
    public IReadOnlyCollection<string>? MayAssign { get; init; }
}

/// <summary>Who a person is and what they may do: name, address, role, permission group, and the groups that they may hand out. One transaction with a record of each that changed.</summary>
internal sealed class PersonEdits(IDatabase database, AuditLog log, Changes changes, TimeProvider time)
{
    public static readonly Refusal HandsOutNothing = Refused.Invalid("Only an integration developer is given groups to hand out; a super administrator may use all of them.");

    /// <summary>
    /// A group that allows less narrows: the person's access tokens end. A role that is taken away is gone at the person's next request, and with it the groups
    /// that a developer could hand out; consumers stay whose they are.
    /// </summary>
    /// <param name="who">Their e-mail address or id.</param>
    public Task<Outcome<User>> Edit(Actor actor, string who, PersonEdit edit) => database.Write<User>(async session =>
    {
        var now = time.GetUtcNow();
        var found = await PersonLookup.Find(session, who);
        // Two administrators who demote each other at one moment: one of them comes too late, and may be the last.
        if (found is not null)
            await CompanyStore.FindAndHold(session, found.CompanyId);
        if (await Rights.WhyNot(session, actor, found?.CompanyId, PersonLookup.Missing(who), now, recent: true) is { } notAllowed)
            return notAllowed;
        if (found is null)
            return PersonLookup.Missing(who);
        if (!Persons.Check(edit.Email ?? found.Email, edit.Name ?? found.Name).TryGet(out var typed, out var wrong))
            return wrong;

        var before = await UserGroupStore.Of(session, found.Id);
        string[] named = [.. edit.MayAssign ?? [], .. edit.Group is { Length: > 0 } ? [edit.Group] : Array.Empty<string>()];
        if (!(await Groups(session, found.CompanyId, named, [.. before, .. found.GroupId is { } own ? [own] : Array.Empty<Guid>()])).TryGet(out var groups, out var refusal))
            return refusal;

        // An invitation can be withdrawn meanwhile.
        if (await UserStore.FindAndHold(session, found.Id) is not { } user)
            return PersonLookup.Missing(who);
        if (user.GroupId != found.GroupId)
            return Refused.Conflict("Somebody else has moved the person at this moment; look again.");

        var role = edit.Role ?? user.Role;
        if (role != UserRole.IntegrationDeveloper && edit.MayAssign is { Count: > 0 })
            return HandsOutNothing;

        var handedOut = role != UserRole.IntegrationDeveloper ? [] : edit.MayAssign is { } assign ? groups.Named(assign) : groups.Of(before);
        var way = new GroupMove(user.GroupId is { } from ? groups.Of(from) : null, edit.Group switch { null => user.GroupId is { } same ? groups.Of(same) : null, "" => null, var to => groups.Named(to) });
        var records = new List<NewRecord>();
        void Record(string action, object data) => records.Add(new NewRecord(actor, user.CompanyId, Persons.Module, action, user.Id.ToString(), data));
        var (email, name) = (edit.Email is null ? user.Email : typed.Email, edit.Name is null ? user.Name : typed.Name);
        if (email != user.Email || name != user.Name)
        {
            if (!await UserStore.Rename(session, user.Id, email, name))
                return Refused.Conflict($"Somebody has the e-mail address \"{email}\" already.");
            if (User.EmailKey(email) != User.EmailKey(user.Email))
                await PersonLinkStore.WithdrawAll(session, user.Id, now);
            Record("user.edit", new { before = new { user.Email, user.Name }, after = new { email, name } });
        }

        if (role != user.Role)
        {
            if (!await UserStore.SetRole(session, user.Id, role))
                return Refused.Conflict($"{user.Email} is the last active super administrator of the company and stays one.");
            Record("user.role", new { user.Email, before = UserStore.RoleText(user.Role), after = UserStore.RoleText(role) });
        }

        if (!before.SetEquals(handedOut.Select(group => group.Id)))
        {
            await UserGroupStore.Set(session, user.Id, [.. handedOut.Select(group => group.Id)]);
            Record("user.may_assign", new { user.Email, before = Names(groups.Of(before)), after = Names(handedOut) });
        }

        var after = user with { Email = email, Name = name, Role = role };
        if (way.From?.Id != way.To?.Id)
        {
            after = after with { GroupId = way.To?.Id, Generation = await UserStore.Move(session, user.Id, way.To?.Id, way.Narrows) };
            Record("user.move", new { user.Email, before = way.From?.Name, after = way.To?.Name });
        }

        if (records.Count == 0)
            return Refused.Conflict($"{user.Email} is like that already; nothing has changed.");

        await log.Append(session, records);
        if (after.Generation != user.Generation)
            await changes.Ended(session, ChangeKind.User, user.Id.ToString(), after.Generation, user.CompanyId);
        return after;
    });

    /// <summary>The groups of a company with these names, and those with these ids, held until the transaction ends.</summary>
    public static async Task<Outcome<HeldGroups>> Groups(Session session, Guid company, IReadOnlyCollection<string> names, IReadOnlyCollection<Guid>? ids = null)
    {
        var wanted = new List<Guid>(ids ?? []);
        foreach (var name in names)
        {
            if (await GroupStore.FindByName(session, company, name) is not { } group)
                return Narrowing.MissingGroup(name);
            wanted.Add(group.Id);
        }

        // One that was deleted or renamed before it could be held is missing too.
        var held = new HeldGroups(await GroupStore.FindAndHold(session, wanted));
        return names.FirstOrDefault(name => !held.Has(name)) is { } gone ? Narrowing.MissingGroup(gone) : held;
    }

    private static string[] Names(IEnumerable<PermissionGroup> groups) => [.. groups.Select(group => group.Name).Order(StringComparer.Ordinal)];
}

/// <summary>Permission groups that are held until the transaction ends.</summary>
internal sealed record HeldGroups(IReadOnlyList<PermissionGroup> All)
{
    public bool Has(string name) => All.Any(group => DisplayText.Key(group.Name) == DisplayText.Key(name));

    public PermissionGroup Of(Guid id) => All.First(group => group.Id == id);

    public IReadOnlyList<PermissionGroup> Of(IReadOnlySet<Guid> ids) => [.. All.Where(group => ids.Contains(group.Id))];

    public PermissionGroup Named(string name) => All.First(group => DisplayText.Key(group.Name) == DisplayText.Key(name));

    public IReadOnlyList<PermissionGroup> Named(IEnumerable<string> names) => [.. names.Select(Named).Distinct()];
}
