using System.Net;
using ApiConnections.Protocol;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access.Identity;

/// <summary>A signed-in person shows again who they are, with all that they sign in with; their session goes on, and counts as fresh.</summary>
internal sealed class Confirmation(IDatabase database, Passwords passwords, SecondFactors secondFactors, Passkeys passkeys, FailedSignIns failures, CompanyPolicies policies, TimeProvider time)
{
    /// <summary>Whether a code goes with the password, and whether a passkey can take the place of both.</summary>
    public async Task<(bool Code, bool Passkey)> Ways(SignedIn person) => await database.Read(session => CredentialStore.Find(session, person.User.Id)) is { Credentials: var credentials }
        ? (credentials.HasSecondFactor, passkeys.ArePossible && credentials.Passkeys > 0)
        : default;

    /// <summary>Asks for one of their passkeys; null where they have none any more, or browsers know none for this address.</summary>
    public async Task<PasskeyQuestion?> AskForPasskey(SignedIn person) => (await Ways(person)).Passkey ? await passkeys.AskForOneOf(person.User) : null;

    /// <summary>With a passkey in the place of all that.</summary>
    /// <param name="answer">What the browser said, in JSON.</param>
    public Task<Outcome<DateTimeOffset>> Confirm(SignedIn person, PasskeyQuestion question, string? answer) => database.Write<DateTimeOffset>(async session =>
    {
        if (!(await passkeys.Show(session, question.State, answer)).TryGet(out var shown, out var refusal))
            return refusal;
        if (shown.User.Id != person.User.Id)
            return PersonRefused.Passkey;

        var now = time.GetUtcNow();
        await SessionStore.Confirmed(session, person.Session.Id, now);
        return now;
    });

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
