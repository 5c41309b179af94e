using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ApiConnections.Server;
using ApiConnections.Server.Access;
using Shouldly;

namespace ApiConnections.Tests.Support;

/// <summary>A server node: the real program on real Kestrel, on a port of its own.</summary>
public sealed class Node : IAsyncDisposable
{
    private readonly Installation installation;
    private bool stopped;

    private Node(Installation installation, WebApplication app, string issuer)
    {
        (this.installation, App, Issuer) = (installation, app, issuer);
        Http = new HttpClient { BaseAddress = new Uri(issuer) };
    }

    public WebApplication App { get; }

    /// <summary>Its address, which is its issuer too.</summary>
    public string Issuer { get; }

    public HttpClient Http { get; }

    public int Port => new Uri(Issuer).Port;

    internal static async Task<Node> Start(Installation installation, Action<WebApplicationBuilder>? configure, (string Name, string? Value)[] settings)
    {
        var issuer = $"http://127.0.0.1:{FreePort()}";
        var all = new Dictionary<string, string?>(installation.Settings) { ["ApiConnections:Issuer"] = issuer, ["Urls"] = issuer };
        foreach (var (name, value) in settings)
            all[name] = value;
        if (all["Urls"] != issuer && all["Urls"] == all["ApiConnections:Issuer"])
            issuer = all["Urls"]!;

        var app = ApiConnectionsServer.Build(all, builder =>
        {
            builder.Logging.ClearProviders().AddProvider(installation.Log).SetMinimumLevel(LogLevel.Trace);
            builder.Services.AddSingleton<TimeProvider>(installation.Clock);
            configure?.Invoke(builder);
        });
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new Node(installation, app, issuer);
    }

    /// <summary>What makes a node that browsers reach by a name, as passkeys need it.</summary>
    public static (string Name, string? Value)[] OnLocalhost
    {
        get
        {
            var address = $"http://localhost:{FreePort()}";
            return [("ApiConnections:Issuer", address), ("Urls", address)];
        }
    }

    /// <summary>Asks for a token as most clients do.</summary>
    public Task<TokenAnswer> Token(TestConsumer consumer, params (string Name, string Value)[] parameters) =>
        Post([("grant_type", "client_credentials"), .. parameters], Basic(consumer.Key, consumer.Secret));

    public Task<TokenAnswer> Post((string Name, string Value)[] form, AuthenticationHeaderValue? authorization = null) =>
        Send(new FormUrlEncodedContent(form.Select(pair => new KeyValuePair<string, string>(pair.Name, pair.Value))), authorization);

    public async Task<TokenAnswer> Send(HttpContent content, AuthenticationHeaderValue? authorization = null, string path = "/oauth/token")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.Authorization = authorization;
        using var response = await Http.SendAsync(request);
        var answer = await TokenAnswer.Read(response);
        if (answer.AccessToken is { } token)
            installation.Watch(token);

        return answer;
    }

    public static AuthenticationHeaderValue Basic(string key, string secret) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(key)}:{Uri.EscapeDataString(secret)}")));

    /// <summary>The node has heard of all that was committed until now: what it reads from here on stays known to it.</summary>
    public async Task Hear() => (await App.Services.GetRequiredService<ChangeListener>().ReadNow()).ShouldBeTrue();

    /// <summary>From here on the node hears of no change: what it knows must come from its own reading.</summary>
    public Task Deafen() => App.Services.GetRequiredService<ChangeListener>().StopAsync(CancellationToken.None);

    public async Task Stop()
    {
        if (stopped)
            return;

        stopped = true;
        await App.StopAsync();
        await App.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Stop();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>An answer of the token endpoint.</summary>
public sealed record TokenAnswer(HttpStatusCode Status, JsonElement Body, IReadOnlyDictionary<string, string> Headers)
{
    public string? AccessToken => Text("access_token");

    public string? RefreshToken => Text("refresh_token");

    public string? Error => Text("error");

    public string? Scope => Text("scope");

    /// <summary>The claims of the access token, unchecked.</summary>
    public JsonElement Claims => JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(AccessToken!.Split('.')[1])).RootElement;

    public string? Text(string property) => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty(property, out var value) ? value.ToString() : null;

    public static async Task<TokenAnswer> Read(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        return new TokenAnswer(
            response.StatusCode,
            text.Length > 0 && response.Content.Headers.ContentType?.MediaType == "application/json" ? JsonDocument.Parse(text).RootElement : default,
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));
    }
}
