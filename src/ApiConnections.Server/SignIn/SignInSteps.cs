using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.SignIn;

/// <summary>
/// The steps of signing in: password, code, and what the company's policy asks for besides. Somebody unknown, without a password or disabled is answered by the same steps as a
/// wrong password: one count, one look-up, one hash, one comparison.
/// </summary>
internal sealed class SignInSteps(
    IDatabase database, PasswordHashing hashing, Passwords passwords, CompanyPolicies policies, FailedSignIns failures, SecondFactors secondFactors, Passkeys passkeys, NewSessions sessions, LockOuts lockOuts)
{
    /// <summary>The first step. A right password of somebody with a second factor is not yet a success, and forgives no failures.</summary>
    public async Task<Outcome<Recognised>> Password(HttpContext http, string? email, string? password)
    {
        // What cannot be an address is looked for all the same, and found nowhere.
        var key = EmailAddress.Read(email).Address is { } address ? User.EmailKey(address) : "";
        return await Try<Recognised>(http, key, async attempt =>
        {
            var found = await database.Read(session => CredentialStore.FindByEmailKey(session, key));
            var hash = found is { User.Status: UserStatus.Active } ? found.Value.Credentials.PasswordHash : null;
            if (!(await hashing.Compare(hash, password, http.RequestAborted)).TryGet(out var match, out var refusal))
                return (refusal, found?.User);
            if (match == PasswordMatch.Wrong)
                return (PersonRefused.PasswordWrong, found?.User);
            if (match == PasswordMatch.RightButOld)
                await Rehash(found!.Value.User.Id, hash!, password!);

            if (found!.Value.Credentials.HasSecondFactor)
                failures.TakeBack(attempt);
            return (new Recognised(found.Value.User, found.Value.Credentials, attempt.Policy, Recognised.Password, attempt), null);
        });
    }

    /// <summary>After the password: a session, or what is left to do.</summary>
    public async Task<Outcome<SignInProgress>> Begin(HttpContext http, SignedIn? before, Recognised person)
    {
        var begun = await database.Write<SignInProgress>(session => sessions.GoOn(session, http, before, person, "pwd"));
        // A right password of somebody who has to show a code forgives nothing yet.
        if (begun.TryGet(out _, out _) && !person.Credentials.HasSecondFactor && person.Attempt is { } attempt)
            failures.Succeeded(attempt);
        return begun;
    }

    /// <summary>The second step: the code is taken in the transaction that begins the session, so that it begins one only.</summary>
    public Task<Outcome<SignInProgress>> Code(HttpContext http, SignedIn? before, Recognised person, string? code) =>
        Try<SignInProgress>(http, User.EmailKey(person.User.Email), async attempt =>
        {
            var begun = await database.Write<SignInProgress>(async session =>
            {
                if (!await IsStill(session, person) || await secondFactors.Take(session, person.User, person.Credentials, code) is not { } recovery)
                    return PersonRefused.CodeWrong;

                var gone = await sessions.GoOn(session, http, before, person with { Methods = Recognised.PasswordAndCode }, recovery ? "password and recovery code" : "password and authenticator");
                return gone.TryGet(out _, out _) ? gone : PersonRefused.CodeWrong;
            });
            if (begun.TryGet(out _, out _))
                failures.Succeeded(attempt);
            return (begun, person.User);
        });

    /// <summary>Somebody whose password is too old chooses another, which ends their sessions, as ever.</summary>
    public async Task<Outcome<SignInProgress>> NewPassword(HttpContext http, SignedIn? before, Recognised person, string? fresh)
    {
        var user = person.User;
        if (PasswordRules.WhyNot(fresh, user.Email, user.Name, person.Policy) is { } whyNot)
            return whyNot;
        if (!(await hashing.Compare(person.Credentials.PasswordHash, fresh, http.RequestAborted)).TryGet(out var match, out var refusal))
            return refusal;
        if (match != PasswordMatch.Wrong)
            return PersonRefused.PasswordSame;
        if (!(await hashing.Hash(fresh!, http.RequestAborted)).TryGet(out var hash, out refusal))
            return refusal;

        return await database.Write<SignInProgress>(async session =>
        {
            if (!await IsStill(session, person))
                return PersonRefused.PasswordWrong;
            if (!(await passwords.Set(session, new Actor(user.Email, People.AddressOf(http)), user.Id, hash, "password.change", except: null)).TryGet(out _, out var refusal))
                return refusal;

            return await sessions.GoOn(session, http, before, user.Id, person.Methods, person.ShowedTwo ? "new password and authenticator" : "new password");
        });
    }

    /// <summary>Somebody who needs a second factor has one from here on, and has shown it.</summary>
    /// <returns>The recovery codes too, which nobody sees again.</returns>
    public async Task<Outcome<(IReadOnlyList<string> Codes, SignInProgress Progress)>> SecondFactor(HttpContext http, SignedIn? before, Recognised person, string? code)
    {
        var user = person.User;
        if (!(await secondFactors.Confirm(new Actor(user.Email, People.AddressOf(http)), user, here: null, code)).TryGet(out var codes, out var refusal))
            return refusal;

        var begun = await database.Write<SignInProgress>(session => sessions.GoOn(session, http, before, user.Id, Recognised.PasswordAndCode, "password and new authenticator"));
        return begun.TryGet(out var progress, out refusal) ? (codes, progress) : refusal;
    }

    /// <summary>A passkey in the place of password and code; it is taken in the transaction that begins the session. There is nothing to guess, so that nobody has to wait.</summary>
    /// <param name="state">Of the question that the browser was asked.</param>
    /// <param name="answer">What the browser said, in JSON.</param>
    public async Task<Outcome<SignInProgress>> Passkey(HttpContext http, SignedIn? before, string state, string? answer) => await passkeys.Knows(answer)
        ? await database.Write<SignInProgress>(async session =>
            (await passkeys.Show(session, state, answer)).TryGet(out var shown, out var refusal) ? await sessions.GoOn(session, http, before, shown.User.Id, shown.Passkey.Methods, "passkey") : refusal)
        : PersonRefused.Passkey;

    // Under a hold, since what follows from it is decided here.
    private static async Task<bool> IsStill(Session session, Recognised person) =>
        await UserStore.FindAndHold(session, person.User.Id) is { Status: UserStatus.Active } && (await CredentialStore.Find(session, person.User.Id))!.Value.Credentials.Stamp == person.Credentials.Stamp;

    // Counts the try before it is made; what was no guess is taken back.
    private async Task<Outcome<T>> Try<T>(HttpContext http, string key, Func<Attempt, Task<(Outcome<T>, User? Known)>> guess)
        where T : notnull
    {
        // A flood costs no look-up while it has to wait.
        var from = http.Connection.RemoteIpAddress;
        if (failures.WaitOf(key, from) is { } already)
            return PersonRefused.Delayed(already);

        var attempt = failures.Begin(key, from, await policies.OfSignIn(key));
        if (attempt.Wait is { } wait)
            return PersonRefused.Delayed(wait);

        try
        {
            var (outcome, known) = await guess(attempt);
            if (outcome.TryGet(out _, out var refusal))
                return outcome;
            if (refusal.Error.Status == StatusCodes.Status429TooManyRequests)
                failures.TakeBack(attempt);
            else if (attempt.Delays is { } delay && known is not null)
                lockOuts.Record(known, People.AddressOf(http), delay);

            return outcome;
        }
        catch
        {
            failures.TakeBack(attempt);
            throw;
        }
    }

    // Not worth a refusal: the next sign-in tries again.
    private async Task Rehash(Guid id, string before, string password)
    {
        if (!(await hashing.Hash(password)).TryGet(out var after, out _))
            return;

        await database.Write<bool>(async session =>
        {
            await CredentialStore.Rehash(session, id, before, after);
            return true;
        });
    }
}
