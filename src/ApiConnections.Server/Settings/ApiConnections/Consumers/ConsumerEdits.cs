using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>Saves what was edited of a consumer; of two who edit the same one, the second is told.</summary>
internal sealed class ConsumerEdits(IDatabase database, ConsumerFields fields, ConsumerChanges ledger, TimeProvider time)
{
    /// <param name="typed">All of its fields; the grant type and whether it keeps a secret stay as they were made.</param>
    /// <param name="version">That of the consumer that was edited.</param>
    public Task<Outcome<Consumer>> Save(Actor actor, string key, NewConsumer typed, long version) => database.Write<Consumer>(async session =>
    {
        if (!(await ConsumerChanges.Look(session, actor, key, time.GetUtcNow())).TryGet(out var found, out var refusal))
            return refusal;
        if (!fields.Check(typed with { GrantType = found.GrantType == GrantType.ClientCredentials ? GrantTypes.ClientCredentials : GrantTypes.AuthorizationCode, Confidential = found.Confidential }).TryGet(out var check, out refusal))
            return refusal;
        if (!(await Narrowing.Between(session, found.CompanyId, found.GroupId, typed.Group ?? "")).TryGet(out var way, out refusal))
            return refusal;
        if (!(await ConsumerChanges.FindFor(session, actor, key, way, time.GetUtcNow())).TryGet(out var before, out refusal))
            return refusal;
        if (before.Version != version || before.GroupId != found.GroupId)
            return Refused.ChangedMeanwhile;
        if (!check.RequiredScopes.IsSubsetOf(way.To!.Allowed))
            return Refused.Invalid($"The group \"{way.To.Name}\" does not allow {check.RequiredScopes.Except(way.To.Allowed)}, which the consumer cannot work without.");

        var after = before with
        {
            Name = check.Name,
            Description = check.Description,
            CallbackUrls = check.CallbackUrls,
            Links = check.Links,
            GroupId = way.To.Id,
            RequiredScopes = check.RequiredScopes,
            Options = check.Options,
        };
        if (await ConsumerStore.Update(session, after, way.Narrows) is not { } generation)
            return Refused.Conflict($"There is a consumer \"{after.Name}\" in this company already.");

        await ledger.Record(session, actor, after, "consumer.edit", new { before = Describe(before, way.From!), after = Describe(after, way.To) }, way.Narrows ? generation : null);
        return after with { Generation = generation, Version = version + 1 };
    });

    private static object Describe(Consumer consumer, PermissionGroup group) => new
    {
        consumer.Name,
        consumer.Description,
        callback_urls = consumer.CallbackUrls.Select(callback => callback.Value),
        consumer.Links,
        group = group.Name,
        required_scopes = consumer.RequiredScopes.ToString(),
        consumer.Options,
    };
}
