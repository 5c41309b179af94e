using ApiConnections.Protocol;
using ApiConnections.Server.Hosting;

namespace ApiConnections.Server.OAuth.Usage;

internal static class UsageRoom
{
    public static Room Room { get; } = new("OAuth/Usage")
    {
        Services = services => services.AddSingleton<UsageEndpoint>().AddSingleton<UsageReports>(),
        Endpoints = endpoints => endpoints.Map(OAuthPaths.Usage, endpoints.ServiceProvider.GetRequiredService<UsageEndpoint>().Answer),
    };
}
