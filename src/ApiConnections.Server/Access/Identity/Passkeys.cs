using System.Security.Cryptography;
using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access.Identity;

/// <summary>A person who has shown one of their passkeys.</summary>
internal sealed record ShownPasskey(User User, Passkey Passkey);

/// <summary>
/// People's passkeys: added, renamed, removed, and shown in the place of a password. What was signed for a challenge is taken once, within five minutes, and only while the passkey is
/// there and its person active.
/// </summary>
internal sealed partial class Passkeys(IDatabase database, PasskeyCeremonies ceremonies, AuditLog log, TimeProvider time, ILogger<Passkeys> logger)
{
    public bool ArePossible => ceremonies.ArePossible;

    public Task<IReadOnlyList<Passkey>> Of(User user) => database.Read(session => PasskeyStore.OfUser(session, user.Id));

    /// <summary>Asks for a new passkey of a person. Their password was asked before (<see cref="Passwords.Prove"/>).</summary>
    public async Task<PasskeyQuestion> AskForNew(User user) => await ceremonies.AskForNew(user, await Of(user));

    /// <summary>Asks for one of the passkeys that the browser knows; it is not told whose.</summary>
    public Task<PasskeyQuestion> AskForAny() => ceremonies.AskForOne(null, []);

    /// <summary>Asks for one of a person's passkeys.</summary>
    public async Task<PasskeyQuestion> AskForOneOf(User user) => await ceremonies.AskForOne(user, await Of(user));

    /// <summary>What a person calls a passkey.</summary>
    public static Outcome<string> Name(string? typed) => DisplayText.Read("The name", typed, Passkey.LongestName, required: true).Text is { } name ? name : PersonRefused.PasskeyName;

    /// <param name="state">Of the question that the browser was asked.</param>
    /// <param name="answer">What the browser said, in JSON.</param>
    public Task<Outcome<Passkey>> Add(Actor actor, User person, string? typed, string state, string? answer) => database.Write<Passkey>(async session =>
    {
        if (!Name(typed).TryGet(out var name, out var refusal))
            return refusal;
        if (await UserStore.FindAndHold(session, person.Id) is not { Status: UserStatus.Active } user)
            return PersonRefused.Passkey;

        var there = await PasskeyStore.OfUser(session, user.Id);
        if (there.Count >= Passkey.MostOfPerson)
            return PersonRefused.PasskeysTooMany;

        var (made, whyNot) = await ceremonies.CheckNew(user, there, state, answer);
        if (made is null)
            return Refuse(whyNot);
        if (!await Take(session, state))
            return Refuse("the challenge was used before");

        var now = time.GetUtcNow();
        var passkey = new Passkey(
            Guid.CreateVersion7(now), user.Id, made.CredentialId, made.PublicKey, name, made.SignCount, made.IsBackupEligible, made.IsBackedUp, Known(made.Transports), now, null);
        if (!await PasskeyStore.Insert(session, passkey))
            return PersonRefused.PasskeyThere;

        await log.Append(session, actor, user.CompanyId, Persons.Module, "passkey.add", user.Id.ToString(), new { user.Email, passkey = passkey.Id, passkey.Name, synced = passkey.BackupEligible });
        return passkey;
    });

    public Task<Outcome<Passkey>> Rename(Actor actor, User user, Guid id, string? typed) => database.Write<Passkey>(async session =>
    {
        if (!Name(typed).TryGet(out var name, out var refusal))
            return refusal;

        await UserStore.FindAndHold(session, user.Id);
        if (await Find(session, user, id) is not { } before || !await PasskeyStore.Rename(session, user.Id, id, name))
            return PersonRefused.PasskeyMissing;
        if (before.Name != name)
            await log.Append(session, actor, user.CompanyId, Persons.Module, "passkey.rename", user.Id.ToString(), new { user.Email, passkey = id, before = before.Name, after = name });
        return before with { Name = name };
    });

    /// <summary>
    /// Nobody signs in with it any more, and sessions that began with a passkey end: whoever has the device may be in one of them. The last one stays where the company
    /// asks for a second factor and there is no other.
    /// </summary>
    /// <param name="here">The session in which it is done, which goes on.</param>
    public Task<Outcome<Passkey>> Remove(Actor actor, User person, Guid? here, Guid id) => database.Write<Passkey>(async session =>
    {
        if (await UserStore.FindAndHold(session, person.Id) is not { } user || await Find(session, user, id) is not { } passkey)
            return PersonRefused.PasskeyMissing;

        var credentials = (await CredentialStore.Find(session, user.Id))!.Value.Credentials;
        if (credentials is { HasSecondFactor: false, Passkeys: 1 } && (await SecurityPolicyStore.Of(session, user.CompanyId)).AsksSecondFactor(user.Role))
            return PersonRefused.SecondFactorRequired;

        await PasskeyStore.Remove(session, user.Id, id);
        var ended = await SessionStore.EndAllOfPasskeys(session, user.Id, "passkey.remove", time.GetUtcNow(), here);
        await log.Append(session, actor, user.CompanyId, Persons.Module, "passkey.remove", user.Id.ToString(), new { user.Email, passkey = id, passkey.Name, sessions_ended = ended });
        return passkey;
    });

    /// <summary>Takes all passkeys of somebody away who has lost them; sessions that began with one end.</summary>
    /// <param name="who">Whose: their e-mail address or id.</param>
    /// <returns>How many there were.</returns>
    public Task<Outcome<int>> RemoveAllOf(Actor actor, string who) => database.Write<int>(async session =>
    {
        if (!(await PersonLookup.Find(session, actor, who, time.GetUtcNow(), recent: true)).TryGet(out var user, out var refusal))
            return refusal;

        await UserStore.FindAndHold(session, user.Id);
        var removed = await PasskeyStore.RemoveAllOf(session, user.Id);
        var ended = await SessionStore.EndAllOfPasskeys(session, user.Id, "passkey.remove_all", time.GetUtcNow(), actor.Session);
        if (removed + ended > 0)
            await log.Append(session, actor, user.CompanyId, Persons.Module, "passkey.remove_all", user.Id.ToString(), new { user.Email, removed, sessions_ended = ended });
        return removed;
    });

    /// <summary>Whether somebody has the passkey that an answer claims to come from: what is nobody's needs no transaction to be refused.</summary>
    public async Task<bool> Knows(string? answer) =>
        PasskeyCeremonies.CredentialOf(answer) is { } credential && await database.Read(session => PasskeyStore.FindByCredential(session, credential)) is not null;

    /// <summary>Takes what a browser signed with a passkey, in the transaction of what it allows, which holds the person from here on.</summary>
    /// <inheritdoc cref="Add"/>
    public async Task<Outcome<ShownPasskey>> Show(Session session, string state, string? answer)
    {
        if (PasskeyCeremonies.CredentialOf(answer) is not { } credential || await PasskeyStore.FindByCredential(session, credential) is not { } found)
            return Refuse("no such passkey");
        // Under the hold it may be gone.
        if (await UserStore.FindAndHold(session, found.UserId) is not { Status: UserStatus.Active } user || await PasskeyStore.FindByCredential(session, credential) is not { } passkey)
            return Refuse("the passkey was removed, or its person disabled");

        var (used, whyNot) = await ceremonies.Check(user, passkey, state, answer);
        if (used is null)
            return Refuse(whyNot);
        if (!await Take(session, state))
            return Refuse("the challenge was used before");

        await PasskeyStore.Used(session, passkey.Id, used.SignCount, used.IsBackedUp, time.GetUtcNow());
        return new ShownPasskey(user, passkey);
    }

    private Task<bool> Take(Session session, string state) =>
        PasskeyStore.Take(session, SHA256.HashData(Encoding.UTF8.GetBytes(state)), time.GetUtcNow() + PasskeyCeremonies.Lifetime);

    private static async Task<Passkey?> Find(Session session, User user, Guid id) => (await PasskeyStore.OfUser(session, user.Id)).FirstOrDefault(passkey => passkey.Id == id);

    // Words of the standard; anything else that a browser says is of no use.
    private static string[] Known(string[]? transports) => [.. (transports ?? []).Intersect(["usb", "nfc", "ble", "smart-card", "hybrid", "internal"])];

    private Refusal Refuse(string? why)
    {
        LogRefused(logger, LoggedText.Of(why));
        return PersonRefused.Passkey;
    }

    [LoggerMessage(LogLevel.Information, "A passkey was not accepted: {Why}")]
    private static partial void LogRefused(ILogger logger, string why);
}
