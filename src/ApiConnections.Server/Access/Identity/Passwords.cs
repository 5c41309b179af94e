using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access.Identity;

/// <summary>
/// Passwords set, changed and asked for again. A new one ends the person's sessions and everything that was issued for them, codes and token families too.
/// </summary>
internal sealed class Passwords(IDatabase database, PasswordHashing hashing, FailedSignIns failures, CompanyPolicies policies, AuditLog log, Changes changes, TimeProvider time)
{
    /// <summary>Hashes a new password, where the rules allow it.</summary>
    /// <param name="policy">Of the person's company.</param>
    public async Task<Outcome<string>> Hash(string? password, string email, string name, SecurityPolicy policy, CancellationToken stop = default) =>
        PasswordRules.WhyNot(password, email, name, policy) is { } whyNot ? whyNot : await hashing.Hash(password!, stop);

    /// <summary>Asks a signed-in person for their password again, before what only they may do. Failures count as failed sign-ins.</summary>
    /// <param name="ip">From where they ask.</param>
    /// <param name="codeFollows">A second factor is asked for too: the password alone forgives no failures of its codes.</param>
    public async Task<Outcome<User>> Prove(SignedIn person, string? password, System.Net.IPAddress? ip, bool codeFollows = false, CancellationToken stop = default)
    {
        var attempt = failures.Begin(User.EmailKey(person.User.Email), ip, await policies.Of(person.User.CompanyId));
        if (attempt.Wait is { } wait)
            return PersonRefused.Delayed(wait);
        if (await database.Read(session => CredentialStore.Find(session, person.User.Id)) is not { } found)
            return PersonRefused.PasswordWrong;

        if (!(await hashing.Compare(found.Credentials.PasswordHash, password, stop)).TryGet(out var match, out var refusal))
        {
            failures.TakeBack(attempt);
            return refusal;
        }

        if (match == PasswordMatch.Wrong)
            return PersonRefused.PasswordWrong;

        if (codeFollows && found.Credentials.HasSecondFactor)
            failures.TakeBack(attempt);
        else
            failures.Succeeded(attempt);
        return found.User;
    }

    /// <summary>A person changes their own password, which they know: every other session ends, this one goes on.</summary>
    public async Task<Outcome<User>> Change(Actor actor, SignedIn person, string? current, string? fresh, System.Net.IPAddress? ip, CancellationToken stop = default)
    {
        // What can be mended at once is said before the password is asked about.
        if (PasswordRules.WhyNot(fresh, person.User.Email, person.User.Name, await policies.Of(person.User.CompanyId)) is { } whyNot)
            return whyNot;
        if (!(await Prove(person, current, ip, stop: stop)).TryGet(out _, out var refusal) || !(await hashing.Hash(fresh!, stop)).TryGet(out var hash, out refusal))
            return refusal;

        return await database.Write(session => Set(session, actor, person.User.Id, hash, "password.change", person.Session.Id));
    }

    /// <summary>Somebody who may sets a person's password: every session ends.</summary>
    /// <param name="who">Whose: their e-mail address or id.</param>
    public async Task<Outcome<User>> Reset(Actor actor, string who, string? fresh, CancellationToken stop = default)
    {
        // Before anything is hashed for somebody who may not.
        if (!(await database.Read(session => Resettable(session, actor, who))).TryGet(out var user, out var refusal) || !(await Hash(fresh, user.Email, user.Name, await policies.Of(user.CompanyId), stop)).TryGet(out var hash, out refusal))
            return refusal;

        return await database.Write<User>(async session => (await Resettable(session, actor, who)).TryGet(out var found, out var refusal) ? await Set(session, actor, found.Id, hash, "password.reset", except: null) : refusal);
    }

    /// <summary>Ends the wait after failed sign-ins: here at once, on every other node as soon as it hears of it.</summary>
    /// <param name="who">Whose: their e-mail address or id.</param>
    public async Task<Outcome<User>> Unlock(Actor actor, string who)
    {
        var unlocked = await database.Write<User>(async session =>
        {
            if (!(await PersonLookup.Find(session, actor, who, time.GetUtcNow())).TryGet(out var user, out var refusal))
                return refusal;

            await log.Append(session, actor, user.CompanyId, Persons.Module, "sign_in.unlock", user.Id.ToString(), new { user.Email });
            await changes.ForNodes(session, ChangeKind.SignIn, User.EmailKey(user.Email), user.CompanyId);
            return user;
        });
        if (unlocked.TryGet(out var person, out _))
            failures.Forget(User.EmailKey(person.Email));
        return unlocked;
    }

    private async Task<Outcome<User>> Resettable(Session session, Actor actor, string who)
    {
        if (!(await PersonLookup.Find(session, actor, who, time.GetUtcNow(), recent: true)).TryGet(out var user, out var refusal))
            return refusal;

        return user.Status == UserStatus.Invited ? PersonLookup.NotYet(user) : user;
    }

    /// <summary>Sets a password in the caller's transaction; one-time addresses that are still open are void.</summary>
    /// <param name="action">Of the record in the log.</param>
    /// <param name="except">A session that goes on; null for none.</param>
    public async Task<Outcome<User>> Set(Session session, Actor actor, Guid id, string hash, string action, Guid? except)
    {
        if (await UserStore.FindAndHold(session, id) is not { } user)
            return PersonLookup.Missing(id.ToString());

        var now = time.GetUtcNow();
        await CredentialStore.SetPassword(session, id, hash, Persons.NewStamp(), now);
        await PersonLinkStore.WithdrawAll(session, id, now);
        var generation = await UserStore.EndGrants(session, id);
        var ended = await SessionStore.EndAllOf(session, id, action, now, except);
        await log.Append(session, actor, user.CompanyId, Persons.Module, action, id.ToString(), new { user.Email, sessions_ended = ended });
        await changes.Ended(session, ChangeKind.User, id.ToString(), generation, user.CompanyId);
        return user with { Generation = generation, GrantsFrom = generation };
    }
}
