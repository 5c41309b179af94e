using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ApiConnections.Protocol;
using ApiConnections.ResourceServer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ApiConnections.Benchmarks.ResourceServer;

/// <summary>Publishes one key and signs as many different tokens with it as are asked for, with the claims of a person's token.</summary>
internal sealed class BenchIssuer : IAsyncDisposable
{
    public const string Audience = "https://api.example/maintenance";

    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly WebApplication app;
    private readonly string header = Encode("""{"alg":"ES256","kid":"bench","typ":"at+jwt"}""");

    private BenchIssuer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.MapGet(OAuthPaths.Jwks, () => Results.Text(Document(), "application/json"));
        app.MapGet(OAuthPaths.Revocations, Feed);
        app.MapPost(OAuthPaths.Usage, () => Results.NoContent());
    }

    public string Address { get; private set; } = "";

    public static async Task<BenchIssuer> Start()
    {
        var issuer = new BenchIssuer();
        await issuer.app.StartAsync();
        issuer.Address = issuer.app.Urls.Single();
        return issuer;
    }

    /// <summary>The check as an API runs it, with the keys already there.</summary>
    public async Task<AccessTokenCheck> Check() => (await Services()).GetRequiredService<AccessTokenCheck>();

    /// <summary>What an API has of the library, with the keys already there.</summary>
    /// <param name="hasCredentials">Whether it hears of revocations and reports what is used.</param>
    public async Task<IServiceProvider> Services(bool hasCredentials = false)
    {
        var services = new ServiceCollection().AddLogging().AddApiConnections(options => Configure(options, Address, hasCredentials)).BuildServiceProvider();
        if (!await services.GetRequiredService<IssuerKeys>().Refresh())
            throw new InvalidOperationException("The keys could not be fetched.");
        return services;
    }

    public static void Configure(ResourceServerOptions options, string issuer, bool hasCredentials)
    {
        (options.Issuer, options.Audience) = (issuer, Audience);
        if (hasCredentials)
            (options.ApiKey, options.ApiSecret) = ("benchapi000000000001", "bench");
    }

    public string Token(int number)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var content = header + "." + Encode(
            $$"""
            {"iss":"{{Address}}","aud":"{{Audience}}","sub":"0197a000-0000-7000-8000-000000000003","client_id":"fieldapp000000000001","iat":{{now}},"exp":{{now + 7200}},"jti":"0197a000-0000-7000-8000-{{number:x12}}","scope":"assets:view tasks:edit tasks:view","company":"0197a000-0000-7000-8000-000000000001","authorization_id":"0197a000-0000-7000-8002-{{number:x12}}","family_id":"0197a000-0000-7000-8000-000000000004","gen":[1,1,1]}
            """);
        Span<byte> signature = stackalloc byte[64];
        key.SignData(Encoding.ASCII.GetBytes(content), signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return content + "." + Base64Url.EncodeToString(signature);
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        key.Dispose();
    }

    // Nothing is ever revoked.
    private static async Task Feed(HttpContext http)
    {
        http.Response.ContentType = "text/event-stream";
        await http.Response.WriteAsync("event: reset\nid: bench-0\ndata: {}\n\nevent: ready\nid: bench-0\ndata: {}\n\n");
        while (!http.RequestAborted.IsCancellationRequested)
        {
            await http.Response.WriteAsync("event: heartbeat\nid: bench-0\ndata: {}\n\n");
            await http.Response.Body.FlushAsync();
            await Task.Delay(TimeSpan.FromSeconds(1), http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private string Document()
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return $$"""{"keys":[{"kty":"EC","use":"sig","alg":"ES256","kid":"bench","crv":"P-256","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"}]}""";
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
