using System.Net;
using System.Net.Security;
using System.Text.Json;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>What an endpoint of ours answered to a test.</summary>
internal sealed record OwnAnswer(int Status, JsonElement Body)
{
    public bool IsGood => Status == StatusCodes.Status200OK;

    public string? Text(string name) => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public override string ToString() => $"{Status} ***";
}

/// <summary>
/// Calls the real endpoints of this server as a program would: over HTTP, at the address on which it listens itself and under the issuer's name, so that neither a proxy,
/// a name that only others can resolve nor a certificate that only others trust stands between.
/// </summary>
internal sealed class OwnEndpoints(IServer server, IOptions<IssuerOptions> issuer) : IDisposable
{
    private const int LongestAnswer = 64 * 1024;
    private static readonly Refusal unreachable = Refused.Conflict("The server could not reach itself; try again in a moment.");

    // The other end is this very process: its certificate proves nothing that the address does not, and is often one that only the proxy before it trusts.
    private readonly HttpClient own = Client(new SslClientAuthenticationOptions { TargetHost = issuer.Value.Uri.Host, RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null });
    private readonly HttpClient byName = Client(new SslClientAuthenticationOptions { TargetHost = issuer.Value.Uri.Host });

    /// <param name="agent">By which the request is found again in the consumer's requests.</param>
    public async Task<Outcome<OwnAnswer>> Post(string path, IEnumerable<(string Name, string? Value)> form, string agent)
    {
        var listener = Listener(server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []);
        using var request = new HttpRequestMessage(HttpMethod.Post, (listener?.GetLeftPart(UriPartial.Authority) ?? issuer.Value.Uri.GetLeftPart(UriPartial.Authority)) + issuer.Value.Path + path);
        request.Content = new FormUrlEncodedContent(form.Where(field => !string.IsNullOrEmpty(field.Value)).Select(field => KeyValuePair.Create(field.Name, field.Value)));
        request.Headers.Host = issuer.Value.Uri.Authority;
        request.Headers.UserAgent.ParseAdd(agent);
        try
        {
            using var response = await (listener is null ? byName : own).SendAsync(request);
            return new OwnAnswer((int)response.StatusCode, Read(await response.Content.ReadAsByteArrayAsync()));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return unreachable;
        }
    }

    public void Dispose()
    {
        byName.Dispose();
        own.Dispose();
    }

    private static HttpClient Client(SslClientAuthenticationOptions ssl) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        SslOptions = ssl,
    })
    {
        Timeout = TimeSpan.FromSeconds(10),
        MaxResponseContentBufferSize = LongestAnswer,
    };

    /// <summary>An address of ours that this machine reaches: without TLS where there is one, a wildcard as loopback. Null where there is none, as on a socket file.</summary>
    internal static Uri? Listener(IEnumerable<string> addresses) => addresses
        .Select(BindingAddress.Parse)
        .Where(address => !address.IsUnixPipe && !address.IsNamedPipe)
        .OrderBy(address => address.Scheme == Uri.UriSchemeHttps)
        .Select(address => new UriBuilder(address.Scheme, Host(address.Host), address.Port).Uri)
        .FirstOrDefault();

    private static string Host(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? host
        : !IPAddress.TryParse(host, out var address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback.ToString()
        : host;

    private static JsonElement Read(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return default;
        }
    }
}
