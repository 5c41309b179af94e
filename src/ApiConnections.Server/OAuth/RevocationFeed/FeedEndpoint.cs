using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.OAuth.ClientAuthentication;
using ApiConnections.Server.OAuth.Shared;
using ApiConnections.Server.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace ApiConnections.Server.OAuth.RevocationFeed;

/// <summary>Tells a protected API what is revoked, for as long as it listens.</summary>
/// <see href="https://html.spec.whatwg.org/multipage/server-sent-events.html"/>
internal sealed partial class FeedEndpoint(Feed feed, ProtectedApis apis, ChangeListener changes, IHostApplicationLifetime program, TimeProvider time, ILogger<FeedEndpoint> logger)
{
    private static readonly Refusal notGet = OAuthError.InvalidRequest.As(405).Because("Use GET.");
    private static readonly Refusal blind = OAuthError.TemporarilyUnavailable.Because("The storage cannot be reached; try again in a moment.") with { RetryAfter = TimeSpan.FromSeconds(1) };

    public async Task Answer(HttpContext http)
    {
        if (!(await Admit(http)).TryGet(out var caller, out var refusal))
        {
            await OAuthErrorWriter.Write(http, refusal);
            return;
        }

        var response = http.Response;
        NoStore.Apply(response);
        response.ContentType = "text/event-stream";
        // Proxies that collect answers before they pass them on would collect for ever.
        response.Headers["X-Accel-Buffering"] = "no";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await Tell(http, caller);
    }

    private async ValueTask<Outcome<AuthenticatedApi>> Admit(HttpContext http)
    {
        if (!HttpMethods.IsGet(http.Request.Method))
        {
            http.Response.Headers.Allow = "GET";
            return notGet;
        }

        if (!(await apis.Authenticate(http)).TryGet(out var caller, out var refusal))
            return refusal;

        // A node that cannot read has nothing true to say.
        return await changes.ReadNow() && feed.Now is not null ? caller : blind;
    }

    private async Task Tell(HttpContext http, AuthenticatedApi caller)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, program.ApplicationStopping);
        var listener = new FeedListener(feed, caller, http.Connection.RemoteIpAddress?.ToString() ?? "", http.Response.BodyWriter, () => apis.IsStillLet(caller), time);
        feed.Join(listener);
        try
        {
            await listener.Run(http.Request.Headers["Last-Event-ID"], stop.Token);
            LogDismissed(logger, caller.Api.Key);
        }
        catch (TimeoutException)
        {
            LogSlow(logger, caller.Api.Key);
            http.Abort();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // It hung up, or this node stops: it goes on elsewhere.
        }
        catch (StorageUnavailableException) when (http.Response.HasStarted)
        {
            // Whether its secret is still good cannot be seen now.
            http.Abort();
        }
        finally
        {
            feed.Leave(listener);
        }
    }

    [LoggerMessage(LogLevel.Information, "The revocation feed of the API {Api} ended: its secret is not good any more")]
    private static partial void LogDismissed(ILogger logger, string api);

    [LoggerMessage(LogLevel.Warning, "The API {Api} does not take what the revocation feed sends and was dropped")]
    private static partial void LogSlow(ILogger logger, string api);
}
