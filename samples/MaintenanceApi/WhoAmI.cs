using System.Text.Json.Serialization;
using ApiConnections.ResourceServer;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ApiConnections.Samples.Maintenance;

/// <summary>Who calls, as the token says it: what integrators ask first when something does not work.</summary>
internal sealed record WhoAmI(
    Guid Company,
    [property: JsonPropertyName("client_id")] string ClientId,
    [property: JsonPropertyName("sub")] string Subject,
    [property: JsonPropertyName("user")] bool IsUser,
    string Scope,
    DateTimeOffset ExpiresAt)
{
    public static void Map(WebApplication app) => app.MapGet("/whoami", Answer).RequireAccessToken();

    private static Ok<WhoAmI> Answer(HttpContext http)
    {
        var token = http.GetAccessToken();
        return TypedResults.Ok(new WhoAmI(token.Company, token.ClientId, token.Subject, token.IsUser, token.Scope, token.ExpiresAt));
    }
}
