using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.OAuth.Shared;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.OAuth.Token;

internal static class TokenRoom
{
    public static Room Room { get; } = new("OAuth/Token")
    {
        Services = services => services
            .Settings<TokenOptions, TokenOptionsValidator>(TokenOptions.Section)
            .AddSingleton<TokenEndpoint>()
            .AddSingleton<Grants>()
            .AddSingleton<ConsumerLimits>()
            .AddSingleton<RequestedResource>()
            .AddSingleton<CodeRules>()
            .AddSingleton<CodeRedemptions>()
            .AddSingleton<RefreshRules>()
            .AddSingleton<RefreshRotations>()
            .AddSingleton<FamilyTokens>()
            .AddSingleton<IGrant, ClientCredentialsGrant>()
            .AddSingleton<IGrant, AuthorizationCodeGrant>()
            .AddSingleton<IGrant, RefreshTokenGrant>()
            .AddSingleton(provider => Describe(provider.GetRequiredService<Grants>(), provider.GetRequiredService<IOptions<IssuerOptions>>().Value)),
        Endpoints = endpoints => endpoints.Map(OAuthPaths.Token, endpoints.ServiceProvider.GetRequiredService<TokenEndpoint>().Answer),
    };

    private static MetadataPart Describe(Grants grants, IssuerOptions issuer) => new(document => document with
    {
        TokenEndpoint = issuer.Address(OAuthPaths.Token),
        GrantTypesSupported = [.. grants.Types],
        TokenEndpointAuthMethodsSupported = ["client_secret_basic", "client_secret_post", "none"],
    });
}
