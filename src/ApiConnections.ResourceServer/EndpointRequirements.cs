using ApiConnections.Protocol;
using Microsoft.AspNetCore.Builder;

namespace ApiConnections.ResourceServer;

/// <summary>What an endpoint, or every endpoint of a group, asks of its callers. An endpoint that asks for nothing is open.</summary>
public static class EndpointRequirements
{
    /// <summary>
    /// Lets in only valid access tokens that carry each of these permissions; answers 401 <c>invalid_token</c> or 403 <c>insufficient_scope</c>
    /// to others. Adds to what a group asks for. <c>AllowAnonymous()</c> opens an endpoint of a group again.
    /// </summary>
    /// <see href="https://www.rfc-editor.org/rfc/rfc6750#section-3.1"/>
    public static TBuilder RequireScope<TBuilder>(this TBuilder builder, params string[] scopes)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(scopes);
        if (!ScopeSet.Parse(string.Join(' ', scopes)).TryGet(out var needed, out var refusal))
            throw new ArgumentException(refusal.Reason, nameof(scopes));

        builder.Add(endpoint => EndpointGuard.Set(endpoint, needed));
        return builder;
    }

    /// <summary>Lets in any valid access token, whatever it may do; answers 401 <c>invalid_token</c> to others.</summary>
    public static TBuilder RequireAccessToken<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint => EndpointGuard.Set(endpoint, ScopeSet.Empty));
        return builder;
    }
}
