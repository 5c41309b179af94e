using System.Net;
using System.Net.Http.Headers;
using ApiConnections.ResourceServer;
using ApiConnections.Tests.Support;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ApiConnections.Tests.ResourceServer.Support;

/// <summary>An API behind the package that listens to revocations of a real node, on the real clock.</summary>
internal sealed class ListeningApi : IAsyncDisposable
{
    private readonly WebApplication app;

    private ListeningApi(Node node, TestApi api, Action<ResourceServerOptions>? configure, Action<IServiceCollection>? services)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(Log);
        builder.Services.AddApiConnections(options =>
        {
            (options.Issuer, options.Audience, options.ApiKey, options.ApiSecret) = (node.Issuer, api.Audience, api.Key, api.Secret);
            configure?.Invoke(options);
        });
        builder.Services.AddHealthChecks().AddApiConnections();
        services?.Invoke(builder.Services);
        app = builder.Build();
        app.MapGet("/any", () => "any").RequireAccessToken();
        app.MapGet("/add", () => "added").RequireScope("assets:add");
    }

    public LogSink Log { get; } = new();

    public HttpClient Http { get; private set; } = null!;

    public Revocations Revocations => app.Services.GetRequiredService<Revocations>();

    /// <param name="waits">Whether it is started only once it has heard of revocations.</param>
    public static async Task<ListeningApi> Start(Node node, TestApi api, Action<ResourceServerOptions>? configure = null, bool waits = true, Action<IServiceCollection>? services = null)
    {
        var listening = new ListeningApi(node, api, configure, services);
        await listening.app.StartAsync();
        listening.Http = new HttpClient { BaseAddress = new Uri(listening.app.Urls.Single()) };
        if (waits)
            await Tests.Support.Should.Within(TimeSpan.FromSeconds(9), () => Task.FromResult(!listening.Revocations.IsStale), "the API hears of revocations");
        return listening;
    }

    public async Task<HttpStatusCode> Status(string token, string path = "/any")
    {
        using var answer = await Call(token, path);
        return answer.StatusCode;
    }

    public Task<HttpResponseMessage> Call(string token, string path = "/any")
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return Http.SendAsync(request);
    }

    public async Task<HealthStatus> Health() => (await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
    }
}

/// <summary>A node of which only introspection works: it says what the test tells it.</summary>
internal sealed class StandInNode : IAsyncDisposable
{
    private readonly WebApplication app;
    private int asked;

    private StandInNode()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.MapPost("/oauth/introspect", async (HttpContext http) =>
        {
            Interlocked.Increment(ref asked);
            LastAsked = (await http.Request.ReadFormAsync())["token"].ToString();
            LastAuthorization = http.Request.Headers.Authorization.ToString();
            return Active is { } active ? Results.Json(new { active, scope = "assets:view" }) : Results.StatusCode(503);
        });
    }

    public string Address => app.Urls.Single();

    /// <summary>What it answers; null: 503.</summary>
    public bool? Active { get; set; } = true;

    public int Asked => Volatile.Read(ref asked);

    public string? LastAsked { get; private set; }

    public string? LastAuthorization { get; private set; }

    public static async Task<StandInNode> Start()
    {
        var node = new StandInNode();
        await node.app.StartAsync();
        return node;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
