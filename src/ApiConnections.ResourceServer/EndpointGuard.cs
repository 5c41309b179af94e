using ApiConnections.Protocol;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.Extensions.DependencyInjection;

namespace ApiConnections.ResourceServer;

/// <summary>
/// Stands before one endpoint and lets in who has a good token with the permissions that the endpoint needs. It is part of the endpoint
/// itself and not a middleware, so it cannot be forgotten in the pipeline or stand in the wrong place of it, and open endpoints pay nothing.
/// </summary>
// Hot path: resource-server
internal sealed class EndpointGuard
{
    private readonly RequestDelegate endpoint;
    private string[] needed = [];
    private Refusal? insufficient;
    private AccessTokenCheck? check;
    private UsageBook? usage;

    private EndpointGuard(RequestDelegate endpoint) => this.endpoint = endpoint;

    /// <summary>Puts a guard before the endpoint, or adds to what the guard there asks for (a group's permissions and the endpoint's own are all needed).</summary>
    public static void Set(EndpointBuilder builder, ScopeSet scopes)
    {
        var guard = builder.Metadata.OfType<EndpointGuard>().FirstOrDefault();
        if (guard is null)
        {
            guard = new EndpointGuard(builder.RequestDelegate
                ?? throw new InvalidOperationException($"{builder.DisplayName} has nothing to guard yet: ask for an access token where the endpoint is mapped."));
            builder.Metadata.Add(guard);
            builder.RequestDelegate = guard.Invoke;
        }

        guard.needed = [.. ScopeSet.Of(guard.needed).Union(scopes)];
        guard.insufficient = Refusals.InsufficientScope(string.Join(' ', guard.needed));
    }

    private Task Invoke(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            return endpoint(http);

        if (BearerToken.Read(http.Request.Headers.Authorization, out var token) is { } unread)
            return RefusalAnswer.Write(http, unread);

        // Resolved once: the services of a request are a scope that costs, and many endpoints never open it.
        if (check is null)
        {
            usage = http.RequestServices.GetService<UsageBook>();
            check = http.RequestServices.GetService<AccessTokenCheck>()
                ?? throw new InvalidOperationException("services.AddApiConnections(...) is missing.");
        }

        var outcome = check.Check(token, http.RequestAborted);
        return outcome.IsCompletedSuccessfully ? Decide(http, outcome.Result) : DecideLater(http, outcome.AsTask());
    }

    private async Task DecideLater(HttpContext http, Task<Outcome<AccessToken>> outcome) => await Decide(http, await outcome);

    private Task Decide(HttpContext http, Outcome<AccessToken> outcome)
    {
        if (!outcome.TryGet(out var token, out var refusal))
        {
            if (refusal.Offending is { } client)
                usage!.Refused(client, refusal, "", http.Connection.RemoteIpAddress);
            return RefusalAnswer.Write(http, refusal);
        }

        foreach (var scope in needed)
        {
            if (!token.HasScope(scope))
                return Insufficient(http, token);
        }

        usage!.Used(token, http.Connection.RemoteIpAddress);
        http.Features.Set<IHttpAuthenticationFeature>(new CallerFeature(token));
        return endpoint(http);
    }

    private Task Insufficient(HttpContext http, AccessToken token)
    {
        var all = string.Join(' ', needed);
        usage!.Refused(token.ClientId, insufficient!, all, http.Connection.RemoteIpAddress);
        return RefusalAnswer.Write(http, insufficient!, all);
    }
}
