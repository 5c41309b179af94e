using ApiConnections.Server.Hosting;

namespace ApiConnections.Server.OAuth.ClientAuthentication;

internal static class ClientAuthenticationRoom
{
    public static Room Room { get; } = new("OAuth/ClientAuthentication")
    {
        Services = services => services
            .Settings<ClientAuthenticationOptions, ClientAuthenticationOptionsValidator>(ClientAuthenticationOptions.Section)
            .AddSingleton<FailedAuthentications>()
            .AddSingleton<Clients>()
            .AddSingleton<ProtectedApis>(),
    };
}
