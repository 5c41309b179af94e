using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>What a person granted to an app.</summary>
/// <param name="Declined">What was offered and not granted.</param>
internal sealed record GivenConsent(Consumer Consumer, User User, ScopeSet Granted, ScopeSet Declined);

/// <summary>Makes and revokes app authorizations; every way to end one comes through here.</summary>
internal sealed class Authorizations(AuditLog log, Changes changes, TimeProvider time)
{
    /// <summary>Gives a machine its standing permission, in the caller's transaction.</summary>
    public async Task<Outcome<Authorization>> Allow(Session session, Consumer consumer)
    {
        var now = time.GetUtcNow();
        var authorization = new Authorization(Guid.CreateVersion7(now), consumer.CompanyId, consumer.Key, null, ScopeSet.Empty, now, null);
        return await AuthorizationStore.Insert(session, authorization) ? authorization : Refused.Conflict("This consumer is allowed already.");
    }

    /// <summary>
    /// Takes down what people granted and declined, in the caller's transaction: new authorizations, or the live ones with more in them, held from
    /// then on. Their records in the log are the caller's, since nothing may follow those.
    /// </summary>
    /// <returns>For each its authorization, in their order.</returns>
    public async Task<IReadOnlyList<Authorization>> Grant(Session session, IReadOnlyList<GivenConsent> given)
    {
        var live = (await AuthorizationStore.FindLiveAndHold(session, [.. given.Select(Of).Distinct().Order()])).ToDictionary(found => (found.Consumer, found.UserId!.Value));
        var granted = new Authorization[given.Count];
        // New ones in one order on every node too.
        foreach (var i in Enumerable.Range(0, given.Count).OrderBy(i => Of(given[i])))
            live[Of(given[i])] = granted[i] = await Grant(session, given[i], live.GetValueOrDefault(Of(given[i])));

        return granted;
    }

    private async Task<Authorization> Grant(Session session, GivenConsent given, Authorization? live)
    {
        while (true)
        {
            if (live is not null)
            {
                var more = live with { Scope = live.Scope.Union(given.Granted), Declined = live.Declined.Union(given.Declined).Except(given.Granted) };
                if (more.Scope.Equals(live.Scope) && more.Declined.Equals(live.Declined))
                    return live;

                await AuthorizationStore.Update(session, more);
                return more;
            }

            var now = time.GetUtcNow();
            var made = new Authorization(Guid.CreateVersion7(now), given.Consumer.CompanyId, given.Consumer.Key, given.User.Id, given.Granted, now, null) { Declined = given.Declined };
            if (await AuthorizationStore.Insert(session, made))
                return made;

            // Another tab has made one in between; then that is the live one.
            live = await AuthorizationStore.FindLiveAndHold(session, given.Consumer.Key, given.User.Id);
        }
    }

    private static (string Consumer, Guid User) Of(GivenConsent given) => (given.Consumer.Key, given.User.Id);

    /// <summary>Ends an authorization and all that hangs on it, with its record and its changes, in the caller's transaction.</summary>
    public async Task<Outcome<Authorization>> Revoke(Session session, Actor actor, Authorization authorization, string why)
    {
        var revoked = new Revoked(time.GetUtcNow(), actor.Name, why);
        if (!await AuthorizationStore.Revoke(session, authorization.Id, revoked))
            return Refused.Conflict("This authorization was revoked before.");

        await EndWhatHangsOn(session, [authorization.Id], revoked.At, "The authorization was revoked.");
        await log.Append(session, actor, authorization.CompanyId, "api_connections", "authorization.revoke", authorization.Id.ToString(), new { authorization.Consumer, authorization.UserId, why });
        await changes.Revoked(session, ChangeKind.Authorization, authorization.Id.ToString(), authorization.CompanyId);
        if (authorization.UserId is null)
            await changes.ForNodes(session, ChangeKind.Consumer, authorization.Consumer, authorization.CompanyId);

        return authorization with { Revoked = revoked };
    }

    /// <summary>Ends the authorizations of a consumer and all that hangs on them, for its deletion; the caller writes the record and the change.</summary>
    public async Task RevokeAllOf(Session session, Actor actor, string consumer, string why)
    {
        var now = time.GetUtcNow();
        await EndWhatHangsOn(session, await AuthorizationStore.RevokeAllOf(session, consumer, new Revoked(now, actor.Name, why)), now, why);
    }

    // Codes before families: whoever is redeeming a code holds its row, and has committed the family by the time that this gets it.
    private static async Task EndWhatHangsOn(Session session, IReadOnlyList<Guid> authorizations, DateTimeOffset now, string why)
    {
        await CodeStore.EndOf(session, authorizations, now);
        await FamilyStore.EndOf(session, authorizations, why, now);
    }
}
