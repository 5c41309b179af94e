using System.Net;
using ApiConnections.Protocol;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.SignIn;

/// <summary>
/// The two steps of signing in. Somebody unknown, without a password or disabled is answered by the same steps as a wrong password: one count, one look-up, one
/// hash, one comparison.
/// </summary>
internal sealed class SignInSteps(IDatabase database, PasswordHashing hashing, FailedSignIns failures, SecondFactors secondFactors, NewSessions sessions, LockOuts lockOuts, TimeProvider time)
{
    /// <summary>The first step. A right password of somebody with a second factor is not yet a success, and forgives no failures.</summary>
    public async Task<Outcome<Recognised>> Password(HttpContext http, string? email, string? password)
    {
        // What cannot be an address is looked for all the same, and found nowhere.
        var key = EmailAddress.Read(email).Address is { } address ? User.EmailKey(address) : "";
        return await Try<Recognised>(http, key, async () =>
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
                failures.TakeBack(key, http.Connection.RemoteIpAddress);
            return (new Recognised(found.Value.User, found.Value.Credentials), null);
        });
    }

    /// <summary>After the password alone, where there is no second factor.</summary>
    public async Task<Outcome<NewSession>> Begin(HttpContext http, Access.SignedIn? before, Recognised person)
    {
        var begun = await database.Write<NewSession>(async session => await CredentialStore.SignIn(session, person.User.Id, person.Credentials.Stamp, time.GetUtcNow())
            ? await sessions.Begin(session, http, before, person.User, "pwd", "pwd")
            : PersonRefused.PasswordWrong);
        if (begun.TryGet(out _, out _))
            failures.Succeeded(User.EmailKey(person.User.Email), http.Connection.RemoteIpAddress);
        return begun;
    }

    /// <summary>The second step: the code is taken in the transaction that begins the session, so that it begins one only.</summary>
    public async Task<Outcome<NewSession>> Code(HttpContext http, Access.SignedIn? before, Recognised person, string? code)
    {
        var key = User.EmailKey(person.User.Email);
        return await Try<NewSession>(http, key, async () =>
        {
            var begun = await database.Write<NewSession>(async session =>
            {
                if (!await CredentialStore.SignIn(session, person.User.Id, person.Credentials.Stamp, time.GetUtcNow()) || await secondFactors.Take(session, person.User, person.Credentials, code) is not { } recovery)
                    return PersonRefused.CodeWrong;

                return await sessions.Begin(session, http, before, person.User, "pwd otp", recovery ? "password and recovery code" : "password and authenticator");
            });
            if (begun.TryGet(out _, out _))
                failures.Succeeded(key, http.Connection.RemoteIpAddress);
            return (begun, person.User);
        });
    }

    // Counts the try before it is made; what was no guess is taken back.
    private async Task<Outcome<T>> Try<T>(HttpContext http, string key, Func<Task<(Outcome<T>, User? Known)>> guess)
        where T : notnull
    {
        IPAddress? ip = http.Connection.RemoteIpAddress;
        var attempt = failures.Begin(key, ip);
        if (attempt.Wait is { } wait)
            return PersonRefused.Delayed(wait);

        try
        {
            var (outcome, known) = await guess();
            if (outcome.TryGet(out _, out var refusal))
                return outcome;
            if (refusal.Error.Status == StatusCodes.Status429TooManyRequests)
                failures.TakeBack(key, ip);
            else if (attempt.Delays is { } delay && known is not null)
                lockOuts.Record(known, People.AddressOf(http), delay);

            return outcome;
        }
        catch
        {
            failures.TakeBack(key, ip);
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
