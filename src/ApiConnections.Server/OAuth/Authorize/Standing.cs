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
    public static async Task<Standing?> Read(Session session, string consumer, Guid user, ModuleCatalogue catalogue) =>
        (await Read(session, [(consumer, user)], catalogue)).GetValueOrDefault((consumer, user));

    /// <summary>The same for many apps and people; those that may not ask, or be asked, are not in it.</summary>
    public static async Task<IReadOnlyDictionary<(string Consumer, Guid User), Standing>> Read(Session session, IReadOnlyCollection<(string Consumer, Guid User)> of, ModuleCatalogue catalogue)
    {
        var consumers = (await ConsumerStore.FindAll(session, [.. of.Select(pair => pair.Consumer).Distinct()])).ToDictionary(consumer => consumer.Key);
        var companies = (await CompanyStore.FindAll(session, [.. consumers.Values.Select(consumer => consumer.CompanyId).Distinct()])).ToDictionary(company => company.Id);
        var users = (await UserStore.FindAll(session, [.. of.Select(pair => pair.User).Distinct()])).ToDictionary(user => user.Id);
        var groupsOfUsers = users.Values.Select(user => user.GroupId).OfType<Guid>();
        var groups = (await GroupStore.FindAll(session, [.. consumers.Values.Select(consumer => consumer.GroupId).Concat(groupsOfUsers).Distinct()])).ToDictionary(group => group.Id);

        var standings = new Dictionary<(string, Guid), Standing>();
        foreach (var pair in of)
        {
            if (consumers.GetValueOrDefault(pair.Consumer) is { Status: ConsumerStatus.Active, GrantType: GrantType.AuthorizationCode } consumer
                && companies.GetValueOrDefault(consumer.CompanyId) is { MayUseApis: true } company
                && users.GetValueOrDefault(pair.User) is { Status: UserStatus.Active } user
                && user.CompanyId == company.Id
                && groups.GetValueOrDefault(consumer.GroupId) is { } group)
                standings[pair] = new Standing(consumer, company, user, EffectiveScope.Of(group, user.GroupId is { } id ? groups.GetValueOrDefault(id) : null, company, catalogue));
        }

        return standings;
    }

    public Generations Generations => new(Company.Generation, Consumer.Generation, User.Generation);

    /// <summary>What the person can be asked for.</summary>
    public Outcome<ScopeSet> Offer(RequestedScope scopes, string? requested)
    {
        if (User.GroupId is null)
            return noGroup;

        return scopes.Grant(requested, Allowed);
    }

    /// <summary>Whether an answer may go where the app wants it: to an address that is registered now, or to that of a test that is open now.</summary>
    public bool Takes(AskingApp app, IReadOnlySet<Guid> openTrials) =>
        app.Trial is { } trial ? openTrials.Contains(trial.Id) : Consumer.CallbackUrls.Any(callback => callback.Allows(app.RedirectUri.Value));

    /// <summary>Which of the tests that these requests belong to still wait for their answer.</summary>
    public static Task<IReadOnlySet<Guid>> OpenTrials(Session session, IEnumerable<AskingApp> apps, TimeProvider time) =>
        TrialStore.Open(session, [.. apps.Select(app => app.Trial?.Id).OfType<Guid>().Distinct()], time.GetUtcNow());

    /// <summary>Whether the person has answered all that is offered before, and an answer without a page can reach nobody but the app.</summary>
    public bool Remembers(Authorization? live, ScopeSet offered, RedirectUri redirectUri) =>
        Consumer.Confidential && redirectUri.IsHttps && live is not null
        && offered.IsSubsetOf(live.Scope.Union(live.Declined))
        && offered.Intersect(Consumer.RequiredScopes).IsSubsetOf(live.Scope)
        && !offered.Intersect(live.Scope).IsEmpty;
}
