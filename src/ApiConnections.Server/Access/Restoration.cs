using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>What became of an installation whose database was put back to an earlier state.</summary>
/// <param name="KeyId">The key that signs from now on.</param>
/// <param name="Consents">How many authorizations of people were revoked: the apps ask again.</param>
/// <param name="ConsumersDisabled">How many; 0 where that was not asked for.</param>
internal sealed record RestoredInstallation(
    Guid Incarnation, string KeyId, IReadOnlyList<string> WithdrawnKeys, EndedByRestoration Ended, long Consents, int ConsumersDisabled);

/// <summary>
/// A backup does not know what was revoked after it was made. So whatever was issued ends, and every person is asked again; consumers, people,
/// secrets and what machines may do are as the backup has them, and the operator is told so.
/// </summary>
internal sealed class Restoration(IDatabase database, KeyRotation keys, AuditLog log, TimeProvider time)
{
    public const string Action = "installation.restored";
    private const string Why = "The database was restored from a backup.";

    /// <param name="alsoWithdrawn">Keys that the backup does not know: those of the database that it replaces.</param>
    /// <param name="disableConsumers">Starts with every consumer disabled.</param>
    public Task<Outcome<RestoredInstallation>> Restored(Actor actor, IEnumerable<string> alsoWithdrawn, bool disableConsumers) => database.Write<RestoredInstallation>(async session =>
    {
        await session.TakeTime();
        var now = time.GetUtcNow();
        var incarnation = Guid.CreateVersion7(now);
        await RestorationStore.Reincarnate(session, incarnation);
        var (key, old) = await keys.Replace(session);
        var disabled = disableConsumers ? await ConsumerStore.DisableAll(session) : 0;
        var consents = await RestorationStore.RevokePersons(session, now, actor.Name, Why);
        var ended = await RestorationStore.EndEverything(session, now, Why);
        var withdrawn = old.Union(alsoWithdrawn).Order(StringComparer.Ordinal).ToArray();

        var data = new { incarnation, key = key.Public.KeyId, withdrawn, consents = consents.Values.Sum(), ended, consumers_disabled = disabled };
        await log.Append(session, actor, null, "security", Action, incarnation.ToString(), data);
        foreach (var (company, revoked) in consents)
            await log.Append(session, actor, company, "security", Action, incarnation.ToString(), new { incarnation, consents = revoked, all_consumers_disabled = disableConsumers });

        await keys.TellWithdrawn(session, withdrawn);
        return new RestoredInstallation(incarnation, key.Public.KeyId, withdrawn, ended, consents.Values.Sum(), disabled);
    });
}
