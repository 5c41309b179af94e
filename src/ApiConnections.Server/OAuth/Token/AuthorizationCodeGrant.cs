using System.Security.Cryptography;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Model;
using ApiConnections.Server.OAuth.ClientAuthentication;
using ApiConnections.Server.OAuth.Shared;

namespace ApiConnections.Server.OAuth.Token;

/// <summary>An app that acts for a person exchanges its code for an access token and the first refresh token of a family.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3"/>
internal sealed class AuthorizationCodeGrant(RequestedResource resources, CodeRedemptions redemptions, TokenFamilies families, KeyRing keys, FamilyTokens tokens) : IGrant
{
    private const int LocatorBytes = 16;
    private const int SecretBytes = 32;
    private static readonly Refusal missing = OAuthError.InvalidRequest.Because("The parameter code is missing.");

    public string Type => GrantTypes.AuthorizationCode;

    public bool IsFor(Consumer consumer) => consumer.GrantType == GrantType.AuthorizationCode;

    // Hot path: code
    public async ValueTask<Outcome<IssuedToken>> Issue(OAuthForm form, AuthenticatedConsumer client)
    {
        // RFC 6749 s4.1.3 knows no scope here: one that is sent is ignored, as any unknown parameter is.
        if (form.Code is not { } text)
            return missing;
        if (form.HasSeveralResources)
            return ResourceLookup.Several;
        if (keys.Current is not { } key)
            return ClientCredentialsGrant.NoKey;

        var consumer = client.Consumer.Consumer;
        var (family, refreshToken) = families.Begin(consumer.Options, client.From, client.Agent);
        if (Read(text, form, consumer.Key, await resources.Default(client.Company.Id), family) is not { } redemption)
            return CodeRules.Broken;

        var decision = await redemptions.Redeem(redemption);
        if (decision.Replayed is { } replayed)
            await families.End(client.ToActor(), replayed, "The code that it was made of was used again.");
        if (!decision.Outcome.TryGet(out var redeemed, out var refusal))
            return refusal;

        // Only when there may be too many: with so many devices a new one costs a transaction more.
        if (redeemed.LiveFamilies >= TokenFamilies.MostLive)
            await families.MakeRoom(client.ToActor(), redeemed.Code.AuthorizationId);

        var code = redeemed.Code;
        return tokens.Sign(key, new FamilyToken(code.UserId, redeemed.Audience, redeemed.Scope, code.CompanyId, code.AuthorizationId, family.Id, redeemed.Now), client).With(refreshToken);
    }

    private static Redemption? Read(string code, OAuthForm form, string consumer, string defaultAudience, NewFamily family)
    {
        Span<byte> bytes = stackalloc byte[LocatorBytes + SecretBytes];
        if (!WireToken.Code.TryRead(code, bytes))
            return null;

        var secret = new SecretHash(SHA256.HashData(bytes[LocatorBytes..]));
        return new Redemption(new Guid(bytes[..LocatorBytes], bigEndian: true), secret, consumer, form.RedirectUri, form.CodeVerifier, form.Resource, defaultAudience, family);
    }
}
