using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.SignIn;

/// <summary>A session that was just begun, and the value for its cookie.</summary>
internal sealed record NewSession(SignedIn Person, string Cookie)
{
    public override string ToString() => "***";
}

/// <summary>Begins sessions. Every sign-in has an id of its own, so that nobody can plant one, and ends what was in that browser before.</summary>
internal sealed class NewSessions(Sessions sessions, People people, AuditLog log, TimeProvider time)
{
    /// <summary>Begins one in the caller's transaction, with its record in the log.</summary>
    /// <param name="before">Who is signed in in this browser until now.</param>
    /// <param name="with">How the person showed who they are (RFC 8176), or how they were made.</param>
    public async Task<NewSession> Begin(Session session, HttpContext http, SignedIn? before, User user, string methods, string with)
    {
        var ip = People.AddressOf(http);
        if (before is not null)
            await SessionStore.End(session, before.User.Id, before.Session.Id, "session.begin", time.GetUtcNow());

        var (begun, cookie) = await sessions.Begin(session, user, methods, ip, http.Request.Headers.UserAgent.ToString());
        await log.Append(session, new Actor(user.Email, ip), user.CompanyId, Persons.Module, "session.begin", user.Id.ToString(), new { user.Email, session = begun.Id, with, instead_of = before?.Session.Id });
        return new NewSession(new SignedIn(begun, user), cookie);
    }

    /// <summary>Puts it into the browser, once it is committed.</summary>
    public void Enter(HttpContext http, NewSession session) => people.SignIn(http, session.Person, session.Cookie);
}
