using ApiConnections.Protocol;
using ApiConnections.Server.Hosting;

namespace ApiConnections.Server.OAuth.RevocationFeed;

internal static class RevocationFeedRoom
{
    public static Room Room { get; } = new("OAuth/RevocationFeed")
    {
        Services = services => services.AddSingleton<Feed>().AddSingleton<FeedEndpoint>(),
        Endpoints = endpoints => endpoints.Map(OAuthPaths.Revocations, endpoints.ServiceProvider.GetRequiredService<FeedEndpoint>().Answer),
    };
}
