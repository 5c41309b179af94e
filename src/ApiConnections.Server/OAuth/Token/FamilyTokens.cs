using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Model;
using ApiConnections.Server.OAuth.ClientAuthentication;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.OAuth.Token;

/// <summary>What the access token of a family says, besides whose client it is.</summary>
/// <param name="User">Null for a program without a user.</param>
/// <param name="Now">The generations as they were read: a token that was issued beside a narrowing carries the old ones.</param>
internal readonly record struct FamilyToken(Guid? User, string Audience, ScopeSet Scope, Guid Company, Guid Authorization, Guid Family, Generations Now);

/// <summary>Signs the access tokens of token families.</summary>
internal sealed class FamilyTokens(UseRecorder uses, IOptions<IssuerOptions> issuer, TimeProvider time)
{
    private readonly string issuer = issuer.Value.Issuer;

    // Hot path: refresh
    public IssuedToken Sign(SigningKey key, in FamilyToken family, in AuthenticatedConsumer client)
    {
        var now = time.GetUtcNow();
        var consumer = client.Consumer.Consumer;
        var lifetime = consumer.Options.AccessTokenMinutes * 60;
        var token = new AccessToken(
            issuer,
            family.User?.ToString() ?? client.Consumer.Subject,
            family.Audience,
            consumer.Key,
            family.Scope.ToString(),
            family.Company,
            family.Authorization,
            family.Now.Company,
            family.Now.Consumer,
            now.ToUnixTimeSeconds(),
            now.ToUnixTimeSeconds() + lifetime,
            family.Now.User,
            family.Family);
        uses.Of(Used.Authorization, family.Authorization).Record(now, client.From, client.Agent);
        return new IssuedToken(AccessTokenSigner.Sign(key, token), lifetime, family.Scope);
    }
}
