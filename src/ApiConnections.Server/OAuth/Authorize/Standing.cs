using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.OAuth.Authorize;

/// <summary>What a consent is decided on.</summary>
/// <param name="Allowed">What the app may do at most for this person.</param>
internal sealed record Standing(Consumer Consumer, Company Company, User User, ScopeSet Allowed)
{
    private static readonly Refusal noGroup = OAuthError.AccessDenied.Because("This person may not allow anything: no permission group was given to them.");

    /// <summary>
    /// As the rows say now. Nothing is held: a disabling would have to wait for a stream of consents that never ends. What is read carries its
    /// generations into the code, and the redemption compares them; therefore they are read before the groups.
    /// </summary>
    /// <returns>Null where the app may not ask this person, or not any more.</returns>
    public static async Task<Standing?> Read(Session session, string key, Guid userId, ModuleCatalogue catalogue)
    {
        if (await ConsumerStore.Find(session, key) is not { Status: ConsumerStatus.Active, GrantType: GrantType.AuthorizationCode } consumer
            || await CompanyStore.Find(session, consumer.CompanyId) is not { MayUseApis: true } company
            || await UserStore.Find(session, userId) is not { Status: UserStatus.Active } user
            || user.CompanyId != company.Id
            || await GroupStore.Find(session, consumer.GroupId) is not { } group)
            return null;

        var persons = user.GroupId is not { } id ? null : id == group.Id ? group : await GroupStore.Find(session, id);
        return new Standing(consumer, company, user, EffectiveScope.Of(group, persons, company, catalogue));
    }

    public Generations Generations => new(Company.Generation, Consumer.Generation, User.Generation);

    /// <summary>What the person can be asked for.</summary>
    public Outcome<ScopeSet> Offer(RequestedScope scopes, string? requested)
    {
        if (User.GroupId is null)
            return noGroup;

        return scopes.Grant(requested, Allowed);
    }

    public bool Takes(string redirectUri) => Consumer.CallbackUrls.Any(callback => callback.Allows(redirectUri));

    /// <summary>Whether the person has answered all that is offered before, and an answer without a page can reach nobody but the app.</summary>
    public bool Remembers(Authorization? live, ScopeSet offered, RedirectUri redirectUri) =>
        Consumer.Confidential && redirectUri.IsHttps && live is not null
        && offered.IsSubsetOf(live.Scope.Union(live.Declined))
        && offered.Intersect(Consumer.RequiredScopes).IsSubsetOf(live.Scope)
        && !offered.Intersect(live.Scope).IsEmpty;
}
