using ApiConnections.Protocol;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>Deletes what has expired, in small batches, on one node at a time.</summary>
internal sealed partial class Pruning(IDatabase database, TimeProvider time, ILogger<Pruning> logger) : BackgroundService
{
    private const int Batch = 1000;

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

    private async Task Prune(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested && (await PruneBatch()).TryGet(out var gone, out _) && gone == Batch)
                await Task.Yield();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailed(logger, e.Message);
        }
    }

    private Task<Outcome<int>> PruneBatch() => database.Write<int>(async session =>
        await session.TryLock(AdvisoryLock.Pruning)
            ? Math.Max(await ChangeStore.Prune(session, time.GetUtcNow(), Batch), await AuthorizationRequestStore.Prune(session, time.GetUtcNow(), Batch))
            : 0);

    [LoggerMessage(LogLevel.Warning, "Expired rows could not be deleted, trying again in a minute: {Why}")]
    private static partial void LogFailed(ILogger logger, string why);
}
