using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using Peers;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

// OpenIddict's server in its degraded mode: no database, nothing is remembered, who calls is checked here.
var settings = PeerSettings.From(args);
var builder = WebApplication.CreateBuilder();
builder.WebHost.UseUrls(settings.Url);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddOpenIddict().AddServer(options =>
{
    options.EnableDegradedMode();
    options.SetTokenEndpointUris("oauth/token").SetAuthorizationEndpointUris("oauth/authorize").SetIntrospectionEndpointUris("oauth/introspect");
    options.AllowClientCredentialsFlow().AllowAuthorizationCodeFlow().AllowRefreshTokenFlow().RequireProofKeyForCodeExchange();
    options.RegisterScopes("assets:view", "tasks:view");
    options.AddSigningKey(new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)));
    options.AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)));
    options.DisableAccessTokenEncryption(); // signed only, as everybody's here
    options.UseAspNetCore().DisableTransportSecurityRequirement();

    options.AddEventHandler<ValidateAuthorizationRequestContext>(handler => handler.UseInlineHandler(context =>
    {
        if (context.ClientId != settings.App || context.RedirectUri != settings.Callback)
            context.Reject(Errors.InvalidRequest);
        return default;
    }));
    options.AddEventHandler<ValidateTokenRequestContext>(handler => handler.UseInlineHandler(context =>
    {
        if (context.ClientId != settings.App && !Is(context.ClientId, context.ClientSecret, settings.Key, settings.Secret))
            context.Reject(Errors.InvalidClient);
        return default;
    }));
    options.AddEventHandler<ValidateIntrospectionRequestContext>(handler => handler.UseInlineHandler(context =>
    {
        if (!Is(context.ClientId, context.ClientSecret, settings.ApiKey, settings.ApiSecret))
            context.Reject(Errors.InvalidClient);
        return default;
    }));
    options.AddEventHandler<HandleAuthorizationRequestContext>(handler => handler.UseInlineHandler(context =>
    {
        context.SignIn(Principal(RandomNumberGenerator.GetHexString(32), Scopes.OfflineAccess));
        return default;
    }));
    options.AddEventHandler<HandleTokenRequestContext>(handler => handler.UseInlineHandler(context =>
    {
        if (context.Request.IsClientCredentialsGrantType())
            context.SignIn(Principal(settings.Key));
        return default;
    }));
});
var app = builder.Build();
app.UseAuthentication();
await app.RunAsync();

bool Is(string? key, string? secret, string expectedKey, string expectedSecret) =>
    key == expectedKey && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(secret ?? ""), Encoding.ASCII.GetBytes(expectedSecret));

ClaimsPrincipal Principal(string subject, params string[] more)
{
    var identity = new ClaimsIdentity("Peers");
    identity.SetClaim(Claims.Subject, subject).SetScopes(["assets:view", "tasks:view", .. more]).SetResources(settings.ApiKey, settings.Audience);
    identity.SetDestinations(_ => [Destinations.AccessToken]);
    return new ClaimsPrincipal(identity);
}
