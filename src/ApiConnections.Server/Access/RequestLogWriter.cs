using ApiConnections.Protocol;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>
/// Writes the request log once a second and keeps it bounded. A crash loses the last second of it; while the database is away it waits, in bounded memory.
/// </summary>
internal sealed partial class RequestLogWriter(RequestLog log, IDatabase database, ILogger<RequestLogWriter> logger) : BackgroundService
{
    public const int MostOfOneConsumer = 200;
    // A stranger who knows a key can make one reason's entries, and with them push out only those.
    public const int MostForOneReason = 20;
    private const int AtOnce = 1_000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await second.WaitForNextTickAsync(stoppingToken))
                await Write();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What came in since the last second, before the program ends.
            await Write();
        }
    }

    private async Task Write()
    {
        var batches = new Queue<LoggedRequest[]>(log.Take().Chunk(AtOnce));
        while (batches.TryPeek(out var batch))
        {
            try
            {
                await Write(batch);
            }
            catch (StorageUnavailableException e)
            {
                var left = batches.Sum(waiting => waiting.Length);
                LogWaiting(logger, left, e.Message);
                log.PutBack(batches.SelectMany(waiting => waiting));
                return;
            }
            catch (Exception e)
            {
                // Something in it cannot be written, whatever the reason: the log is not worth a node.
                LogDropped(logger, batch.Length, e);
            }

            batches.Dequeue();
        }
    }

    private Task<Outcome<int>> Write(LoggedRequest[] batch) => database.Write<int>(async session =>
    {
        await RequestLogStore.Write(session, batch);
        return await RequestLogStore.Trim(session, [.. batch.Select(entry => entry.Consumer).Distinct()], MostOfOneConsumer, MostForOneReason);
    });

    [LoggerMessage(LogLevel.Error, "{Count} entries of the request log could not be written and are dropped")]
    private static partial void LogDropped(ILogger logger, int count, Exception exception);

    [LoggerMessage(LogLevel.Warning, "{Count} entries of the request log wait to be written: {Why}")]
    private static partial void LogWaiting(ILogger logger, int count, string why);
}
