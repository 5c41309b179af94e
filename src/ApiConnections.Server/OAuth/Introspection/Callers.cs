using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;
using ApiConnections.Server.OAuth.ClientAuthentication;
using ApiConnections.Server.OAuth.Shared;

namespace ApiConnections.Server.OAuth.Introspection;

/// <summary>Who asks about a token: a protected API, or a consumer.</summary>
internal readonly record struct Caller(Api? Api, AuthenticatedConsumer Consumer);

/// <summary>Settles who asks: only who has shown a secret, so that nobody tries tokens here.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc7662#section-2.1"/>
internal sealed class Callers(ApiCredentials apis, Clients clients, FailedAuthentications failures, TimeProvider time)
{
    private static readonly Refusal wrong = OAuthError.InvalidClient.Because("The key or the secret is wrong, expired or revoked, or the consumer is disabled.");
    private static readonly Refusal tooMany = OAuthError.OverLimit.Because("Too many failed authentications for this key from this network; wait and check the secret.");
    private static readonly Refusal isPublic = OAuthError.InvalidClient.Because("A consumer without a secret cannot look at tokens.");

    // Hot path: introspect
    public async ValueTask<Outcome<Caller>> Authenticate(HttpContext http, OAuthForm form)
    {
        if (!ClientCredentials.Read(http.Request, form).TryGet(out var credentials, out var refusal))
            return refusal;
        if (credentials.Key.Length == PublicKey.Characters && await apis.Find(credentials.Key) is { } api)
            return await Match(api, credentials) is { } let ? new Caller(let, default) : Fail(http, credentials);
        if (!(await clients.Authenticate(http, form)).TryGet(out var consumer, out refusal))
            return refusal;

        return consumer.Consumer.Consumer.Confidential ? new Caller(null, consumer) : NamedConsumer.TurnAway(http, consumer.Consumer, isPublic);
    }

    private async ValueTask<Api?> Match(KnownApi api, ClientCredentials credentials)
    {
        if (PresentedSecret.Find(api.Secrets, credentials.Secret, time.GetUtcNow()) is not null)
            return api.Api;

        // It may have been given a secret on another node a moment ago.
        return await apis.FindAnew(credentials.Key) is { } fresh && PresentedSecret.Find(fresh.Secrets, credentials.Secret, time.GetUtcNow()) is not null ? fresh.Api : null;
    }

    private Refusal Fail(HttpContext http, in ClientCredentials credentials)
    {
        var (allowed, wait) = failures.Count(credentials.Key, http.Connection.RemoteIpAddress);
        return allowed ? wrong : tooMany with { RetryAfter = wait };
    }
}
