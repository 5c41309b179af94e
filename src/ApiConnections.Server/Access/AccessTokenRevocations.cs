using ApiConnections.Server.Audit;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>Ends single access tokens. Of very many of one consumer's all end at once instead, so that APIs have little to remember.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc7009#section-2.1"/>
internal sealed class AccessTokenRevocations(IDatabase database, AuditLog log, Changes changes, TimeProvider time)
{
    public const int MostOfOneConsumer = 1000;
    private const string Module = "api_connections";

    /// <summary>Committed when this returns.</summary>
    /// <returns>False where it was revoked before, itself or with others.</returns>
    public async Task<bool> Revoke(Actor actor, IssuedAccessToken token)
    {
        var outcome = await database.Write<bool>(async session =>
        {
            if (await ConsumerStore.Generation(session, token.ClientId) > token.IssuedUnder.Consumer || await ChangeStore.HasToken(session, token.Id))
                return false;
            if (await ChangeStore.CountTokens(session, token.ClientId, time.GetUtcNow(), MostOfOneConsumer) >= MostOfOneConsumer)
                return await RevokeAll(session, actor, token);

            await log.Append(session, actor, token.Company, Module, "access_token.revoke", token.Id, new { consumer = token.ClientId, authorization = token.AuthorizationId });
            await changes.RevokedToken(session, token.Id, token.ClientId, token.Company);
            return true;
        });
        return outcome.TryGet(out var revoked, out _) && revoked;
    }

    private async Task<bool> RevokeAll(Session session, Actor actor, IssuedAccessToken token)
    {
        if (await ConsumerStore.NextGeneration(session, token.ClientId) is not { } generation)
            return false;

        await log.Append(session, actor, token.Company, Module, "access_token.revoke_all", token.ClientId, new { token = token.Id, why = $"More than {MostOfOneConsumer} single tokens were revoked." });
        await changes.Ended(session, ChangeKind.Consumer, token.ClientId, generation, token.Company);
        return true;
    }
}
