using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>Ends what a test made, and nothing that was there before.</summary>
internal sealed class TrialEnds(IDatabase database, Authorizations authorizations, TokenFamilies families, IssuedTokens issued, AccessTokenRevocations accessTokens, TimeProvider time)
{
    private const string Why = "It was made by a test in the console.";

    /// <summary>Ends a single token of a consumer without people.</summary>
    /// <returns>False where it had ended before.</returns>
    public async Task<Outcome<bool>> Token(Actor actor, string key, TokenValue token)
    {
        if (!(await Find(actor, key)).TryGet(out var consumer, out var refusal))
            return refusal;

        return await issued.Read(token.Reveal()) is { } read && read.ClientId == consumer.Key && await accessTokens.Revoke(actor, read);
    }

    /// <summary>Ends what the person allowed in a test: the authorization where there was none before, else the device that was connected.</summary>
    /// <param name="token">Null where the test got none.</param>
    /// <returns>False where nothing was left to end.</returns>
    public async Task<Outcome<bool>> Person(Actor actor, string key, Guid? before, TokenValue? token)
    {
        if (actor.Session is not { } sessionId)
            return Rights.SignedOut;

        var revoked = await database.Write<bool>(async session =>
        {
            if (!(await ConsumerChanges.Find(session, actor, key, time.GetUtcNow())).TryGet(out _, out var refusal))
                return refusal;
            if (await SessionStore.FindById(session, sessionId) is not { User: var user })
                return Rights.SignedOut;
            if (await AuthorizationStore.FindLiveAndHold(session, key, user.Id) is not { } live || live.Id == before)
                return false;
            if (!(await authorizations.Revoke(session, actor, live, Why)).TryGet(out _, out refusal))
                return refusal;

            return true;
        });
        if (!revoked.TryGet(out var isRevoked, out var why) || isRevoked)
            return isRevoked ? true : why!;

        return token is { } value && await issued.Read(value.Reveal()) is { FamilyId: { } family } read && read.ClientId == key && await families.End(actor, family, Why);
    }

    private Task<Outcome<Consumer>> Find(Actor actor, string key) => database.Read(session => ConsumerChanges.Look(session, actor, key, time.GetUtcNow()));
}
