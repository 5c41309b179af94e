using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>A secret just added to a consumer.</summary>
internal sealed record AddedSecret(Consumer Consumer, MadeSecret Secret);

/// <summary>The secrets of a consumer: several may live at once, so that one can be replaced without a gap.</summary>
internal sealed class ConsumerSecrets(IDatabase database, ConsumerChanges ledger, Secrets secrets, Changes changes, TimeProvider time)
{
    private const int MostLive = 50;
    private static readonly TimeSpan longestGrace = TimeSpan.FromDays(30);

    /// <param name="expires">When it stops by itself; null: never.</param>
    /// <param name="graceForOthers">Lets the other live secrets end after this time (0 to 30 days); null leaves them as they are.</param>
    public Task<Outcome<AddedSecret>> Add(Actor actor, string key, string? label, DateTimeOffset? expires, TimeSpan? graceForOthers) => database.Write<AddedSecret>(async session =>
    {
        var now = time.GetUtcNow();
        if (!(await ConsumerChanges.Find(session, actor, key, now, recent: true)).TryGet(out var consumer, out var refusal))
            return refusal;
        if (!consumer.Confidential)
            return Refused.Conflict("A public consumer has no secrets: it could not keep them.");

        var (text, whyNot) = DisplayText.Read("The label", label ?? "", DisplayText.LongestName, required: false);
        if (text is null)
            return Refused.Invalid(whyNot!);
        if (expires <= now)
            return Refused.Invalid("The secret would have expired already.");
        if (graceForOthers is { } wait && (wait < TimeSpan.Zero || wait > longestGrace))
            return Refused.Invalid("The grace for the other secrets is 0 to 30 days.");
        if ((await SecretStore.OfConsumers.Of(session, key)).Count(secret => secret.IsLiveAt(now)) >= MostLive)
            return Refused.Conflict($"A consumer has at most {MostLive} live secrets; revoke one first.");

        var made = await secrets.Insert(session, key, text, expires);
        if (graceForOthers is { } grace)
            await SecretStore.OfConsumers.RetireOthers(session, key, made.Stored.Id, now + grace);

        await ledger.Record(session, actor, consumer, "secret.add", new { secret = made.Stored.Id, made.Stored.Hint, label = text, expires, grace_hours = graceForOthers?.TotalHours });
        await changes.ForNodes(session, ChangeKind.Secret, key, consumer.CompanyId);
        return new AddedSecret(consumer, made);
    });
}
