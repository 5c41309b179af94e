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

    /// <summary>The consumer that a function is about, where the actor may touch it; one of another company is missing.</summary>
    /// <param name="hold">Held until the transaction ends.</param>
    /// <param name="recent">For what needs a sign-in of the last ten minutes.</param>
    public static async Task<Outcome<Consumer>> Find(Session session, Actor actor, string key, DateTimeOffset now, bool hold = true, bool recent = false)
    {
        var consumer = await (hold ? ConsumerStore.FindAndHold(session, key) : ConsumerStore.Find(session, key));
        if (await Rights.WhyNot(session, actor, consumer?.CompanyId, Missing(key), now, recent) is { } refusal)
            return refusal;

        return consumer is null || consumer.Status == ConsumerStatus.Deleted ? Missing(key) : consumer;
    }

    public static Refusal Missing(string key) => Refused.NotFound($"There is no consumer \"{key}\".");
}
