using System.Security.Cryptography;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Model;
using ApiConnections.Server.OAuth.ClientAuthentication;
using ApiConnections.Server.OAuth.Shared;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.OAuth.Token;

/// <summary>An app that acts for a person exchanges its code for an access token and the first refresh token of a family.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3"/>
internal sealed class AuthorizationCodeGrant(
    RequestedResource resources, CodeRedemptions redemptions, TokenFamilies families, KeyRing keys, UseRecorder uses, IOptions<IssuerOptions> issuer, TimeProvider time) : IGrant
{
    private const int LocatorBytes = 16;
    private const int SecretBytes = 32;
    private static readonly Refusal missing = OAuthError.InvalidRequest.Because("The parameter code is missing.");
    private readonly string issuer = issuer.Value.Issuer;

    public string Type => GrantTypes.AuthorizationCode;

    public bool IsFor(Consumer consumer) => consumer.GrantType == GrantType.AuthorizationCode;

    // Hot path: code
    public async ValueTask<Outcome<IssuedToken>> Issue(OAuthForm form, AuthenticatedConsumer client)
    {
        // RFC 6749 s4.1.3 knows no scope here: one that is sent is ignored, as any unknown parameter is.
        if (form.Code is not { } code)
            return missing;
        if (form.HasSeveralResources)
            return RequestedResource.Several;
        if (keys.Current is not { } key)
            return ClientCredentialsGrant.NoKey;

        var consumer = client.Consumer.Consumer;
        var (family, refreshToken) = families.Begin(consumer.Options, client.From, client.Agent);
        if (Read(code, form, consumer.Key, await resources.Default(client.Company.Id), family) is not { } redemption)
            return CodeRules.Broken;

        var decision = await redemptions.Redeem(redemption);
        if (decision.Replayed is { } replayed)
            await families.End(ActorOf(client), replayed, "The code that it was made of was used again.");
        if (!decision.Outcome.TryGet(out var redeemed, out var refusal))
            return refusal;

        // Only when there may be too many: with so many devices a new one costs a transaction more.
        if (redeemed.LiveFamilies >= TokenFamilies.MostLive)
            await families.MakeRoom(ActorOf(client), redeemed.Code.AuthorizationId);

        return Sign(key, redeemed, family.Id, refreshToken, client);
    }

    private static Redemption? Read(string code, OAuthForm form, string consumer, string defaultAudience, NewFamily family)
    {
        Span<byte> bytes = stackalloc byte[LocatorBytes + SecretBytes];
        if (!WireToken.Code.TryRead(code, bytes))
            return null;

        var secret = new SecretHash(SHA256.HashData(bytes[LocatorBytes..]));
        return new Redemption(new Guid(bytes[..LocatorBytes], bigEndian: true), secret, consumer, form.RedirectUri, form.CodeVerifier, form.Resource, defaultAudience, family);
    }

    private IssuedToken Sign(SigningKey key, Redeemed redeemed, Guid family, TokenValue refreshToken, in AuthenticatedConsumer client)
    {
        var now = time.GetUtcNow();
        var code = redeemed.Code;
        var lifetime = client.Consumer.Consumer.Options.AccessTokenMinutes * 60;
        var token = new AccessToken(
            issuer,
            code.UserId.ToString(),
            redeemed.Audience,
            code.Consumer,
            redeemed.Scope.ToString(),
            code.CompanyId,
            code.AuthorizationId,
            redeemed.Now.Company,
            redeemed.Now.Consumer,
            now.ToUnixTimeSeconds(),
            now.ToUnixTimeSeconds() + lifetime,
            redeemed.Now.User,
            family);
        uses.Of(Used.Authorization, code.AuthorizationId).Record(now, client.From, client.Agent);
        return new IssuedToken(AccessTokenSigner.Sign(key, token), lifetime, redeemed.Scope, refreshToken);
    }

    private static Actor ActorOf(in AuthenticatedConsumer client) => new("consumer:" + client.Consumer.Consumer.Key, client.From?.ToString() ?? "");
}
