using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>Looks once a minute whether a signing key is due, and reads the keys anew when another node has changed them.</summary>
internal sealed partial class KeyRotationJob : BackgroundService
{
    private static readonly TimeSpan tryAgain = TimeSpan.FromMilliseconds(500);
    private readonly KeyRotation rotation;
    private readonly KeyRing ring;
    private readonly IDatabase database;
    private readonly TimeProvider time;
    private readonly ILogger<KeyRotationJob> logger;
    private volatile bool stopped;

    public KeyRotationJob(KeyRotation rotation, KeyRing ring, IDatabase database, TimeProvider time, ILogger<KeyRotationJob> logger, ChangeListener changes)
    {
        (this.rotation, this.ring, this.database, this.time, this.logger) = (rotation, ring, database, time, logger);
        changes.Tell(change =>
        {
            if (change.Kind == ChangeKind.Key)
                _ = LoadUntilDone();
        });
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var minute = new PeriodicTimer(TimeSpan.FromMinutes(1), time);
        try
        {
            // At once too: what changed between the first reading of the keys and that of changes was heard by nobody.
            do
            {
                await Try(rotation.DoWhatIsDue);
            }
            while (await minute.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
    }

    // A withdrawn key must not sign for longer than the database cannot be read.
    private async Task LoadUntilDone()
    {
        while (!stopped && !await Try(() => ring.Load(database)))
            await Task.Delay(tryAgain);
    }

    private async Task<bool> Try(Func<Task> work)
    {
        try
        {
            await work();
            return true;
        }
        catch (Exception e)
        {
            // A job that gives up would take the node with it.
            LogFailed(logger, e.Message);
            return e is not StorageUnavailableException;
        }
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        stopped = true;
        return base.StopAsync(cancellationToken);
    }

    [LoggerMessage(LogLevel.Warning, "The signing keys could not be looked after, trying again: {Why}")]
    private static partial void LogFailed(ILogger logger, string why);
}
