using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.OAuth.Shared;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.OAuth.Introspection;

internal static class IntrospectionRoom
{
    public static Room Room { get; } = new("OAuth/Introspection")
    {
        Services = services => services
            .AddSingleton<IntrospectionEndpoint>()
            .AddSingleton<Callers>()
            .AddSingleton<TokenStates>()
            .AddSingleton<IntrospectedTokens>()
            .AddSingleton(provider => Describe(provider.GetRequiredService<IOptions<IssuerOptions>>().Value)),
        Endpoints = endpoints => endpoints.Map(OAuthPaths.Introspection, endpoints.ServiceProvider.GetRequiredService<IntrospectionEndpoint>().Answer),
    };

    private static MetadataPart Describe(IssuerOptions issuer) => new(document => document with
    {
        IntrospectionEndpoint = issuer.Address(OAuthPaths.Introspection),
        IntrospectionEndpointAuthMethodsSupported = ["client_secret_basic", "client_secret_post"],
    });
}
