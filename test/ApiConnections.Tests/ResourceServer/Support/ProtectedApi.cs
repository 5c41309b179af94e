using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text.Json.Nodes;
using ApiConnections.ResourceServer;
using Microsoft.Extensions.Time.Testing;

namespace ApiConnections.Tests.ResourceServer.Support;

/// <summary>A small API behind the package, on Kestrel, with its issuer and a clock that the test moves.</summary>
public sealed class ProtectedApi : IAsyncDisposable
{
    public const string Audience = "https://api.example/maintenance";

    private readonly WebApplication app;

    private ProtectedApi(StandInIssuer issuer, TimeProvider clock, Action<ResourceServerOptions>? configure)
    {
        Issuer = issuer;
        Clock = clock as FakeTimeProvider;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(Log);
        builder.Services.AddSingleton(clock);
        builder.Services.AddApiConnections(options =>
        {
            options.Issuer = issuer.Address;
            options.Audience = Audience;
            configure?.Invoke(options);
        });
        app = builder.Build();
        MapEndpoints();
    }

    public StandInIssuer Issuer { get; }

    public FakeTimeProvider? Clock { get; }

    public LogSink Log { get; } = new();

    public HttpClient Http { get; private set; } = null!;

    public IServiceProvider Services => app.Services;

    public DateTimeOffset Now => app.Services.GetRequiredService<TimeProvider>().GetUtcNow();

    public static async Task<ProtectedApi> Start(bool realTime = false, Action<ResourceServerOptions>? configure = null, Action<StandInIssuer>? issuer = null)
    {
        var standIn = await StandInIssuer.Start();
        issuer?.Invoke(standIn);
        var clock = realTime ? TimeProvider.System : new FakeTimeProvider(new DateTimeOffset(2026, 11, 24, 8, 0, 0, TimeSpan.Zero));
        var api = new ProtectedApi(standIn, clock, configure);
        await api.app.StartAsync();
        api.Http = new HttpClient { BaseAddress = new Uri(api.app.Urls.Single()), Timeout = TimeSpan.FromSeconds(20) };
        if (issuer is null)
            await api.Until(() => standIn.Fetches > 0 && api.Services.GetRequiredService<IssuerKeys>().Current is not null);
        return api;
    }

    /// <summary>A good token, changed by <paramref name="change"/> before it is signed.</summary>
    public string Token(Action<JsonObject>? change = null, JsonObject? header = null, IssuerKey? key = null)
    {
        var claims = Issuer.Claims(Audience, Now);
        change?.Invoke(claims);
        return Issuer.Sign(claims, header, key);
    }

    public Task<HttpResponseMessage> Get(string path, string? token) => Send(path, token is null ? null : "Bearer " + token);

    public Task<HttpResponseMessage> Send(string path, string? authorization, HttpMethod? method = null)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, path);
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return Http.SendAsync(request);
    }

    public async Task Until(Func<bool> condition)
    {
        for (var i = 0; i < 400 && !condition(); i++)
            await Task.Delay(25);
    }

    /// <summary>Lets the background refresh happen, and waits for it.</summary>
    public async Task RefreshKeys()
    {
        var before = Services.GetRequiredService<IssuerKeys>().Current;
        Clock!.Advance(TimeSpan.FromMinutes(6));
        await Until(() => !ReferenceEquals(before, Services.GetRequiredService<IssuerKeys>().Current));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
        await Issuer.DisposeAsync();
    }

    private void MapEndpoints()
    {
        app.MapGet("/open", (HttpContext http) => http.FindAccessToken() is null ? "open" : "checked");
        app.MapGet("/any", (HttpContext http) => http.GetAccessToken().ClientId).RequireAccessToken();
        app.MapGet("/tasks", () => "tasks").RequireScope("tasks:view");
        app.MapPost("/tasks", () => "added").RequireScope("tasks:add");
        app.MapGet("/both", () => "both").RequireScope("tasks:view", "tasks:edit");
        app.MapGet("/forgotten", (HttpContext http) => http.GetAccessToken().ClientId);
        app.MapGet("/claims", (ClaimsPrincipal user) => string.Join('\n', user.Claims.Select(claim => claim.Type + "=" + claim.Value))).RequireAccessToken();
        app.MapGet("/token", (HttpContext http) => TypedResults.Text(Describe(http.GetAccessToken()))).RequireAccessToken();
        app.MapGet("/become", (HttpContext http) =>
        {
            var before = http.User.FindFirst("client_id")?.Value;
            http.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim("client_id", "somebody else")]));
            return before;
        }).RequireAccessToken();

        var assets = app.MapGroup("/assets").RequireScope("assets:view");
        assets.MapGet("/", () => "assets");
        assets.MapPost("/", () => "added").RequireScope("assets:add");
        assets.MapGet("/help", () => "help").AllowAnonymous();
    }

    private static string Describe(AccessToken token) => string.Join(' ', [token.Company, token.ClientId, token.Subject, token.IsUser, token.AuthorizationId,
        token.FamilyId, token.CompanyGeneration, token.ConsumerGeneration, token.UserGeneration, token.KeyId, token.ExpiresAt.ToUnixTimeSeconds(), token.Id.Length]);
}

/// <summary>Everything that was logged, at every level.</summary>
public sealed class LogSink : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        Lines.Enqueue("scope " + state);
        return null;
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");

    public void Dispose()
    {
    }
}

internal static class Answers
{
    public static string? Challenge(this HttpResponseMessage response) => response.Headers.TryGetValues("WWW-Authenticate", out var values) ? values.Single() : null;
}
