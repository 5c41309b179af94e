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

    public static Refusal Missing(string key) => Refused.NotFound($"There is no consumer \"{key}\".");
}
