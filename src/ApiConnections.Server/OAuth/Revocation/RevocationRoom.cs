using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.OAuth.Shared;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.OAuth.Revocation;

internal static class RevocationRoom
{
    public static Room Room { get; } = new("OAuth/Revocation")
    {
        Services = services => services
            .AddSingleton<RevocationEndpoint>()
            .AddSingleton<RevokedTokens>()
            .AddSingleton(provider => Describe(provider.GetRequiredService<IOptions<IssuerOptions>>().Value)),
        Endpoints = endpoints => endpoints.Map(OAuthPaths.Revocation, endpoints.ServiceProvider.GetRequiredService<RevocationEndpoint>().Answer),
    };

    private static MetadataPart Describe(IssuerOptions issuer) => new(document => document with
    {
        RevocationEndpoint = issuer.Address(OAuthPaths.Revocation),
        RevocationEndpointAuthMethodsSupported = ["client_secret_basic", "client_secret_post", "none"],
    });
}
