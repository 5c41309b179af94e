using System.Net.Http.Json;
using ApiConnections.Protocol;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ApiConnections.ResourceServer;

/// <summary>
/// Reports every two seconds what was used and refused. A report that did not get through is sent again as it is, and counts once however often it
/// arrives; meanwhile the book goes on in bounded memory.
/// </summary>
internal sealed partial class UsageReporter(UsageBook book, IssuerNodes nodes, IOptions<ResourceServerOptions> options, TimeProvider clock, ILogger<UsageReporter> logger) : BackgroundService
{
    private const int MostEntries = 1_000;
    private static readonly TimeSpan every = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(2);

    private UsageReport? unsent;
    private bool failing;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value is not { HasCredentials: true, ReportUsage: true })
            return;

        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(every, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // Also at the end: what was used since the last time.
            await SendAll();
        }
    }

    private async Task SendAll()
    {
        while ((unsent ??= book.Take(MostEntries, Guid.CreateVersion7(clock.GetUtcNow()))) is { } report)
        {
            if (!await Send(report))
                return;

            unsent = null;
        }
    }

    // False where it has to be sent again.
    private async Task<bool> Send(UsageReport report)
    {
        var node = nodes.Current;
        try
        {
            using var late = new CancellationTokenSource(patience, clock);
            using var client = nodes.Client();
            using var request = nodes.Request(HttpMethod.Post, node, OAuthPaths.Usage);
            request.Content = JsonContent.Create(report, ResourceServerJson.Default.UsageReport);
            using var response = await client.SendAsync(request, late.Token);
            if (response.IsSuccessStatusCode)
                return Sent();

            // What the issuer does not understand today it does not understand tomorrow; anything else may pass.
            if ((int)response.StatusCode is 400 or 413)
            {
                Log.NotTaken(logger, node, (int)response.StatusCode);
                return true;
            }

            return Failed(node, $"it answered {(int)response.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return Failed(node, e.Message);
        }
    }

    private bool Sent()
    {
        failing = false;
        return true;
    }

    private bool Failed(string node, string why)
    {
        if (!failing)
            Log.Waiting(logger, node, why);

        failing = true;
        nodes.MoveOn(node);
        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(21, LogLevel.Warning, "The report of what was used waits: {Node}: {Why}.")]
        public static partial void Waiting(ILogger logger, string node, string why);

        [LoggerMessage(22, LogLevel.Error, "{Node} answered {Status} to a report of what was used; the report is dropped.")]
        public static partial void NotTaken(ILogger logger, string node, int status);
    }
}
