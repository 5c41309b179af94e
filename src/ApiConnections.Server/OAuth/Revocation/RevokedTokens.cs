using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;
using ApiConnections.Server.OAuth.ClientAuthentication;
using ApiConnections.Server.Storage;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.OAuth.Revocation;

/// <summary>Ends what a token stands for: a refresh token its family, an access token itself. The authorization, and with it the consent, stays.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc7009#section-2.1"/>
internal sealed class RevokedTokens(IDatabase database, TokenFamilies families, IssuedTokens issued, AccessTokenRevocations accessTokens, IOptions<IssuerOptions> issuer, TimeProvider time)
{
    // Answered with 200: these are for the consumer's owner alone.
    private static readonly Refusal nothing = new OAuthError("ignored", 200).Because("Nothing was revoked.");
    private static readonly Refusal unknown = nothing with { Detail = "The token is unknown, was cut or mistyped, or is none of this server's." };
    private static readonly Refusal another = nothing with { Detail = "The token was issued to another consumer." };
    private static readonly Refusal before = nothing with { Detail = "The token had ended before." };

    /// <summary>Committed when this returns. The hint of RFC 7009 s2.1 is not needed: every token says what it is.</summary>
    /// <returns>Why nothing was ended; null where something was.</returns>
    public async Task<Refusal?> Revoke(AuthenticatedConsumer client, string token) =>
        RefreshToken.Read(token) is { } refresh ? await RevokeFamily(client, refresh) : await RevokeOne(client, token);

    // Whatever secret it carries: nobody but who had a token of the family can name it, and an old one in somebody's hands is a reason to end it.
    private async Task<Refusal?> RevokeFamily(AuthenticatedConsumer client, RefreshToken token)
    {
        var found = await database.Read(session => RotationStore.Find(session, [token.Handle]));
        if (!found.TryGetValue(token.Handle, out var family))
            return unknown;
        if (!string.Equals(family.Consumer, client.Consumer.Consumer.Key, StringComparison.Ordinal))
            return another;

        return await families.End(client.ToActor(), family.Id, "The app revoked the refresh token.") ? null : before;
    }

    private async Task<Refusal?> RevokeOne(AuthenticatedConsumer client, string text)
    {
        if (await issued.Read(text) is not { } token || !string.Equals(token.Issuer, issuer.Value.Issuer, StringComparison.Ordinal))
            return unknown;
        if (!string.Equals(token.ClientId, client.Consumer.Consumer.Key, StringComparison.Ordinal))
            return another;
        if (time.GetUtcNow().ToUnixTimeSeconds() >= token.ExpiresAt)
            return before;

        return await accessTokens.Revoke(client.ToActor(), token) ? null : before;
    }
}
