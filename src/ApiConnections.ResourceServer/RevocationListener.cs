using System.IO.Pipelines;
using System.Net;
using System.Text.Json;
using ApiConnections.Protocol;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ApiConnections.ResourceServer;

/// <summary>
/// Holds the stream of revocations open, goes on where it stood when it breaks, and leaves a node that is silent for another one: a connection that is open
/// on one side only looks like nothing that happens.
/// </summary>
internal sealed partial class RevocationListener(
    Revocations revocations, IssuerNodes nodes, IOptions<ResourceServerOptions> options, ResourceServerMetrics metrics, TimeProvider clock, ILogger<RevocationListener> logger) : BackgroundService
{
    private static readonly TimeSpan longestPause = TimeSpan.FromSeconds(2);

    // A heartbeat comes every second; three that are missing are no accident.
    private readonly TimeSpan silence = TimeSpan.FromSeconds(Math.Min(3, options.Value.MaxStaleness.TotalSeconds * 0.6));
    private int failures;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.HasCredentials)
            return;

        while (!stoppingToken.IsCancellationRequested)
        {
            var node = nodes.Current;
            var why = await TryListen(node, stoppingToken);
            if (stoppingToken.IsCancellationRequested)
                return;

            if (failures++ == 0)
                Log.Lost(logger, node, why);

            metrics.Disconnected();
            nodes.MoveOn(node);
            await Task.Delay(Pause(), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<string> TryListen(string node, CancellationToken stop)
    {
        using var quiet = new CancellationTokenSource(silence, clock);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop, quiet.Token);
        try
        {
            await Listen(node, quiet, late.Token);
            return "it ended the stream";
        }
        catch (OperationCanceledException)
        {
            return "it was silent";
        }
        catch (Exception e) when (e is HttpRequestException or IOException or FormatException or JsonException)
        {
            return e.Message;
        }
    }

    private async Task Listen(string node, CancellationTokenSource quiet, CancellationToken stop)
    {
        using var client = nodes.Client();
        using var request = nodes.Request(HttpMethod.Get, node, OAuthPaths.Revocations);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (revocations.LastEventId is { } last)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", last);

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        if (response.StatusCode != HttpStatusCode.OK)
            throw new HttpRequestException($"it answered {(int)response.StatusCode}");

        await using var stream = await response.Content.ReadAsStreamAsync(stop);
        var input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024));
        var parser = new FeedParser();
        var complete = false;
        while (true)
        {
            var next = input.ReadAsync(stop);
            // Only where nothing more is waiting to be read is what was said last also what is so now: this process may have slept on it.
            if (complete && !next.IsCompleted)
            {
                Heard(node);
                complete = false;
            }

            var read = await next;
            quiet.CancelAfter(silence);
            var buffer = read.Buffer;
            while (parser.Next(ref buffer) is { } told)
                complete |= revocations.Take(told);

            input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
                return;
        }
    }

    private void Heard(string node)
    {
        revocations.Heard();
        if (failures == 0)
            return;

        failures = 0;
        Log.HeardAgain(logger, node);
    }

    // At once the first time, and never all at the same moment.
    private TimeSpan Pause()
    {
        var longest = Math.Min(0.2 * Math.Pow(2, Math.Min(failures - 1, 5)), longestPause.TotalSeconds);
        return TimeSpan.FromSeconds(longest * (0.5 + (0.5 * Random.Shared.NextDouble())));
    }

    private static partial class Log
    {
        [LoggerMessage(11, LogLevel.Warning, "The feed of revocations from {Node} is lost: {Why}. Trying again.")]
        public static partial void Lost(ILogger logger, string node, string why);

        [LoggerMessage(12, LogLevel.Information, "Revocations are heard of again, from {Node}.")]
        public static partial void HeardAgain(ILogger logger, string node);
    }
}
