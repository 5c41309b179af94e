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
    public static readonly Refusal NotAllowed = new OAuthError("not_allowed", 403).Because("Your role does not allow this; ask a super administrator.");

    /// <summary>Whether a person's role opens the console to them.</summary>
    public static bool MayEnter(User user) => user.Role != UserRole.User;

    /// <summary>Whether they may look at all of the company; a developer sees only consumers of their own, and what hangs on these.</summary>
    public static bool MaySeeAll(User user) => user.Role is UserRole.SuperAdministrator or UserRole.Auditor;

    /// <summary>Whether they may change all of the company.</summary>
    public static bool MayChangeAll(User user) => user.Role == UserRole.SuperAdministrator;

    /// <summary>Whether they may make consumers, and change those that are theirs.</summary>
    public static bool MayChangeConsumers(User user) => user.Role is UserRole.SuperAdministrator or UserRole.IntegrationDeveloper;

    /// <summary>Why <paramref name="actor"/> may not change what is that company's; null where they may.</summary>
    /// <param name="missing">Said of what is another company's, as if there were no such thing.</param>
    /// <param name="recent">For what needs a sign-in of the last ten minutes.</param>
    public static Task<Refusal?> WhyNot(Session session, Actor actor, Guid? company, Refusal missing, DateTimeOffset now, bool recent = false) =>
        WhyNot(Look(session, actor, MayChangeAll, user => user.CompanyId == company, missing, now, recent));

    /// <summary>Why <paramref name="actor"/> may not look at what is that company's; null where they may.</summary>
    /// <param name="missing">Said of what is another company's, as if there were no such thing.</param>
    public static Task<Refusal?> WhyNotSee(Session session, Actor actor, Guid? company, Refusal missing, DateTimeOffset now) =>
        WhyNot(Look(session, actor, MaySeeAll, user => user.CompanyId == company, missing, now));

    /// <summary>Why <paramref name="actor"/> may not look at a consumer, or at what hangs on it; null where they may.</summary>
    /// <param name="missing">Said of what is another company's, or another developer's, as if there were no such consumer.</param>
    public static Task<Refusal?> WhyNotSee(Session session, Actor actor, Consumer? consumer, Refusal missing, DateTimeOffset now) =>
        WhyNot(Look(session, actor, MayEnter, user => Reaches(user, consumer), missing, now));

    /// <summary>How far <paramref name="actor"/> may change a consumer.</summary>
    /// <param name="missing">Said of what is another company's, or another developer's, as if there were no such consumer.</param>
    /// <param name="recent">For what needs a sign-in of the last ten minutes.</param>
    /// <param name="hold">Holds the person until the transaction ends, so that they cannot be demoted meanwhile; after the consumer, by the lock order.</param>
    public static Task<Outcome<Reach>> OverConsumer(Session session, Actor actor, Consumer? consumer, Refusal missing, DateTimeOffset now, bool recent = false, bool hold = false) =>
        Look(session, actor, MayChangeConsumers, user => Reaches(user, consumer), missing, now, recent, hold);

    /// <summary>Which consumers of a company <paramref name="actor"/> may look at.</summary>
    public static Task<Outcome<Reach>> OverConsumers(Session session, Actor actor, Guid company, Refusal missing, DateTimeOffset now) =>
        Look(session, actor, MayEnter, user => user.CompanyId == company, missing, now);

    /// <summary>As whom <paramref name="actor"/> may make a consumer of a company.</summary>
    /// <param name="hold">As above.</param>
    public static Task<Outcome<Reach>> ToMakeConsumers(Session session, Actor actor, Guid company, Refusal missing, DateTimeOffset now, bool hold = false) =>
        Look(session, actor, MayChangeConsumers, user => user.CompanyId == company, missing, now, recent: true, hold);

    private static bool Reaches(User user, Consumer? consumer) =>
        user.CompanyId == consumer?.CompanyId && (user.Role != UserRole.IntegrationDeveloper || user.Id == consumer.OwnerId);

    private static async Task<Refusal?> WhyNot(Task<Outcome<Reach>> look) => (await look).TryGet(out _, out var refusal) ? null : refusal;

    private static async Task<Outcome<Reach>> Look(
        Session session, Actor actor, Func<User, bool> may, Func<User, bool> reaches, Refusal missing, DateTimeOffset now, bool recent = false, bool hold = false)
    {
        if (actor.Session is not { } id)
            return Reach.Everything;
        if (await SessionStore.FindById(session, id, hold) is not { } found || !found.Session.IsLiveAt(now) || found.User.Status != UserStatus.Active)
            return SignedOut;
        if (!may(found.User))
            return NotAllowed;
        if (!reaches(found.User))
            return missing;

        return recent && found.Session.AuthenticatedAt + ShownFor < now ? ShowAnew : new Reach(found.User);
    }
}

/// <summary>How far somebody's rights over consumers reach.</summary>
/// <param name="Person">Null for the command line.</param>
internal sealed record Reach(User? Person)
{
    public static readonly Reach Everything = new((User?)null);

    /// <summary>The developer whose consumers alone it is about; null for all of the company.</summary>
    public Guid? Owner => Person is { Role: UserRole.IntegrationDeveloper } developer ? developer.Id : null;

    /// <summary>The permission groups that they may hand out; null for all of the company.</summary>
    public async Task<IReadOnlySet<Guid>?> Groups(Session session) => Owner is { } developer ? await UserGroupStore.Of(session, developer) : null;

    /// <summary>Whether they may put a consumer into that group. To be asked under the hold of the person, whose groups only change under it.</summary>
    public async Task<bool> HandsOut(Session session, Guid group) => await Groups(session) is not { } groups || groups.Contains(group);
}
