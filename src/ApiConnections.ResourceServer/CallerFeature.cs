using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features.Authentication;

namespace ApiConnections.ResourceServer;

/// <summary>Who calls, for one request; the claims of <c>HttpContext.User</c> are made when somebody asks for them.</summary>
// Hot path: resource-server. One object of 32 bytes a request: it cannot be shared, because HttpContext.User can be set.
internal sealed class CallerFeature(AccessToken token) : IHttpAuthenticationFeature
{
    private ClaimsPrincipal? user;

    public AccessToken Token => token;

    public ClaimsPrincipal? User
    {
        get => user ??= token.ToPrincipal();
        set => user = value;
    }
}

/// <summary>Reads the access token that let a request in.</summary>
public static class AccessTokenHttpContext
{
    /// <summary>The verified access token. Throws where the endpoint asks for none with <see cref="EndpointRequirements"/>: that is a bug of the API.</summary>
    public static AccessToken GetAccessToken(this HttpContext http) => http.FindAccessToken()
        ?? throw new InvalidOperationException("No access token was checked: the endpoint lacks RequireScope(...) or RequireAccessToken().");

    /// <summary>The verified access token, or null where the endpoint asks for none.</summary>
    public static AccessToken? FindAccessToken(this HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return (http.Features.Get<IHttpAuthenticationFeature>() as CallerFeature)?.Token;
    }
}
