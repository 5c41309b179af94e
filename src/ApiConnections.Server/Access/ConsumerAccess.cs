using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>
/// What takes access from a consumer, or a part of it, and what gives it back. Each function is one transaction with its record and its change;
/// what each ends stands in <c>docs/operators/what-ends-what.md</c>.
/// </summary>
internal sealed class ConsumerAccess(IDatabase database, ConsumerChanges ledger, Authorizations authorizations, Changes changes, TimeProvider time)
{
    /// <summary>Narrows: refuses every request of the consumer until it is enabled; its access tokens end.</summary>
    public Task<Outcome<Consumer>> Disable(Actor actor, string key) => SetStatus(actor, key, ConsumerStatus.Disabled);

    public Task<Outcome<Consumer>> Enable(Actor actor, string key) => SetStatus(actor, key, ConsumerStatus.Active);

    /// <summary>Ends every token, code and family that was issued for the consumer so far, of all people; it may ask for new ones.</summary>
    public Task<Outcome<Consumer>> RevokeTokens(Actor actor, string key) => database.Write<Consumer>(async session =>
    {
        if (!(await ConsumerChanges.Find(session, actor, key, time.GetUtcNow(), recent: true)).TryGet(out var consumer, out var refusal))
            return refusal;

        var generation = await ConsumerStore.EndEverything(session, key, delete: false);
        await ledger.Record(session, actor, consumer, "consumer.revoke_tokens", new { consumer.Name }, ends: generation);
        return consumer;
    });

    /// <summary>Deletes a consumer: everything that hangs on it ends, its key is never given again, its name is free.</summary>
    public Task<Outcome<Consumer>> Delete(Actor actor, string key) => database.Write<Consumer>(async session =>
    {
        // A million people may have allowed it.
        await session.TakeTime();
        if (!(await ConsumerChanges.Find(session, actor, key, time.GetUtcNow(), recent: true)).TryGet(out var consumer, out var refusal))
            return refusal;

        var generation = await ConsumerStore.EndEverything(session, key, delete: true);
        await authorizations.RevokeAllOf(session, actor, key, "The consumer was deleted.");
        await ledger.Record(session, actor, consumer, "consumer.delete", new { consumer.Name }, ends: generation);
        return consumer;
    });

    /// <summary>Moves a consumer to another permission group; where that does not allow all that the former did, it narrows: its access tokens end.</summary>
    public Task<Outcome<Consumer>> Move(Actor actor, string key, string group) => database.Write<Consumer>(async session =>
    {
        if (!(await ConsumerChanges.Look(session, actor, key, time.GetUtcNow())).TryGet(out var found, out var refusal))
            return refusal;
        if (!(await Narrowing.Between(session, found.CompanyId, found.GroupId, group)).TryGet(out var way, out refusal))
            return refusal;
        if (!(await ConsumerChanges.FindFor(session, actor, key, way, time.GetUtcNow())).TryGet(out var consumer, out refusal))
            return refusal;
        if (consumer.GroupId != found.GroupId)
            return Refused.Conflict("Somebody else has moved the consumer at this moment; look again.");
        if (consumer.GroupId == way.To!.Id)
            return Refused.Conflict($"The consumer \"{consumer.Name}\" is in the group \"{way.To.Name}\" already.");
        if (!consumer.RequiredScopes.IsSubsetOf(way.To.Allowed))
            return Refused.Invalid($"The group \"{way.To.Name}\" does not allow {consumer.RequiredScopes.Except(way.To.Allowed)}, which the consumer cannot work without.");

        var generation = await ConsumerStore.Move(session, key, way.To.Id, way.Narrows);
        await ledger.Record(session, actor, consumer, "consumer.move", new { consumer.Name, before = way.From!.Name, after = way.To.Name }, way.Narrows ? generation : null);
        return consumer with { GroupId = way.To.Id, Generation = generation };
    });

    /// <summary>Revokes a secret: it authenticates nobody any more. Tokens that it obtained live on, unless <paramref name="revokeTokens"/>.</summary>
    /// <param name="idOrHint">Its id, or the last four characters where these tell it apart.</param>
    public Task<Outcome<StoredSecret>> RevokeSecret(Actor actor, string key, string idOrHint, bool revokeTokens) => database.Write<StoredSecret>(async session =>
    {
        if (!(await ConsumerChanges.Find(session, actor, key, time.GetUtcNow(), recent: true)).TryGet(out var consumer, out var refusal))
            return refusal;

        var live = (await SecretStore.OfConsumers.Of(session, key)).Where(secret => secret.RevokedAt is null).ToArray();
        var meant = live.Where(secret => secret.Id.ToString() == idOrHint || secret.Hint == idOrHint).ToArray();
        if (meant.Length != 1)
            return meant.Length == 0
                ? Refused.NotFound($"The consumer has no live secret \"{idOrHint}\"; see: consumer show {key}.")
                : Refused.Conflict($"Several secrets end with \"{idOrHint}\"; give the id, see: consumer show {key}.");

        // The consumer's row before the secret's: the lock order.
        var ended = revokeTokens ? await ConsumerStore.EndEverything(session, key, delete: false) : null;
        if (!await SecretStore.OfConsumers.Revoke(session, key, meant[0].Id, time.GetUtcNow()))
            return Refused.Conflict("The secret was revoked before.");

        await ledger.Record(session, actor, consumer, "secret.revoke", new { secret = meant[0].Id, meant[0].Hint, meant[0].Label, revoke_tokens = revokeTokens }, ended);
        await changes.ForNodes(session, ChangeKind.Secret, key, consumer.CompanyId);
        return meant[0];
    });

    private Task<Outcome<Consumer>> SetStatus(Actor actor, string key, ConsumerStatus status) => database.Write<Consumer>(async session =>
    {
        if (!(await ConsumerChanges.Find(session, actor, key, time.GetUtcNow())).TryGet(out var consumer, out var refusal))
            return refusal;

        var disabled = status == ConsumerStatus.Disabled;
        if (await ConsumerStore.SetStatus(session, key, status) is not { } generation)
            return disabled ? Refused.Conflict($"The consumer \"{consumer.Name}\" is disabled already.") : Refused.Conflict($"The consumer \"{consumer.Name}\" is enabled already.");

        await ledger.Record(session, actor, consumer, disabled ? "consumer.disable" : "consumer.enable", new { consumer.Name }, disabled ? generation : null);
        return consumer with { Status = status, Generation = generation };
    });
}
