using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ApiConnections.Tests.ResourceServer.Support;

/// <summary>An authorization server that a test controls: it signs whatever it is told to and rotates, withdraws, fails, hangs on demand.</summary>
public sealed class StandInIssuer : IAsyncDisposable
{
    private readonly WebApplication app;
    private int fetches;

    private StandInIssuer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.Run(Answer);
    }

    /// <summary>The document's keys: what stands here is published.</summary>
    public List<IssuerKey> Published { get; } = [new IssuerKey("key-1")];

    /// <summary>Takes the place of the document where it is set.</summary>
    public Func<HttpContext, Task>? Misbehave { get; set; }

    public string Address { get; private set; } = "";

    public int Fetches => Volatile.Read(ref fetches);

    public static async Task<StandInIssuer> Start()
    {
        var issuer = new StandInIssuer();
        await issuer.app.StartAsync();
        issuer.Address = issuer.app.Urls.Single();
        return issuer;
    }

    public JsonObject Claims(string audience, DateTimeOffset now) => new()
    {
        ["iss"] = Address,
        ["aud"] = audience,
        ["sub"] = "consumer:nightlyreport0000001",
        ["client_id"] = "nightlyreport0000001",
        ["iat"] = now.ToUnixTimeSeconds(),
        ["exp"] = now.ToUnixTimeSeconds() + 600,
        ["jti"] = Guid.CreateVersion7().ToString("N"),
        ["scope"] = "assets:view tasks:view",
        ["company"] = "0197a000-0000-7000-8000-000000000001",
        ["authorization_id"] = "0197a000-0000-7000-8000-000000000002",
        ["gen"] = new JsonArray(3, 5),
    };

    public string Sign(JsonObject claims, JsonObject? header = null, IssuerKey? key = null)
    {
        key ??= Published[0];
        header ??= Header(key);
        var content = Encode(header.ToJsonString()) + "." + Encode(claims.ToJsonString());
        return content + "." + Base64Url.EncodeToString(key.Private.SignData(Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256));
    }

    public static JsonObject Header(IssuerKey key) => new() { ["alg"] = "ES256", ["typ"] = "at+jwt", ["kid"] = key.Id };

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private Task Answer(HttpContext http)
    {
        if (http.Request.Path != "/.well-known/jwks.json")
        {
            http.Response.StatusCode = 404;
            return Task.CompletedTask;
        }

        Interlocked.Increment(ref fetches);
        return Misbehave?.Invoke(http) ?? http.Response.WriteAsync(Document());
    }

    public string Document() => JsonSerializer.Serialize(new { keys = Published.ConvertAll(key => key.Public()) });
}

public sealed class IssuerKey(string id)
{
    public string Id => id;

    public ECDsa Private { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public JsonObject Public()
    {
        var point = Private.ExportParameters(includePrivateParameters: false).Q;
        return new JsonObject
        {
            ["kty"] = "EC",
            ["use"] = "sig",
            ["alg"] = "ES256",
            ["kid"] = id,
            ["crv"] = "P-256",
            ["x"] = Base64Url.EncodeToString(point.X),
            ["y"] = Base64Url.EncodeToString(point.Y),
        };
    }
}
