using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.SignIn;

/// <summary>What somebody has to do next to be signed in.</summary>
internal enum SignInStep
{
    /// <summary>Show a code of their authenticator app.</summary>
    Code,

    /// <summary>Choose another password: theirs is older than the company allows.</summary>
    NewPassword,

    /// <summary>Set a second factor up: the company asks for one.</summary>
    SecondFactor,

    /// <summary>Show a passkey: the company asks for a second factor, and theirs is one.</summary>
    Passkey,

    Done,
}

/// <summary>A session that was just begun, and the value for its cookie.</summary>
internal sealed record NewSession(SignedIn Person, string Cookie)
{
    public override string ToString() => "***";
}

/// <summary>How far somebody has come.</summary>
/// <param name="Session">Null where a step is left.</param>
internal sealed record SignInProgress(Recognised Person, NewSession? Session);

/// <summary>
/// Begins sessions, where nothing is left to do that the company's policy asks for; there is no other way to begin one. Every sign-in has an id of its own, so that nobody
/// can plant one, and ends what was in that browser before.
/// </summary>
internal sealed class NewSessions(Sessions sessions, Passkeys passkeys, People people, PendingSignIns pending, Pages pages, AuditLog log, TimeProvider time)
{
    public SignInStep Next(Recognised person)
    {
        var (user, credentials, policy) = (person.User, person.Credentials, person.Policy);
        if (credentials.HasSecondFactor && !person.ShowedTwo)
            return SignInStep.Code;
        if (person.ShowedPassword && policy.IsExpired(credentials.PasswordChangedAt ?? user.CreatedAt, time.GetUtcNow()))
            return SignInStep.NewPassword;

        if (!policy.AsksSecondFactor(user.Role) || person.ShowedTwo)
            return SignInStep.Done;

        // Who has a passkey cannot put an authenticator app in its place with the password alone.
        return credentials.Passkeys > 0 && passkeys.ArePossible ? SignInStep.Passkey : SignInStep.SecondFactor;
    }

    /// <summary>Begins one in the caller's transaction, with its record in the log, unless something is left to do.</summary>
    /// <param name="before">Who is signed in in this browser until now.</param>
    /// <param name="with">How the person showed who they are, or how they were made.</param>
    public async Task<Outcome<SignInProgress>> GoOn(Session session, HttpContext http, SignedIn? before, Recognised person, string with)
    {
        if (Next(person) != SignInStep.Done)
            return new SignInProgress(person, null);

        var user = person.User;
        if (!await CredentialStore.SignIn(session, user.Id, person.Credentials.Stamp, time.GetUtcNow()))
            return PersonRefused.PasswordWrong;

        var ip = People.AddressOf(http);
        if (before is not null)
            await SessionStore.End(session, before.User.Id, before.Session.Id, "session.begin", time.GetUtcNow());

        var (begun, cookie) = await sessions.Begin(session, user, person.Policy, person.Methods, ip, http.Request.Headers.UserAgent.ToString());
        await log.Append(session, new Actor(user.Email, ip), user.CompanyId, Persons.Module, "session.begin", user.Id.ToString(), new { user.Email, session = begun.Id, with, instead_of = before?.Session.Id });
        return new SignInProgress(person, new NewSession(new SignedIn(begun, user), cookie));
    }

    /// <summary>The same of somebody whose rows were just written.</summary>
    /// <param name="methods">How they have shown who they are (RFC 8176).</param>
    public async Task<Outcome<SignInProgress>> GoOn(Session session, HttpContext http, SignedIn? before, Guid user, string methods, string with)
    {
        var (found, credentials) = (await CredentialStore.Find(session, user))!.Value;
        return await GoOn(session, http, before, new Recognised(found, credentials, await SecurityPolicyStore.Of(session, found.CompanyId), methods), with);
    }

    /// <summary>Once it is committed: puts the session into the browser and leads on, or to the step that is left.</summary>
    /// <param name="path">Where the person wants to go.</param>
    public void Enter(HttpContext http, SignInProgress progress, string path)
    {
        if (Keep(http, progress))
            pages.See(http, path);
        else
            pages.See(http, LocalReturn.On(PathOf(Next(progress.Person)), path));
    }

    /// <summary>Puts the session, or how far they have come, into the browser.</summary>
    /// <returns>Whether they are signed in.</returns>
    public bool Keep(HttpContext http, SignInProgress progress)
    {
        if (progress.Session is not { } session)
        {
            pending.Put(http, progress.Person);
            return false;
        }

        pending.Remove(http);
        people.SignIn(http, session.Person, session.Cookie);
        return true;
    }

    public static string PathOf(SignInStep step) => step switch
    {
        SignInStep.Code => SignInPages.CodePath,
        SignInStep.NewPassword => StepPages.PasswordPath,
        SignInStep.SecondFactor => StepPages.FactorPath,
        SignInStep.Passkey => PasskeyPages.Path,
        _ => SignInPages.Path,
    };
}
