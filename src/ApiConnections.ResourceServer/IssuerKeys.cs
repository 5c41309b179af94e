using System.Net.Http.Json;
using System.Text.Json;
using ApiConnections.Protocol;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ApiConnections.ResourceServer;

/// <summary>
/// The issuer's public keys, fetched from its own address only. Requests read what is there; they wait, briefly, only where a token names a
/// key that is not. The last good keys serve through an outage until they are too old.
/// </summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc7517#section-5"/>
internal sealed partial class IssuerKeys(IHttpClientFactory clients, IOptions<ResourceServerOptions> options, TimeProvider clock, ILogger<IssuerKeys> logger)
{
    /// <summary>The named HTTP client, which an API may configure (a proxy, an own certificate authority).</summary>
    public const string HttpClientName = "ApiConnections";

    // A stranger can name any key: whatever arrives, the issuer sees one extra fetch a second, and nobody waits longer than this.
    private static readonly TimeSpan extraFetchAtMostEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan longestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan fetchTimeout = TimeSpan.FromSeconds(5);
    private const int MaxDocumentBytes = 256 * 1024;

    private readonly Uri address = new(options.Value.Issuer.TrimEnd('/') + OAuthPaths.Jwks);
    private readonly Lock gate = new();
    private volatile TrustedKeys? current;
    private Task<bool>? underWay;
    private long? lastStart;
    private bool failing;

    public TrustedKeys? Current => current;

    /// <summary>Fetches the keys, or joins the fetch that is under way; false where it failed.</summary>
    public Task<bool> Refresh()
    {
        lock (gate)
            return underWay ?? Start();
    }

    /// <summary>The same for a request that lacks a key: nothing happens where keys were fetched within the last second, and the wait is short.</summary>
    public async Task RefreshBriefly(CancellationToken aborted)
    {
        Task refresh;
        lock (gate)
        {
            if (underWay is null && lastStart is { } start && clock.GetElapsedTime(start) < extraFetchAtMostEvery)
                return;

            refresh = underWay ?? Start();
        }

        await refresh.WaitAsync(longestWait, clock, aborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // Under the lock. On a thread of its own, so that the fetch outlives the request that asked for it.
    private Task<bool> Start()
    {
        lastStart = clock.GetTimestamp();
        return underWay = Task.Run(FetchAndPublish);
    }

    private async Task<bool> FetchAndPublish()
    {
        Exception? failure = null;
        try
        {
            var keys = await Fetch();
            current = TrustedKeys.From(keys, current, clock.GetUtcNow(), options.Value);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or JsonException or NotSupportedException or IOException)
        {
            failure = e;
        }
        finally
        {
            lock (gate)
                underWay = null;
        }

        Report(failure);
        return failure is null;
    }

    private async Task<IReadOnlyList<PublicSigningKey>> Fetch()
    {
        using var client = clients.CreateClient(HttpClientName);
        client.Timeout = fetchTimeout;
        client.MaxResponseContentBufferSize = MaxDocumentBytes;
        using var response = await client.GetAsync(address);
        response.EnsureSuccessStatusCode();
        var document = await response.Content.ReadFromJsonAsync(ResourceServerJson.Default.JwksDocument);
        return document?.SigningKeys() ?? throw new JsonException("The key set is null.");
    }

    private void Report(Exception? failure)
    {
        if (failure is not null && !failing)
            Log.CannotFetch(logger, address, current is null ? "requests with a token get 503" : "the last good ones serve meanwhile", failure);
        else if (failure is null && failing)
            Log.FetchedAgain(logger, address);

        failing = failure is not null;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Cannot fetch the issuer's keys from {Address}; {Consequence}.")]
        public static partial void CannotFetch(ILogger logger, Uri address, string consequence, Exception failure);

        [LoggerMessage(2, LogLevel.Information, "The issuer's keys were fetched again from {Address}.")]
        public static partial void FetchedAgain(ILogger logger, Uri address);
    }
}
