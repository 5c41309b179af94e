using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.OAuth.Shared;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.OAuth.Authorize;

internal static class AuthorizeRoom
{
    public static Room Room { get; } = new("OAuth/Authorize")
    {
        Services = services => services
            .AddSingleton<AuthorizeEndpoint>()
            .AddSingleton<ConsentEndpoint>()
            .AddSingleton<ConsentPages>()
            .AddSingleton<AskingApps>()
            .AddSingleton<RequestChecks>()
            .AddSingleton<SealedRequests>()
            .AddSingleton<PendingRequests>()
            .AddSingleton<Consents>()
            .AddSingleton<AllowedConsents>()
            .AddSingleton<AuthorizeAnswers>()
            .AddSingleton(provider => Describe(provider.GetRequiredService<IOptions<IssuerOptions>>().Value)),
        Endpoints = endpoints =>
        {
            var authorize = endpoints.ServiceProvider.GetRequiredService<AuthorizeEndpoint>();
            var consent = endpoints.ServiceProvider.GetRequiredService<ConsentEndpoint>();
            endpoints.MapPage(OAuthPaths.Authorize, authorize.Get, authorize.Post);
            endpoints.MapPage(SealedRequests.ContinuePath, authorize.Continue);
            endpoints.MapPage(ConsentEndpoint.Path, consent.Get, consent.Post);
        },
    };

    private static MetadataPart Describe(IssuerOptions issuer) => new(document => document with
    {
        AuthorizationEndpoint = issuer.Address(OAuthPaths.Authorize),
        ResponseTypesSupported = ["code"],
        ResponseModesSupported = ["query"],
        CodeChallengeMethodsSupported = ["S256"],
        AuthorizationResponseIssParameterSupported = true,
        UiLocalesSupported = [.. Languages.Spoken.Select(language => language.Code)],
    });
}
