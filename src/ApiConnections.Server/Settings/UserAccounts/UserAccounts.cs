using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.UserAccounts;

/// <summary>A person as their page shows them.</summary>
/// <param name="Group">The name of their permission group; null for none.</param>
/// <param name="MayAssign">The names of the groups that they may hand out; a developer's alone.</param>
/// <param name="Failures">How often a sign-in as them has failed of late on this node.</param>
/// <param name="Wait">How long the next one has to wait.</param>
internal sealed record PersonDetails(User User, string? Group, IReadOnlyList<string> MayAssign, bool SecondFactor, IReadOnlyList<PersonSession> Sessions, int Failures, TimeSpan Wait)
{
    /// <summary>How many they have.</summary>
    public long Passkeys { get; init; }
}

/// <summary>The people of a company in the hands of an administrator.</summary>
internal sealed class UserAccounts(IDatabase database, Persons persons, Passwords passwords, SecondFactors secondFactors, FailedSignIns failures, TimeProvider time)
{
    private static readonly Refusal noPassword = Refused.Invalid("No password was given, or the two differ; give it on the first line of standard input, or type it twice.");

    public async Task<Outcome<PersonDetails>> Create(Actor actor, string? company, NewPerson person)
    {
        if (person.Password is null)
            return noPassword;

        return (await persons.Create(actor, company, person)).TryGet(out var user, out var refusal) ? new PersonDetails(user, person.Group, person.MayAssign, SecondFactor: false, [], 0, TimeSpan.Zero) : refusal;
    }

    /// <param name="who">Their e-mail address or id, here and below.</param>
    public Task<Outcome<PersonDetails>> Show(Actor actor, string who) => database.Read<Outcome<PersonDetails>>(async session =>
    {
        if (!(await PersonLookup.See(session, actor, who, time.GetUtcNow())).TryGet(out var user, out var refusal))
            return refusal;

        var group = user.GroupId is { } id ? await GroupStore.Find(session, id) : null;
        var handedOut = await GroupStore.FindAll(session, [.. await UserGroupStore.Of(session, user.Id)]);
        var credentials = (await CredentialStore.Find(session, user.Id))!.Value.Credentials;
        var (failed, wait) = failures.StateOf(User.EmailKey(user.Email));
        return new PersonDetails(user, group?.Name, [.. handedOut.Select(handed => handed.Name).Order(StringComparer.OrdinalIgnoreCase)], credentials.HasSecondFactor, await SessionStore.OfUser(session, user.Id, time.GetUtcNow()), failed, wait) { Passkeys = credentials.Passkeys };
    });

    /// <summary>Sets a new password; for somebody who lost their authenticator and their recovery codes, takes the second factor away too.</summary>
    public async Task<Outcome<User>> ResetPassword(Actor actor, string who, string? password, bool removeSecondFactor)
    {
        if (password is null)
            return noPassword;
        if (!(await passwords.Reset(actor, who, password)).TryGet(out var user, out var refusal))
            return refusal;
        if (removeSecondFactor && !(await secondFactors.RemoveOf(actor, who)).TryGet(out _, out refusal) && refusal != PersonRefused.NoSecondFactor)
            return refusal;

        return user;
    }
}
