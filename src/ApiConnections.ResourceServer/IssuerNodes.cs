using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;

namespace ApiConnections.ResourceServer;

/// <summary>The nodes of the issuer, as this API with its own key and secret asks them: whichever answered last goes first.</summary>
internal sealed class IssuerNodes
{
    private readonly IHttpClientFactory clients;
    private readonly AuthenticationHeaderValue credentials;
    private readonly string[] addresses;
    private int first;

    public IssuerNodes(IHttpClientFactory clients, IOptions<ResourceServerOptions> options)
    {
        this.clients = clients;
        var given = options.Value;
        addresses = [.. (given.Addresses.Count > 0 ? given.Addresses : [given.Issuer]).Select(address => address.TrimEnd('/'))];
        // RFC 6749 s2.3.1: key and secret are form-encoded before they are put together.
        credentials = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(given.ApiKey ?? "")}:{Uri.EscapeDataString(given.ApiSecret ?? "")}")));
    }

    public int Count => addresses.Length;

    /// <summary>The node to ask, without its credentials.</summary>
    public string Current => addresses[(uint)Volatile.Read(ref first) % (uint)addresses.Length];

    /// <summary>The node at <paramref name="failed"/> did not answer: another one goes first, unless somebody has moved on already.</summary>
    public void MoveOn(string failed)
    {
        var index = Volatile.Read(ref first);
        if (addresses[(uint)index % (uint)addresses.Length] == failed)
            Interlocked.CompareExchange(ref first, unchecked(index + 1), index);
    }

    public HttpRequestMessage Request(HttpMethod method, string node, string path)
    {
        var request = new HttpRequestMessage(method, node + path);
        request.Headers.Authorization = credentials;
        return request;
    }

    /// <summary>Its time is the caller's to limit.</summary>
    public HttpClient Client()
    {
        var client = clients.CreateClient(IssuerKeys.HttpClientName);
        client.Timeout = Timeout.InfiniteTimeSpan;
        return client;
    }
}
