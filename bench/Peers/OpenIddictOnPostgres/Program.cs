using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using Peers;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

// OpenIddict with its stores on Entity Framework Core and PostgreSQL, everything else at its defaults.
var settings = PeerSettings.From(args);
var builder = WebApplication.CreateBuilder();
builder.WebHost.UseUrls(settings.Url);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddDbContextPool<DbContext>(options => options.UseNpgsql(settings.Database).UseOpenIddict());
builder.Services.AddOpenIddict().AddCore(options => options.UseEntityFrameworkCore().UseDbContext<DbContext>()).AddServer(options =>
{
    options.SetTokenEndpointUris("oauth/token").SetAuthorizationEndpointUris("oauth/authorize").SetIntrospectionEndpointUris("oauth/introspect");
    options.AllowClientCredentialsFlow().AllowAuthorizationCodeFlow().AllowRefreshTokenFlow().RequireProofKeyForCodeExchange();
    options.RegisterScopes("assets:view", "tasks:view");
    options.AddSigningKey(new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)));
    options.AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)));
    options.DisableAccessTokenEncryption(); // signed only, as everybody's here
    options.UseAspNetCore().DisableTransportSecurityRequirement();

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
await Prepare();
await app.RunAsync();

async Task Prepare()
{
    await using var scope = app.Services.CreateAsyncScope();
    if (!await scope.ServiceProvider.GetRequiredService<DbContext>().Database.EnsureCreatedAsync())
        return;

    var clients = scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>();
    string[] scopes = [Permissions.Prefixes.Scope + "assets:view", Permissions.Prefixes.Scope + "tasks:view"];
    await Add(settings.Key, settings.Secret, [Permissions.Endpoints.Token, Permissions.GrantTypes.ClientCredentials, .. scopes]);
    await Add(settings.ApiKey, settings.ApiSecret, [Permissions.Endpoints.Introspection]);
    await Add(settings.App, null, [
        Permissions.Endpoints.Authorization, Permissions.Endpoints.Token, Permissions.GrantTypes.AuthorizationCode, Permissions.GrantTypes.RefreshToken, Permissions.ResponseTypes.Code, .. scopes]);

    async Task Add(string key, string? secret, string[] permissions)
    {
        var client = new OpenIddictApplicationDescriptor { ClientId = key, ClientSecret = secret, ClientType = secret is null ? ClientTypes.Public : ClientTypes.Confidential };
        client.Permissions.UnionWith(permissions);
        if (secret is null)
            client.RedirectUris.Add(new Uri(settings.Callback));
        await clients.CreateAsync(client);
    }
}

ClaimsPrincipal Principal(string subject, params string[] more)
{
    var identity = new ClaimsIdentity("Peers");
    identity.SetClaim(Claims.Subject, subject).SetScopes(["assets:view", "tasks:view", .. more]).SetResources(settings.ApiKey, settings.Audience);
    identity.SetDestinations(_ => [Destinations.AccessToken]);
    return new ClaimsPrincipal(identity);
}
