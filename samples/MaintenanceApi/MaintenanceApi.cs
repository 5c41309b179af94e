using System.Text.Json;
using ApiConnections.ResourceServer;

namespace ApiConnections.Samples.Maintenance;

/// <summary>
/// Work orders and assets behind access tokens. Settings: <c>--issuer</c>, <c>--audience</c>, <c>--urls</c>, or <c>ApiConnections:Issuer</c> and
/// <c>ApiConnections:Audience</c> in the configuration; the audience is the API's own address by default. With <c>ApiConnections:ApiKey</c> and
/// <c>ApiConnections:ApiSecret</c> (never on a command line, which others can read) it hears of revocations within a second.
/// </summary>
public static class MaintenanceApi
{
    private const string DefaultUrl = "http://localhost:8401";
    private const int MaxBodyBytes = 16 * 1024;

    private static readonly Dictionary<string, string> switches = new()
    {
        ["--issuer"] = "ApiConnections:Issuer",
        ["--audience"] = "ApiConnections:Audience",
    };

    /// <summary>The API, ready to run alone or beside others in one process.</summary>
    /// <param name="settings">Over those of the command line, for programs that host it.</param>
    public static WebApplication Build(string[] args, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddCommandLine(args, switches);
        builder.Configuration.AddInMemoryCollection(settings ?? new Dictionary<string, string?>());
        var urls = builder.Configuration["urls"] ?? DefaultUrl;
        builder.WebHost.UseUrls(urls);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        });

        builder.Services.AddApiConnections(builder.Configuration.GetSection(ResourceServerOptions.Section));
        builder.Services.PostConfigure<ResourceServerOptions>(options =>
        {
            if (options.Audience.Length == 0)
                options.Audience = urls.Split(';')[0];
        });
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, MaintenanceJson.Default);
        });
        builder.Services.AddHealthChecks().AddApiConnections();
        builder.Services.AddSingleton<WorkOrders>();

        var app = builder.Build();
        app.UseExceptionHandler(failed => failed.Run(http => Envelope.Refuse(500, "Something went wrong here.").ExecuteAsync(http)));
        app.UseStatusCodePages(page => Envelope.Refuse(page.HttpContext.Response.StatusCode, null).ExecuteAsync(page.HttpContext));
        WorkOrderEndpoints.Map(app);
        AssetEndpoints.Map(app);
        WhoAmI.Map(app);
        app.MapHealthChecks("/health");
        return app;
    }
}
