using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access.Identity;

/// <summary>A person to be made.</summary>
/// <param name="Group">The name of a permission group of the company; null for none.</param>
/// <param name="Password">Checked by the rules; hashed before the transaction.</param>
internal sealed record NewPerson(string? Email, string? Name, UserRole Role, string? Group, string? Password)
{
    /// <summary>The names of the groups that they may hand out; of a developer alone.</summary>
    public IReadOnlyList<string> MayAssign { get; init; } = [];
}

/// <summary>People: made, disabled and enabled, and where they are signed in. Each function is one transaction with its record in the log.</summary>
internal sealed class Persons(IDatabase database, Passwords passwords, AuditLog log, Changes changes, TimeProvider time)
{
    public const string Module = "user_accounts";

    /// <summary>Another one for every change of what a person signs in with.</summary>
    public static string NewStamp() => Base62.Random(22);

    /// <summary>Checks what was typed; the e-mail address stands in for a name that was left out.</summary>
    public static Outcome<(string Email, string Name)> Check(string? email, string? name)
    {
        var (address, whyNot) = EmailAddress.Read(email);
        if (address is null)
            return Refused.Invalid(whyNot!);

        (var text, whyNot) = DisplayText.Read("The name", string.IsNullOrWhiteSpace(name) ? address[..Math.Min(address.IndexOf('@', StringComparison.Ordinal), DisplayText.LongestName)] : name, DisplayText.LongestName, required: true);
        return text is null ? Refused.Invalid(whyNot!) : (address, text);
    }

    public async Task<Outcome<User>> Create(Actor actor, string? companyName, NewPerson person, CancellationToken stop = default)
    {
        if (!Check(person.Email, person.Name).TryGet(out var typed, out var refusal) || !(await database.Read(session => Policy(session, companyName))).TryGet(out var policy, out refusal)
            || !(await passwords.Hash(person.Password, typed.Email, typed.Name, policy, stop)).TryGet(out var hash, out refusal))
        {
            return refusal;
        }

        return await database.Write<User>(async session =>
        {
            if (!(await CompanyLookup.Find(session, companyName)).TryGet(out var company, out var refusal))
                return refusal;

            if (person.MayAssign.Count > 0 && person.Role != UserRole.IntegrationDeveloper)
                return PersonEdits.HandsOutNothing;
            if (!(await PersonEdits.Groups(session, company.Id, [.. person.MayAssign, .. person.Group is null ? Array.Empty<string>() : [person.Group]])).TryGet(out var groups, out refusal))
                return refusal;

            var group = person.Group is null ? null : groups.Named(person.Group);
            if (!(await Insert(session, company.Id, typed.Email, typed.Name, person.Role, group, hash)).TryGet(out var user, out refusal))
                return refusal;

            var handedOut = groups.Named(person.MayAssign);
            await UserGroupStore.Set(session, user.Id, [.. handedOut.Select(handed => handed.Id)]);
            await log.Append(session, actor, company.Id, Module, "user.create", user.Id.ToString(), Describe(user, group, handedOut));
            return user;
        });
    }

    private static async Task<Outcome<SecurityPolicy>> Policy(Session session, string? companyName) =>
        (await CompanyLookup.Find(session, companyName)).TryGet(out var company, out var refusal) ? await SecurityPolicyStore.Of(session, company.Id) : refusal;

    /// <summary>The rows of a new person, in a transaction whose record the caller writes.</summary>
    public async Task<Outcome<User>> Insert(Session session, Guid company, string email, string name, UserRole role, PermissionGroup? group, string passwordHash, string? language = null)
    {
        var now = time.GetUtcNow();
        var user = new User(Guid.CreateVersion7(now), company, email, name, role, group?.Id, UserStatus.Active, 1, 1, now) { Language = language };
        if (!await UserStore.Insert(session, user))
            return Refused.Conflict($"Somebody has the e-mail address \"{email}\" already.");

        await CredentialStore.SetPassword(session, user.Id, passwordHash, NewStamp(), now);
        return user;
    }

    public static object Describe(User user, PermissionGroup? group, IReadOnlyList<PermissionGroup>? mayAssign = null) => new
    {
        user.Email,
        user.Name,
        role = UserStore.RoleText(user.Role),
        group = group?.Name,
        may_assign = user.Role == UserRole.IntegrationDeveloper ? mayAssign?.Select(handed => handed.Name) : null,
    };

    /// <summary>Ends a person's sessions and what was issued for them, and lets nobody sign in as them until they are enabled.</summary>
    /// <param name="who">Their e-mail address or id, here and below.</param>
    public Task<Outcome<User>> Disable(Actor actor, string who) => database.Write<User>(async session =>
    {
        var now = time.GetUtcNow();
        if (!(await PersonLookup.Find(session, actor, who, now, recent: true)).TryGet(out var found, out var refusal))
            return refusal;

        // Two administrators who disable each other at one moment: one of them is the last.
        await CompanyStore.FindAndHold(session, found.CompanyId);
        if (await UserStore.FindAndHold(session, found.Id) is not { } user)
            return PersonLookup.Missing(who);
        if (user.Status == UserStatus.Invited)
            return PersonLookup.NotYet(user);
        if (user.Status == UserStatus.Disabled)
            return Refused.Conflict($"{user.Email} is disabled already.");
        if (!await UserStore.SetStatus(session, user.Id, UserStatus.Disabled))
            return Refused.Conflict($"{user.Email} is the last active super administrator of the company and cannot be disabled.");

        var generation = await UserStore.EndGrants(session, user.Id);
        var ended = await SessionStore.EndAllOf(session, user.Id, "user.disable", now);
        await PersonLinkStore.WithdrawAll(session, user.Id, now);
        await log.Append(session, actor, user.CompanyId, Module, "user.disable", user.Id.ToString(), new { user.Email, sessions_ended = ended });
        await changes.Ended(session, ChangeKind.User, user.Id.ToString(), generation, user.CompanyId);
        return user with { Status = UserStatus.Disabled, Generation = generation, GrantsFrom = generation };
    });

    public Task<Outcome<User>> Enable(Actor actor, string who) => database.Write<User>(async session =>
    {
        if (!(await PersonLookup.Find(session, actor, who, time.GetUtcNow())).TryGet(out var user, out var refusal))
            return refusal;
        if (user.Status == UserStatus.Invited)
            return PersonLookup.NotYet(user);
        if (!await UserStore.SetStatus(session, user.Id, UserStatus.Active))
            return Refused.Conflict($"{user.Email} is active already.");

        await log.Append(session, actor, user.CompanyId, Module, "user.enable", user.Id.ToString(), new { user.Email });
        return user with { Status = UserStatus.Active };
    });

    /// <summary>Where a person is signed in, the last seen first.</summary>
    public Task<Outcome<IReadOnlyList<PersonSession>>> Sessions(Actor actor, string who) => database.Read<Outcome<IReadOnlyList<PersonSession>>>(async session =>
        (await PersonLookup.See(session, actor, who, time.GetUtcNow())).TryGet(out var user, out var refusal) ? Outcome.Of(await SessionStore.OfUser(session, user.Id, time.GetUtcNow())) : refusal);

    /// <summary>Ends one session of a person: it is refused at its next request, on every node.</summary>
    public Task<Outcome<Guid>> EndSession(Actor actor, string who, Guid id, string why = "session.end") => database.Write<Guid>(async session =>
    {
        var now = time.GetUtcNow();
        if (!(await PersonLookup.Find(session, actor, who, now, recent: true)).TryGet(out var user, out var refusal))
            return refusal;
        if (!await SessionStore.End(session, user.Id, id, why, now))
            return Refused.NotFound("That session has ended already.");

        await log.Append(session, actor, user.CompanyId, Module, "session.end", user.Id.ToString(), new { user.Email, session = id });
        return id;
    });

    /// <summary>Ends every session of a person, but for one where that is wanted.</summary>
    /// <returns>How many were ended.</returns>
    public Task<Outcome<int>> EndSessions(Actor actor, string who, Guid? except = null) => database.Write<int>(async session =>
    {
        var now = time.GetUtcNow();
        if (!(await PersonLookup.Find(session, actor, who, now, recent: true)).TryGet(out var user, out var refusal))
            return refusal;

        var ended = await SessionStore.EndAllOf(session, user.Id, "session.end_all", now, except);
        if (ended > 0)
            await log.Append(session, actor, user.CompanyId, Module, "session.end_all", user.Id.ToString(), new { user.Email, sessions_ended = ended });
        return ended;
    });
}
