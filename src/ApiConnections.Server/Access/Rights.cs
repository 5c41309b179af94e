using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>
/// What whoever calls a function of a room may do: looked up by the function itself, in its own reading or transaction, so that no page has to. The command
/// line may do everything; a person whatever their role allows, within their company, as long as their session lives.
/// </summary>
internal static class Rights
{
    /// <summary>How long after a sign-in secrets can be made and things ended that cannot be had back.</summary>
    public static readonly TimeSpan ShownFor = TimeSpan.FromMinutes(10);

    public static readonly Refusal SignedOut = new OAuthError("signed_out", 401).Because("The session has ended; sign in again.");
    public static readonly Refusal ShowAnew = new OAuthError("show_anew", 403).Because("The last sign-in was more than ten minutes ago; show again who you are.");
    private static readonly Refusal notAllowed = new OAuthError("not_allowed", 403).Because("Your role does not allow this.");

    /// <summary>Whether a person's role opens the console to them.</summary>
    public static bool MayEnter(User user) => user.Role is UserRole.SuperAdministrator or UserRole.Auditor;

    /// <summary>Whether they may change anything there.</summary>
    public static bool MayChange(User user) => user.Role == UserRole.SuperAdministrator;

    /// <summary>Why <paramref name="actor"/> may not change what is that company's; null where they may.</summary>
    /// <param name="missing">Said of what is another company's, as if there were no such thing.</param>
    /// <param name="recent">For what needs a sign-in of the last ten minutes.</param>
    public static Task<Refusal?> WhyNot(Session session, Actor actor, Guid? company, Refusal missing, DateTimeOffset now, bool recent = false) =>
        Look(session, actor, company, missing, now, MayChange, recent);

    /// <summary>Why <paramref name="actor"/> may not look at what is that company's; null where they may.</summary>
    /// <param name="missing">Said of what is another company's, as if there were no such thing.</param>
    public static Task<Refusal?> WhyNotSee(Session session, Actor actor, Guid? company, Refusal missing, DateTimeOffset now) =>
        Look(session, actor, company, missing, now, MayEnter, recent: false);

    private static async Task<Refusal?> Look(Session session, Actor actor, Guid? company, Refusal missing, DateTimeOffset now, Func<User, bool> may, bool recent)
    {
        if (actor.Session is not { } id)
            return null;
        if (await SessionStore.FindById(session, id) is not { } found || !found.Session.IsLiveAt(now) || found.User.Status != UserStatus.Active)
            return SignedOut;
        if (!may(found.User))
            return notAllowed;
        if (found.User.CompanyId != company)
            return missing;

        return recent && found.Session.AuthenticatedAt + ShownFor < now ? ShowAnew : null;
    }
}
