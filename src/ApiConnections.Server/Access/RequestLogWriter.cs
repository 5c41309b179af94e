using ApiConnections.Protocol;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>
/// Writes the request log and keeps it bounded: refusals once a second, successes too, and where many consumers have some, together every five. A crash loses what was
/// not written yet; while the database is away it waits, in bounded memory.
/// </summary>
internal sealed partial class RequestLogWriter(RequestLog log, IDatabase database, ILogger<RequestLogWriter> logger) : BackgroundService
{
    public const int MostOfOneConsumer = 200;
    // A stranger who knows a key can make one reason's entries, and with them push out only those.
    public const int MostForOneReason = 20;
    private const int AtOnce = 1_000;
    private const int Few = UseRecorder.Few;
    private const int SecondsForMany = UseRecorder.SecondsForMany;
    private const int TrimmedForSuccesses = 60;
    private const int MostSucceeded = 50_000;

    // Successes make one entry a minute: whoever has nothing else is looked at once a minute.
    private readonly HashSet<string> succeeded = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            for (var passed = 1; await second.WaitForNextTickAsync(stoppingToken); passed++)
            {
                await Write(log.Take(passed % SecondsForMany == 0 ? int.MaxValue : Few));
                if (passed % TrimmedForSuccesses == 0 || succeeded.Count >= MostSucceeded)
                    await TrimSuccesses();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What came in since the last time, before the program ends.
            await Write(log.Take());
            await TrimSuccesses();
        }
    }

    private async Task Write(IReadOnlyList<LoggedRequest> entries)
    {
        var batches = new Queue<LoggedRequest[]>(entries.Chunk(AtOnce));
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
        succeeded.UnionWith(batch.Where(entry => entry.Outcome == RequestLog.Ok).Select(entry => entry.Consumer));
        return await Trim(session, [.. batch.Where(entry => entry.Outcome != RequestLog.Ok).Select(entry => entry.Consumer).Distinct()]);
    });

    private async Task TrimSuccesses()
    {
        foreach (var consumers in succeeded.ToArray().Chunk(AtOnce))
        {
            try
            {
                await database.Write<int>(async session => await Trim(session, consumers));
                succeeded.ExceptWith(consumers);
            }
            catch (StorageUnavailableException)
            {
                return; // the next turn
            }
        }
    }

    private static Task<int> Trim(Session session, string[] consumers) =>
        consumers is [] ? Task.FromResult(0) : RequestLogStore.Trim(session, consumers, MostOfOneConsumer, MostForOneReason);

    [LoggerMessage(LogLevel.Error, "{Count} entries of the request log could not be written and are dropped")]
    private static partial void LogDropped(ILogger logger, int count, Exception exception);

    [LoggerMessage(LogLevel.Warning, "{Count} entries of the request log wait to be written: {Why}")]
    private static partial void LogWaiting(ILogger logger, int count, string why);
}
