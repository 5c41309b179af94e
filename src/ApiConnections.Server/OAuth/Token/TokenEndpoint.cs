using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;
using ApiConnections.Server.OAuth.ClientAuthentication;
using ApiConnections.Server.OAuth.Shared;
using ApiConnections.Server.Storage;
using ApiConnections.Server.Telemetry;

namespace ApiConnections.Server.OAuth.Token;

/// <summary>Exchanges a grant for an access token.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-3.2"/>
internal sealed class TokenEndpoint(Clients clients, Grants grants, ConsumerLimits limits, ChangeListener changes, RequestLog requests, Instruments instruments, TimeProvider time)
{
    private static readonly Refusal blind = OAuthError.TemporarilyUnavailable.Because("The storage cannot be reached; try again in a moment.") with { RetryAfter = TimeSpan.FromSeconds(1) };

    // Hot path: token
    public async Task Answer(HttpContext http)
    {
        if (NoStore.TryAnswerPreflight(http, "POST"))
            return;

        NoStore.AllowAnyOrigin(http.Response);
        if ((await Issue(http)).TryGet(out var token, out var refusal))
            await TokenResponse.Write(http.Response, token);
        else
            await OAuthErrorWriter.Write(http, refusal);
    }

    private async ValueTask<Outcome<IssuedToken>> Issue(HttpContext http)
    {
        if (!(await FormReader.Read(http)).TryGet(out var form, out var refusal))
        {
            instruments.TokenRequest(null, refusal.Error.Code);
            return refusal;
        }

        // What is not answered here: a bug, or an outage.
        var counted = OAuthError.ServerError.Code;
        try
        {
            var outcome = await Decide(http, form);
            counted = outcome.TryGet(out _, out refusal) ? Instruments.Ok : refusal.Error.Code;
            return outcome;
        }
        catch (StorageUnavailableException)
        {
            counted = OAuthError.TemporarilyUnavailable.Code;
            throw;
        }
        finally
        {
            instruments.TokenRequest(form.GrantType, counted);
        }
    }

    private async ValueTask<Outcome<IssuedToken>> Decide(HttpContext http, OAuthForm form)
    {
        // What was revoked in the last minute may be unknown here: better no token than a wrong one.
        if (!changes.IsCurrent && !await changes.EnsureCurrent())
            return blind;

        // RFC 6749 s3.2.1: who asks is settled before what is asked.
        var outcome = (await clients.Authenticate(http, form)).TryGet(out var client, out var refusal) ? await Exchange(form, client) : refusal;
        if (outcome.TryGet(out _, out refusal))
            client.Consumer.Successes.Record(time.GetUtcNow(), client.From, http.Request.Headers.UserAgent.ToString(), LoggedEndpoint.Token, form.GrantType!);
        else if ((client.Consumer?.Consumer.Key ?? NamedConsumer.Of(http)) is { } named)
            requests.Refused(http, named, LoggedEndpoint.Token, form.GrantType, refusal);

        return outcome;
    }

    private async ValueTask<Outcome<IssuedToken>> Exchange(OAuthForm form, AuthenticatedConsumer client)
    {
        if (!limits.Allow(client.Consumer.Consumer).TryGet(out _, out var refusal))
            return refusal;
        if (!grants.Find(form.GrantType, client.Consumer.Consumer).TryGet(out var grant, out refusal))
            return refusal.Against(grants.Of(client.Consumer.Consumer), form.GrantType);

        return await grant.Issue(form, client);
    }
}

/// <summary>The limit that an administrator set on a consumer; none by default.</summary>
internal sealed class ConsumerLimits(TimeProvider time)
{
    private static readonly Refusal over = OAuthError.OverLimit.Because("This consumer is over its limit of token requests per minute; keep a token until it expires.");
    private readonly RateWindow<string> windows = new(TimeSpan.FromMinutes(1), 100_000, time);

    // Hot path: token
    public Outcome<bool> Allow(Consumer consumer)
    {
        if (consumer.Options.RequestsPerMinute is not { } limit)
            return true;

        var (count, left) = windows.Count(consumer.Key);
        return count <= limit ? true : (over with { RetryAfter = left }).Against($"at most {limit} a minute", null);
    }
}
