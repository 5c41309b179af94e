using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>A consumer just made; the secret is shown this once. None for a public one.</summary>
internal sealed record CreatedConsumer(Consumer Consumer, Company Company, PermissionGroup Group, ScopeSet Scope, ClientSecret? Secret);

/// <summary>A consumer with what surrounds it.</summary>
internal sealed record ConsumerDetails(
    Consumer Consumer, Company Company, PermissionGroup Group, ScopeSet Scope, IReadOnlyList<StoredSecret> Secrets, IReadOnlyList<Use> SecretUses, bool Allowed);

/// <summary>OAuth consumers: made, shown, disabled, deleted.</summary>
internal sealed class Consumers(IDatabase database, ConsumerFields fields, ConsumerChanges ledger, Authorizations authorizations, Secrets secrets, ModuleCatalogue catalogue, TimeProvider time)
{
    public Task<Outcome<CreatedConsumer>> Create(Actor actor, NewConsumer typed) => database.Write<CreatedConsumer>(async session =>
    {
        if (!fields.Check(typed).TryGet(out var check, out var refusal))
            return refusal;
        if (!(await CompanyLookup.Find(session, typed.Company)).TryGet(out var company, out refusal))
            return refusal;
        if (string.IsNullOrWhiteSpace(typed.Group) || await GroupStore.FindByNameAndHold(session, company.Id, typed.Group) is not { } group)
            return Refused.NotFound($"There is no permission group \"{typed.Group}\" in this company; make one with: group create.");

        var scope = EffectiveScope.Of(group, company, catalogue);
        if (!check.RequiredScopes.IsSubsetOf(scope))
            return Refused.Invalid($"The group \"{group.Name}\" does not allow {check.RequiredScopes.Except(scope)}, which the consumer cannot work without.");

        var consumer = Made(actor, check, typed.Confidential, company, group);
        if (!await ConsumerStore.Insert(session, consumer))
            return Refused.Conflict($"There is a consumer \"{consumer.Name}\" in this company already.");

        var secret = consumer.Confidential ? await secrets.Insert(session, consumer.Key, "first", expires: null) : null;
        if (consumer.GrantType == GrantType.ClientCredentials && !(await authorizations.Allow(session, consumer)).TryGet(out _, out refusal))
            return refusal;

        await ledger.Record(session, actor, consumer, "consumer.create", Describe(consumer, group));
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

    public Task<Outcome<ConsumerDetails>> Show(string key) => database.Read<Outcome<ConsumerDetails>>(async session =>
    {
        if (await ConsumerStore.Find(session, key) is not { } consumer)
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
            snapshot?.StandingPermission is not null);
    });

    /// <summary>What it asked lately and why it was refused, the latest first.</summary>
    public Task<Outcome<IReadOnlyList<LoggedRequest>>> Requests(string key) => database.Read<Outcome<IReadOnlyList<LoggedRequest>>>(async session =>
        await ConsumerStore.Find(session, key) is null ? ConsumerChanges.Missing(key) : Outcome.Of(await RequestLogStore.OfConsumer(session, key)));

    /// <summary>Refuses every request of the consumer until it is enabled; its access tokens end.</summary>
    public Task<Outcome<Consumer>> Disable(Actor actor, string key) => SetStatus(actor, key, ConsumerStatus.Disabled);

    public Task<Outcome<Consumer>> Enable(Actor actor, string key) => SetStatus(actor, key, ConsumerStatus.Active);

    /// <summary>Ends every token that was issued for the consumer so far, of all people; it may ask for new ones.</summary>
    public Task<Outcome<Consumer>> RevokeTokens(Actor actor, string key) => database.Write<Consumer>(async session =>
    {
        if (await ConsumerStore.EndEverything(session, key, delete: false) is not { } generation)
            return ConsumerChanges.Missing(key);

        var consumer = (await ConsumerStore.Find(session, key))!;
        await ledger.Record(session, actor, consumer, "consumer.revoke_tokens", new { consumer.Name }, ends: generation);
        return consumer;
    });

    /// <summary>Deletes a consumer: everything that hangs on it ends, its key is never given again, its name is free.</summary>
    public Task<Outcome<Consumer>> Delete(Actor actor, string key) => database.Write<Consumer>(async session =>
    {
        if (await ConsumerStore.EndEverything(session, key, delete: true) is not { } generation)
            return ConsumerChanges.Missing(key);

        var consumer = (await ConsumerStore.Find(session, key))!;
        await authorizations.RevokeAllOf(session, actor, key, "The consumer was deleted.");
        await ledger.Record(session, actor, consumer, "consumer.delete", new { consumer.Name }, ends: generation);
        return consumer;
    });

    private Task<Outcome<Consumer>> SetStatus(Actor actor, string key, ConsumerStatus status) => database.Write<Consumer>(async session =>
    {
        var generation = await ConsumerStore.SetStatus(session, key, status);
        if (await ConsumerStore.Find(session, key) is not { } consumer || consumer.Status == ConsumerStatus.Deleted)
            return ConsumerChanges.Missing(key);

        var disabled = status == ConsumerStatus.Disabled;
        if (generation is null)
            return Refused.Conflict($"The consumer \"{consumer.Name}\" is {(disabled ? "disabled" : "enabled")} already.");

        await ledger.Record(session, actor, consumer, disabled ? "consumer.disable" : "consumer.enable", new { consumer.Name }, disabled ? generation : null);
        return consumer;
    });

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

    private static object Describe(Consumer consumer, PermissionGroup group) => new
    {
        consumer.Name,
        consumer.Description,
        grant_type = consumer.GrantType == GrantType.ClientCredentials ? GrantTypes.ClientCredentials : GrantTypes.AuthorizationCode,
        consumer.Confidential,
        callback_urls = consumer.CallbackUrls.Select(callback => callback.Value),
        group = group.Name,
        required_scopes = consumer.RequiredScopes.ToString(),
        consumer.Options,
    };
}
