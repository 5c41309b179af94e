using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.OAuth.ClientAuthentication;
using ApiConnections.Server.OAuth.Shared;

namespace ApiConnections.Server.OAuth.Revocation;

/// <summary>An app gives a token back: it, and what hangs on it, ends. Only what is committed is answered with 200.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc7009#section-2"/>
internal sealed class RevocationEndpoint(Clients clients, RevokedTokens tokens, ChangeListener changes, RequestLog requests, TimeProvider time)
{
    private static readonly Refusal blind = OAuthError.TemporarilyUnavailable.Because("The storage cannot be reached; try again in a moment.") with { RetryAfter = TimeSpan.FromSeconds(1) };
    private static readonly Refusal missing = OAuthError.InvalidRequest.Because("The parameter token is missing.");

    public async Task Answer(HttpContext http)
    {
        if (NoStore.TryAnswerPreflight(http, "POST"))
            return;

        NoStore.AllowAnyOrigin(http.Response);
        if ((await Revoke(http)).TryGet(out _, out var refusal))
            NoStore.Apply(http.Response);
        else
            await OAuthErrorWriter.Write(http, refusal);
    }

    private async ValueTask<Outcome<bool>> Revoke(HttpContext http)
    {
        if (!(await FormReader.Read(http)).TryGet(out var form, out var refusal))
            return refusal;
        if (!changes.IsCurrent && !await changes.EnsureCurrent())
            return blind;

        // RFC 7009 s2.1: who asks is settled before what is asked.
        if (!(await clients.Authenticate(http, form)).TryGet(out var client, out refusal))
            return NamedConsumer.Of(http) is { } named ? Refused(http, named, refusal) : refusal;
        if (form.Token is not { } token)
            return Refused(http, client.Consumer.Consumer.Key, missing);

        // RFC 7009 s2.2: a token that is none of this client's is answered as one that was revoked; only the owner is told why nothing happened.
        if (await tokens.Revoke(client, token) is { } why)
            requests.Refused(http, client.Consumer.Consumer.Key, LoggedEndpoint.Revoke, null, why);
        else
            client.Consumer.Successes.Record(time.GetUtcNow(), client.From, client.Agent, LoggedEndpoint.Revoke, "");

        return true;
    }

    private Refusal Refused(HttpContext http, string consumer, Refusal refusal)
    {
        requests.Refused(http, consumer, LoggedEndpoint.Revoke, null, refusal);
        return refusal;
    }
}
