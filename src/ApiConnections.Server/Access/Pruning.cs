using System.Diagnostics;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>Deletes what has expired, in small batches, on one node at a time.</summary>
internal sealed partial class Pruning(IDatabase database, TimeProvider time, ILogger<Pruning> logger) : BackgroundService
{
    private const int Batch = 1000;
    private static readonly TimeSpan requestsKept = TimeSpan.FromDays(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMinutes(1));
        try
        {
            while (await tick.WaitForNextTickAsync(stoppingToken))
                await Prune(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
    }

    /// <summary>Deletes all that is over now; an outage leaves the rest for the next time.</summary>
    public async Task Prune(CancellationToken stop)
    {
        try
        {
            await Prune(session => ChangeStore.Prune(session, time.GetUtcNow(), Batch), stop);
            await Prune(session => RequestLogStore.Prune(session, time.GetUtcNow() - requestsKept, Batch), stop);
            for (var kind = 0; kind < ExpiredRows.Kinds; kind++)
            {
                var what = kind;
                await Prune(session => ExpiredRows.Prune(session, what, time.GetUtcNow(), Batch), stop);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailed(logger, e.Message);
        }
    }

    private async Task Prune(Func<Session, Task<int>> batch, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            if (!(await PruneBatch(batch)).TryGet(out var gone, out _) || gone < Batch)
                return;

            // Half of the time is everybody else's: nobody waits for what is deleted, and in SQLite nobody else writes meanwhile.
            await Task.Delay(Stopwatch.GetElapsedTime(start), stop);
        }
    }

    private Task<Protocol.Outcome<int>> PruneBatch(Func<Session, Task<int>> batch) => database.Write<int>(async session =>
        await session.TryLock(AdvisoryLock.Pruning) ? await batch(session) : 0);

    [LoggerMessage(LogLevel.Warning, "Expired rows could not be deleted, trying again in a minute: {Why}")]
    private static partial void LogFailed(ILogger logger, string why);
}
