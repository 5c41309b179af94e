using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Model;
using ApiConnections.Server.OAuth.ClientAuthentication;
using ApiConnections.Server.OAuth.Shared;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.OAuth.Token;

/// <summary>A program without a user. Its standing permission is the authorization that its tokens hang on.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-4.4"/>
internal sealed class ClientCredentialsGrant(
    ConsumerDirectory directory, RequestedScope scopes, RequestedResource resources, ApiDirectory apis, KeyRing keys, TokenFamilies families, FamilyTokens tokens, IOptions<IssuerOptions> issuer, TimeProvider time) : IGrant
{
    private static readonly Refusal revoked = OAuthError.UnauthorizedClient.Because("The authorization of this consumer was revoked; an administrator can allow it again.");
    internal static readonly Refusal NoKey = OAuthError.TemporarilyUnavailable.Because("This node has no signing key yet; try again in a moment.");
    private readonly string issuer = issuer.Value.Issuer;

    public string Type => GrantTypes.ClientCredentials;

    // RFC 6749 s4.4: only confidential clients; a consumer of this grant is always one.
    public bool IsFor(Consumer consumer) => consumer is { GrantType: GrantType.ClientCredentials, Confidential: true };

    // Hot path: token
    public async ValueTask<Outcome<IssuedToken>> Issue(OAuthForm form, AuthenticatedConsumer client)
    {
        var (known, company, from, _) = client;
        if (known.StandingPermission is not { } permission)
            return revoked;
        if (await directory.GroupOf(known) is not { } group)
            return RequestedScope.NothingLeft;
        if (!scopes.Grant(form.Scope, group.AllowedIn(company)).TryGet(out var scope, out var refusal))
            return refusal.Against(group.AllowedIn(company).ToString(), form.Scope);
        if (!(await resources.Audience(form, company.Id)).TryGet(out var audience, out refusal))
            return refusal.Against(await apis.OpenTo(company.Id), form.Resource);

        if (keys.Current is not { } key)
            return NoKey;
        if (known.Consumer.Options.RefreshTokens)
            return await IssueWithRefresh(key, client, permission.Id, new(scope, form.Resource, audience));

        var now = time.GetUtcNow();
        var lifetime = known.Consumer.Options.AccessTokenMinutes * 60;
        var token = new AccessToken(
            issuer,
            known.Subject,
            audience,
            known.Consumer.Key,
            scope.ToString(),
            company.Id,
            permission.Id,
            company.Generation,
            known.Consumer.Generation,
            now.ToUnixTimeSeconds(),
            now.ToUnixTimeSeconds() + lifetime);
        var signed = AccessTokenSigner.Sign(key, token);
        permission.Record(now, from, "");
        return new IssuedToken(signed, lifetime, scope);
    }

    // RFC 6749 s4.4.3 advises against it: only where an administrator has switched it on, for an old client that insists.
    private async Task<Outcome<IssuedToken>> IssueWithRefresh(SigningKey key, AuthenticatedConsumer client, Guid authorization, Granted granted)
    {
        var (known, company, from, agent) = client;
        var now = new Generations(company.Generation, known.Consumer.Generation, null);
        var (family, refreshToken) = families.Begin(known.Consumer.Options, from, agent);
        return await families.Restart(family, new MachineGrant(authorization, granted.Scope, granted.Resource, now)) is { } id
            ? tokens.Sign(key, new FamilyToken(null, granted.Audience, granted.Scope, company.Id, authorization, id, now), client).With(refreshToken)
            : revoked;
    }

    private readonly record struct Granted(ScopeSet Scope, string? Resource, string Audience);
}
