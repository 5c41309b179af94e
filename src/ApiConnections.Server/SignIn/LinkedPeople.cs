using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.SignIn;

/// <summary>What one-time links allow, each in one transaction that uses the link up: of two posts one does it.</summary>
internal sealed class LinkedPeople(IDatabase database, PersonLinks links, Passwords passwords, NewSessions sessions, AuditLog log, TimeProvider time)
{
    /// <summary>Somebody who was invited may sign in from now on, and is signed in here where the company asks for nothing else.</summary>
    /// <param name="before">Who is signed in in this browser until now.</param>
    public Task<Outcome<SignInProgress>> Accept(HttpContext http, SignedIn? before, string? token, string passwordHash) => database.Write<SignInProgress>(async session =>
    {
        if (!(await links.Take(session, token, LinkPurpose.Invitation)).TryGet(out var opened, out var refusal))
            return refusal;

        Languages.OfCompany(http, opened.Company);
        var (user, now) = (opened.User, time.GetUtcNow());
        if (!await PersonLinkStore.Accept(session, user.Id, Languages.Of(http, null)))
            return PersonLinks.Used;

        await CredentialStore.SetPassword(session, user.Id, passwordHash, Persons.NewStamp(), now);
        await log.Append(session, new Actor(user.Email, People.AddressOf(http)), user.CompanyId, Persons.Module, "invitation.accept", user.Id.ToString(), new { user.Email });
        return await sessions.GoOn(session, http, before, user.Id, Recognised.Password, "invitation");
    });

    /// <summary>Somebody who has forgotten their password has another; their sessions end, and what apps hold for them.</summary>
    public Task<Outcome<User>> ChangePassword(HttpContext http, string? token, string passwordHash) => database.Write<User>(async session =>
        (await links.Take(session, token, LinkPurpose.Password)).TryGet(out var opened, out var refusal)
            ? await passwords.Set(session, new Actor(opened.User.Email, People.AddressOf(http)), opened.User.Id, passwordHash, "password.reset_by_link", except: null)
            : refusal);
}
