using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;
using ApiConnections.Server.OAuth.Shared;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.OAuth.ClientAuthentication;

/// <summary>A protected API that has shown one of its secrets.</summary>
internal sealed record AuthenticatedApi(Api Api, StoredSecret Secret);

/// <summary>Settles which API asks, by HTTP Basic. Its secrets are read at every call: what was revoked lets nobody in.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1"/>
internal sealed class ProtectedApis(IDatabase database, ApiDirectory directory, FailedAuthentications failures, TimeProvider time)
{
    private const int UnknownPerSecond = 200;

    private static readonly Refusal none = OAuthError.InvalidClient.Because("Authenticate with the key and secret of a registered API: HTTP Basic.");
    private static readonly Refusal wrong = OAuthError.InvalidClient.Because("The key or the secret of the API is wrong, expired or revoked.");
    private static readonly Refusal tooMany = OAuthError.OverLimit.Because("Too many failed authentications for this key from this network; wait and check the secret.");

    private readonly RateWindow<int> unknown = new(TimeSpan.FromSeconds(1), 1, time);

    public async ValueTask<Outcome<AuthenticatedApi>> Authenticate(HttpContext http)
    {
        if (http.Request.Headers.Authorization.Count == 0)
            return none;
        if (!ClientCredentials.Read(http.Request, new OAuthForm()).TryGet(out var credentials, out var refusal))
            return refusal;

        var (api, secrets) = await Find(credentials.Key);
        if (PresentedSecret.Find(secrets, credentials.Secret, time.GetUtcNow()) is { } secret && api is not null)
            return new AuthenticatedApi(api, secret);

        var (allowed, wait) = failures.Count(credentials.Key, http.Connection.RemoteIpAddress);
        return allowed ? wrong : tooMany with { RetryAfter = wait };
    }

    /// <summary>Whether the API is still registered, and the secret that it has shown still one of its live ones.</summary>
    public async ValueTask<bool> IsStillLet(AuthenticatedApi caller)
    {
        var (api, secrets) = await Find(caller.Api.Key);
        return api is not null && api.CompanyId == caller.Api.CompanyId && secrets.Any(secret => secret.Id == caller.Secret.Id && secret.IsLiveAt(time.GetUtcNow()));
    }

    private async ValueTask<(Api? Api, IReadOnlyList<StoredSecret> Secrets)> Find(string key)
    {
        // One that this node has not heard of may be a moment old; strangers who try keys are not worth more than a few readings.
        var known = (await directory.All()).Any(api => string.Equals(api.Key, key, StringComparison.Ordinal));
        if (!known && unknown.Count(0).Count > UnknownPerSecond)
            return (null, []);

        return await database.Read(async session => await ApiStore.FindByKey(session, key) is { } api
            ? (api, await SecretStore.OfApis.Of(session, key))
            : ((Api?)null, (IReadOnlyList<StoredSecret>)[]));
    }
}
