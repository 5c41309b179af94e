using ApiConnections.ResourceServer;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace ApiConnections.Benchmarks.ResourceServer;

/// <summary>The same small endpoint on Kestrel without a check, with ours, or with the framework's own.</summary>
internal static class EndpointServer
{
    public const string Command = "resource-server-endpoint";
    public const string Nothing = "no check", Ours = "API Connections", Hearing = "API Connections, hearing of revocations", Reporting = "the same, reporting what is used", JwtBearer = "JwtBearer 10";

    public static async Task RunAsChild(string[] args)
    {
        var (kind, issuer) = (args[0], args[1]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        if (kind is Ours or Hearing or Reporting)
        {
            builder.Services.AddApiConnections(options =>
            {
                BenchIssuer.Configure(options, issuer, hasCredentials: kind != Ours);
                options.ReportUsage = kind == Reporting;
            });
        }

        if (kind == JwtBearer)
            await AddJwtBearer(builder, issuer);

        var app = builder.Build();
        if (kind == JwtBearer)
            app.UseAuthentication().UseAuthorization();
        var endpoint = app.MapGet("/", () => "ok");
        _ = kind switch
        {
            Ours or Hearing or Reporting => endpoint.RequireScope("tasks:view"),
            JwtBearer => endpoint.RequireAuthorization("tasks:view"),
            _ => endpoint,
        };
        await app.StartAsync();
        Console.WriteLine(app.Urls.Single());
        await app.WaitForShutdownAsync();
    }

    private static async Task AddJwtBearer(WebApplicationBuilder builder, string issuer)
    {
        using var http = new HttpClient();
        var keys = new JsonWebKeySet(await http.GetStringAsync(issuer + "/.well-known/jwks.json"));
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options =>
        {
            options.MapInboundClaims = false;
            options.TokenValidationParameters = new TokenValidationParameters
            {
                ValidIssuer = issuer,
                ValidAudience = BenchIssuer.Audience,
                ValidTypes = ["at+jwt"],
                ValidAlgorithms = ["ES256"],
                IssuerSigningKeys = keys.Keys,
            };
        });
        builder.Services.AddAuthorization(options => options.AddPolicy("tasks:view", policy => policy.RequireAssertion(
            context => context.User.FindFirst("scope")?.Value.Split(' ').Contains("tasks:view") == true)));
    }
}
