using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>Looks once a minute whether a signing key is due, and reads the keys anew when another node has changed them.</summary>
internal sealed partial class KeyRotationJob : BackgroundService
{
    private readonly KeyRotation rotation;
    private readonly KeyRing ring;
    private readonly IDatabase database;
    private readonly TimeProvider time;
    private readonly ILogger<KeyRotationJob> logger;

    public KeyRotationJob(KeyRotation rotation, KeyRing ring, IDatabase database, TimeProvider time, ILogger<KeyRotationJob> logger, ChangeListener changes)
    {
        (this.rotation, this.ring, this.database, this.time, this.logger) = (rotation, ring, database, time, logger);
        changes.Tell(change =>
        {
            if (change.Kind == ChangeKind.Key)
                _ = Try(() => ring.Load(database));
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

    private async Task Try(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is StorageUnavailableException or SettingException)
        {
            LogFailed(logger, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The signing keys could not be looked after, trying again in a minute: {Why}")]
    private static partial void LogFailed(ILogger logger, string why);
}
