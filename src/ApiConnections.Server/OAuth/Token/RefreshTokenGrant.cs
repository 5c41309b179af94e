using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Model;
using ApiConnections.Server.OAuth.ClientAuthentication;
using ApiConnections.Server.OAuth.Shared;

namespace ApiConnections.Server.OAuth.Token;

/// <summary>An app that goes on acting for a person: its refresh token gives an access token, and the refresh token that takes its place.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-6"/>
internal sealed class RefreshTokenGrant(RequestedResource resources, RefreshRotations rotations, TokenFamilies families, KeyRing keys, FamilyTokens tokens) : IGrant
{
    private static readonly Refusal missing = OAuthError.InvalidRequest.Because("The parameter refresh_token is missing.");

    public string Type => GrantTypes.RefreshToken;

    public bool IsFor(Consumer consumer) => consumer.GrantType == GrantType.AuthorizationCode || consumer.Options.RefreshTokens;

    // Hot path: refresh
    public async ValueTask<Outcome<IssuedToken>> Issue(OAuthForm form, AuthenticatedConsumer client)
    {
        if (form.RefreshToken is not { } text)
            return missing;
        if (form.HasSeveralResources)
            return ResourceLookup.Several;
        if (keys.Current is not { } key)
            return ClientCredentialsGrant.NoKey;
        if (RefreshToken.Read(text) is not { } presented)
            return RefreshRules.Broken;

        var next = presented.Next();
        var verdict = await rotations.Rotate(new Refreshing(
            presented.Handle,
            presented.Secret,
            client.Consumer.Consumer.Key,
            client.Consumer.Consumer.Options,
            form.Scope,
            form.Resource,
            await resources.Default(client.Company.Id),
            next.Secret,
            presented.Seal(next),
            client.From?.ToString() ?? "",
            LastUse.Printable(client.Agent)));
        if (verdict.Reused is { } family)
            await families.End(client.ToActor(), family, "A refresh token that had been replaced was used again.");
        if (!verdict.Outcome.TryGet(out var refreshed, out var refusal))
            return refusal;

        // Only who holds the token that was replaced opens its successor.
        if (refreshed.SealedSuccessor is { } box)
            next = presented.Open(box);

        return next is null ? RefreshRules.Lost : Sign(key, refreshed, client).With(next.ToValue());
    }

    private IssuedToken Sign(SigningKey key, Refreshed refreshed, in AuthenticatedConsumer client)
    {
        var family = refreshed.Family;
        return tokens.Sign(key, new FamilyToken(family.UserId, refreshed.Audience, refreshed.Scope, family.CompanyId, family.AuthorizationId, family.Id, family.Standing.Now), client);
    }
}
