using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.UserAccounts;

/// <summary>A person as lists show them.</summary>
/// <param name="Group">The name of their permission group.</param>
/// <param name="MayAssign">The names of the groups that they may hand out; a developer's alone.</param>
internal sealed record ListedPerson(User User, string? Group, IReadOnlyList<string> MayAssign);

/// <summary>The people of a company in the hands of an administrator.</summary>
internal sealed class UserAccounts(IDatabase database, Persons persons, Passwords passwords, SecondFactors secondFactors)
{
    private static readonly Refusal noPassword = Refused.Invalid("No password was given, or the two differ; give it on the first line of standard input, or type it twice.");

    public async Task<Outcome<ListedPerson>> Create(Actor actor, string? company, NewPerson person)
    {
        if (person.Password is null)
            return noPassword;

        return (await persons.Create(actor, company, person)).TryGet(out var user, out var refusal) ? new ListedPerson(user, person.Group, person.MayAssign) : refusal;
    }

    public Task<Outcome<IReadOnlyList<ListedPerson>>> List(string? companyName) => database.Read<Outcome<IReadOnlyList<ListedPerson>>>(async session =>
    {
        if (!(await CompanyLookup.Find(session, companyName)).TryGet(out var company, out var refusal))
            return refusal;

        var groups = (await GroupStore.OfCompany(session, company.Id)).ToDictionary(group => group.Id, group => group.Name);
        var handedOut = await UserGroupStore.OfCompany(session, company.Id);
        return Outcome.Of<IReadOnlyList<ListedPerson>>(
            [.. (await UserStore.OfCompany(session, company.Id)).Select(user => new ListedPerson(user, user.GroupId is { } group ? groups[group] : null, [.. handedOut[user.Id]]))]);
    });

    /// <summary>Sets a new password; for somebody who lost their authenticator and their recovery codes, takes the second factor away too.</summary>
    public async Task<Outcome<User>> ResetPassword(Actor actor, string email, string? password, bool removeSecondFactor)
    {
        if (password is null)
            return noPassword;
        if (!(await passwords.Reset(actor, email, password)).TryGet(out var user, out var refusal))
            return refusal;
        if (removeSecondFactor && !(await secondFactors.Remove(actor, user)).TryGet(out _, out refusal) && refusal != PersonRefused.NoSecondFactor)
            return refusal;

        return user;
    }
}
