using ApiConnections.Server.Access;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

internal static class RequestWords
{
    /// <summary>What people call an endpoint: a key of the texts.</summary>
    public static string Endpoint(string endpoint) => endpoint switch
    {
        LoggedEndpoint.Authorize => "consumers.at_authorize",
        LoggedEndpoint.Revoke => "consumers.at_revoke",
        LoggedEndpoint.Introspect => "consumers.at_introspect",
        LoggedEndpoint.Api => "consumers.at_api",
        _ => "consumers.at_token",
    };
}
