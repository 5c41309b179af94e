using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>A consumer just made; the secret is shown this once. None for a public one.</summary>
internal sealed record CreatedConsumer(Consumer Consumer, Company Company, PermissionGroup Group, ScopeSet Scope, ClientSecret? Secret);

/// <summary>A consumer with what surrounds it.</summary>
/// <param name="Owner">Whose it is; null for nobody's.</param>
internal sealed record ConsumerDetails(
    Consumer Consumer, Company Company, PermissionGroup Group, ScopeSet Scope, IReadOnlyList<StoredSecret> Secrets, IReadOnlyList<Use> SecretUses, bool Allowed, User? Owner);

/// <summary>OAuth consumers: made and shown; what takes access from them again is <see cref="ConsumerAccess"/>.</summary>
internal sealed class Consumers(IDatabase database, ConsumerFields fields, ConsumerChanges ledger, Authorizations authorizations, Secrets secrets, ModuleCatalogue catalogue, TimeProvider time)
{
    private static readonly Refusal missingCompany = Refused.NotFound("There is no such company.");

    public Task<Outcome<CreatedConsumer>> Create(Actor actor, NewConsumer typed) => database.Write<CreatedConsumer>(async session =>
    {
        if (!fields.Check(typed).TryGet(out var check, out var refusal))
            return refusal;
        if (!(await CompanyLookup.Find(session, typed.Company)).TryGet(out var company, out refusal))
            return refusal;
        if (!(await Rights.ToMakeConsumers(session, actor, company.Id, missingCompany, time.GetUtcNow())).TryGet(out _, out refusal))
            return refusal;
        if (string.IsNullOrWhiteSpace(typed.Group) || await GroupStore.FindByNameAndHold(session, company.Id, typed.Group) is not { } group)
            return MissingGroup(typed.Group);
        // Again, now that nobody can take the group or the role away until this ends: in the lock order people come after groups.
        if (!(await Rights.ToMakeConsumers(session, actor, company.Id, missingCompany, time.GetUtcNow(), hold: true)).TryGet(out var reach, out refusal))
            return refusal;
        if (!await reach.HandsOut(session, group.Id))
            return MissingGroup(typed.Group);
        if (!(await Owner(session, reach, company, typed.Owner)).TryGet(out var owner, out refusal))
            return refusal;

        var scope = EffectiveScope.Of(group, company, catalogue);
        if (!check.RequiredScopes.IsSubsetOf(scope))
            return Refused.Invalid($"The group \"{group.Name}\" does not allow {check.RequiredScopes.Except(scope)}, which the consumer cannot work without.");

        var consumer = Made(actor, check, typed.Confidential, company, group) with { OwnerId = owner.Id };
        if (!await ConsumerStore.Insert(session, consumer))
            return Refused.Conflict($"There is a consumer \"{consumer.Name}\" in this company already.");

        var secret = consumer.Confidential ? await secrets.Insert(session, consumer.Key, typed.SecretLabel, expires: null) : null;
        if (consumer.GrantType == GrantType.ClientCredentials && !(await authorizations.Allow(session, consumer)).TryGet(out _, out refusal))
            return refusal;

        await ledger.Record(session, actor, consumer, "consumer.create", Describe(consumer, group, owner.Email));
        return new CreatedConsumer(consumer, company, group, scope, secret?.Clear);
    });

    public Task<Outcome<IReadOnlyList<(Consumer Consumer, PermissionGroup Group)>>> List(string? companyName) =>
        database.Read<Outcome<IReadOnlyList<(Consumer, PermissionGroup)>>>(async session =>
        {
            if (!(await CompanyLookup.Find(session, companyName)).TryGet(out var company, out var refusal))
                return refusal;

            var groups = (await GroupStore.OfCompany(session, company.Id)).ToDictionary(group => group.Id);
            return Outcome.Of<IReadOnlyList<(Consumer, PermissionGroup)>>(
                [.. (await ConsumerStore.OfCompany(session, company.Id)).Where(consumer => groups.ContainsKey(consumer.GroupId)).Select(consumer => (consumer, groups[consumer.GroupId]))]);
        });

    public Task<Outcome<ConsumerDetails>> Show(Actor actor, string key) => database.Read<Outcome<ConsumerDetails>>(async session =>
    {
        var found = await ConsumerStore.Find(session, key);
        if (await Rights.WhyNotSee(session, actor, found, ConsumerChanges.Missing(key), time.GetUtcNow()) is { } notAllowed)
            return notAllowed;
        if (found is not { } consumer)
            return ConsumerChanges.Missing(key);

        var company = (await CompanyStore.Find(session, consumer.CompanyId))!;
        var group = (await GroupStore.Find(session, consumer.GroupId))!;
        var snapshot = await ConsumerSnapshotStore.Find(session, key);
        return new ConsumerDetails(
            consumer,
            company,
            group,
            EffectiveScope.Of(group, company, catalogue),
            await SecretStore.OfConsumers.Of(session, key),
            await ActivityStore.OfSecrets(session, key),
            snapshot?.StandingPermission is not null,
            consumer.OwnerId is { } owner ? await UserStore.Find(session, owner) : null);
    });

    /// <summary>What it asked lately and why it was refused, the latest first.</summary>
    public Task<Outcome<IReadOnlyList<LoggedRequest>>> Requests(Actor actor, string key) => database.Read<Outcome<IReadOnlyList<LoggedRequest>>>(async session =>
    {
        var found = await ConsumerStore.Find(session, key);
        if (await Rights.WhyNotSee(session, actor, found, ConsumerChanges.Missing(key), time.GetUtcNow()) is { } notAllowed)
            return notAllowed;

        return found is null ? ConsumerChanges.Missing(key) : Outcome.Of(await RequestLogStore.OfConsumer(session, key));
    });

    // Whoever makes a consumer owns it, a developer always; on the command line, nobody does unless somebody is named.
    private static async Task<Outcome<NewOwner>> Owner(Session session, Reach reach, Company company, string? email)
    {
        if (string.IsNullOrWhiteSpace(email) || reach.Owner is not null)
            return new NewOwner(reach.Person?.Id, reach.Person?.Email);

        return (await ConsumerOwners.Find(session, company.Id, email)).TryGet(out var owner, out var refusal) ? new NewOwner(owner.Id, owner.Email) : refusal;
    }

    private static Refusal MissingGroup(string? name) => Refused.NotFound($"There is no permission group \"{name}\" in this company; make one with: group create.");

    private Consumer Made(Actor actor, CheckedConsumer check, bool confidential, Company company, PermissionGroup group) => new(
        PublicKey.New(),
        company.Id,
        check.Name,
        check.Description,
        check.GrantType,
        confidential,
        check.CallbackUrls,
        check.Links,
        group.Id,
        check.RequiredScopes,
        OwnerId: null,
        ConsumerStatus.Active,
        Generation: 1,
        GrantsFrom: 1,
        check.Options,
        time.GetUtcNow(),
        actor.Name,
        Version: 1);

    private static object Describe(Consumer consumer, PermissionGroup group, string? owner) => new
    {
        consumer.Name,
        owner,
        consumer.Description,
        grant_type = consumer.GrantType == GrantType.ClientCredentials ? GrantTypes.ClientCredentials : GrantTypes.AuthorizationCode,
        consumer.Confidential,
        callback_urls = consumer.CallbackUrls.Select(callback => callback.Value),
        group = group.Name,
        required_scopes = consumer.RequiredScopes.ToString(),
        consumer.Options,
    };

    private sealed record NewOwner(Guid? Id, string? Email);
}
