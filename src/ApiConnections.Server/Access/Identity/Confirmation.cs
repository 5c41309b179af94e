using System.Net;
using ApiConnections.Protocol;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access.Identity;

/// <summary>A signed-in person shows again who they are, with all that they sign in with; their session goes on, and counts as fresh.</summary>
internal sealed class Confirmation(IDatabase database, Passwords passwords, SecondFactors secondFactors, FailedSignIns failures, CompanyPolicies policies, TimeProvider time)
{
    public async Task<bool> NeedsCode(SignedIn person) =>
        await database.Read(session => CredentialStore.Find(session, person.User.Id)) is { Credentials.HasSecondFactor: true };

    /// <param name="ip">From where they ask; failures count as failed sign-ins.</param>
    public async Task<Outcome<DateTimeOffset>> Confirm(SignedIn person, string? password, string? code, string ip)
    {
        var from = IPAddress.TryParse(ip, out var address) ? address : null;
        if (!(await passwords.Prove(person, password, from, codeFollows: true)).TryGet(out _, out var refusal))
            return refusal;

        var attempt = failures.Begin(Model.User.EmailKey(person.User.Email), from, await policies.Of(person.User.CompanyId));
        if (attempt.Wait is { } wait)
            return PersonRefused.Delayed(wait);

        var confirmed = await database.Write<DateTimeOffset>(async session =>
        {
            if (await CredentialStore.Find(session, person.User.Id) is not { } found)
                return PersonRefused.PasswordWrong;
            if (found.Credentials.HasSecondFactor && await secondFactors.Take(session, found.User, found.Credentials, code) is null)
                return PersonRefused.CodeWrong;

            var now = time.GetUtcNow();
            await SessionStore.Confirmed(session, person.Session.Id, now);
            return now;
        });
        if (confirmed.TryGet(out _, out _))
            failures.Succeeded(attempt);
        return confirmed;
    }
}
