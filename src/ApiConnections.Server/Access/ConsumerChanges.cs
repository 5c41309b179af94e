using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>What every edit of a consumer leaves: its record in the company's log, then its change.</summary>
internal sealed class ConsumerChanges(AuditLog log, Changes changes)
{
    private const string Module = "api_connections";

    /// <param name="ends">The lowest generation whose tokens are still good; null where none ended.</param>
    public async Task Record(Session session, Actor actor, Consumer consumer, string action, object data, long? ends = null)
    {
        await log.Append(session, actor, consumer.CompanyId, Module, action, consumer.Key, data);
        if (ends is { } generation)
            await changes.Ended(session, ChangeKind.Consumer, consumer.Key, generation, consumer.CompanyId);
        else
            await changes.ForNodes(session, ChangeKind.Consumer, consumer.Key, consumer.CompanyId);
    }

    /// <summary>The consumer that a function is about, where the actor may touch it; one of another company, or of another developer's, is missing. Both are held.</summary>
    /// <param name="recent">For what needs a sign-in of the last ten minutes.</param>
    public static async Task<Outcome<Consumer>> Find(Session session, Actor actor, string key, DateTimeOffset now, bool recent = false) =>
        (await Found(session, actor, await ConsumerStore.FindAndHold(session, key), key, now, recent, hold: true)).TryGet(out var found, out var refusal) ? found.Consumer : refusal;

    /// <summary>A first look that holds nothing, for a function that has to hold groups before.</summary>
    public static async Task<Outcome<Consumer>> Look(Session session, Actor actor, string key, DateTimeOffset now) =>
        (await Found(session, actor, await ConsumerStore.Find(session, key), key, now, recent: false, hold: false)).TryGet(out var found, out var refusal) ? found.Consumer : refusal;

    /// <summary>After <see cref="Look"/>, the groups are held now: the consumer, where the actor may still touch it and put it into that group.</summary>
    public static async Task<Outcome<Consumer>> FindFor(Session session, Actor actor, string key, GroupMove way, DateTimeOffset now)
    {
        if (!(await Found(session, actor, await ConsumerStore.FindAndHold(session, key), key, now, recent: false, hold: true)).TryGet(out var found, out var refusal))
            return refusal;

        return found.Consumer.GroupId == way.To!.Id || await found.Reach.HandsOut(session, way.To.Id) ? found.Consumer : Narrowing.MissingGroup(way.To.Name);
    }

    private static async Task<Outcome<FoundConsumer>> Found(Session session, Actor actor, Consumer? consumer, string key, DateTimeOffset now, bool recent, bool hold)
    {
        if (!(await Rights.OverConsumer(session, actor, consumer, Missing(key), now, recent, hold)).TryGet(out var reach, out var refusal))
            return refusal;

        return consumer is null || consumer.Status == ConsumerStatus.Deleted ? Missing(key) : new FoundConsumer(consumer, reach);
    }

    public static Refusal Missing(string key) => Refused.NotFound($"There is no consumer \"{key}\".");

    private sealed record FoundConsumer(Consumer Consumer, Reach Reach);
}
