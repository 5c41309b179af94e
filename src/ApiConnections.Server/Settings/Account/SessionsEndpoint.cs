using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.Account;

/// <summary>What the page of a person's sessions shows.</summary>
/// <param name="This">The session of the browser that asks.</param>
internal sealed record SessionsView(IReadOnlyList<PersonSession> Sessions, Guid This, SecurityPolicy Policy, TimeZoneInfo Zone, AccountMessage? Message);

/// <summary><c>/account/sessions</c>: where the person is signed in; end one, or all others.</summary>
internal sealed class SessionsEndpoint(AccountPages pages, Persons persons, CompanyPolicies policies)
{
    private const string Others = "others";
    private static readonly AccountMessage gone = new("account.session_missing", Good: false);

    public async Task Show(HttpContext http)
    {
        if (await pages.Person(http) is { } person)
            await Write(http, person, AccountMessage.Done(http, "session_ended", "sessions_ended"));
    }

    public async Task End(HttpContext http)
    {
        if (await pages.Form(http) is not var (person, form))
            return;

        var actor = People.ActorOf(http, person);
        var which = form.One("end");
        if (which == Others && (await persons.EndSessions(actor, person.User.Id.ToString(), person.Session.Id)).TryGet(out _, out _))
            pages.See(http, AccountRoom.Sessions + "?done=sessions_ended");
        // Whoever ends the session they are in has to sign in again: the next page asks for it.
        else if (Guid.TryParse(which, out var id) && (await persons.EndSession(actor, person.User.Id.ToString(), id)).TryGet(out _, out _))
            pages.See(http, AccountRoom.Sessions + "?done=session_ended");
        else
            await Write(http, person, gone, StatusCodes.Status404NotFound);
    }

    private async Task Write(HttpContext http, SignedIn person, AccountMessage? message, int status = StatusCodes.Status200OK)
    {
        (await persons.Sessions(People.ActorOf(http, person), person.User.Id.ToString())).TryGet(out var sessions, out _);
        await pages.Write<SessionsPage, SessionsView>(http, new SessionsView(sessions ?? [], person.Session.Id, await policies.Of(person.User.CompanyId), await pages.ZoneOf(person.User), message), status);
    }
}
