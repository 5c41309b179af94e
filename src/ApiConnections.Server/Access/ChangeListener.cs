using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>
/// Hears what other nodes and commands have changed: woken by the database at a commit, and by itself every half second. A node that could not
/// read changes for a minute knows too little to issue tokens.
/// </summary>
internal sealed partial class ChangeListener(IDatabase database, TimeProvider time, ILogger<ChangeListener> logger) : BackgroundService
{
    private const int Batch = 1000;
    private static readonly TimeSpan blindAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan tryAgain = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim reading = new(1);
    private readonly List<Action<Change>> listeners = [];
    private long sequence;
    private long readAt;
    private Lazy<Task<bool>>? catchingUp;

    /// <summary>Whether this node has read changes within the last minute.</summary>
    // Hot path: token
    public bool IsCurrent => time.GetElapsedTime(Volatile.Read(ref readAt)) < blindAfter;

    /// <summary>Calls <paramref name="listener"/> for every change, in order; to be called before the program serves.</summary>
    public void Tell(Action<Change> listener) => listeners.Add(listener);

    /// <summary>As <see cref="IsCurrent"/>, but a node that has slept reads first and then knows.</summary>
    public async ValueTask<bool> EnsureCurrent()
    {
        if (IsCurrent)
            return true;

        // All who ask meanwhile share one reading and what comes of it.
        var shared = new Lazy<Task<bool>>(TryRead);
        shared = Interlocked.CompareExchange(ref catchingUp, shared, null) ?? shared;
        try
        {
            return await shared.Value;
        }
        finally
        {
            Interlocked.CompareExchange(ref catchingUp, null, shared);
        }
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        sequence = await database.Read(ChangeStore.Last);
        Volatile.Write(ref readAt, time.GetTimestamp());
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        reading.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var signal = await database.OpenCommitSignal();
                LogHearing(logger);
                while (true)
                {
                    await Read();
                    await signal.Wait(stoppingToken);
                }
            }
            catch (StorageUnavailableException e)
            {
                LogDeaf(logger, e.Message);
                await Task.Delay(tryAgain, CancellationToken.None);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // A listener that gives up would take the node with it.
                LogUnexpected(logger, e);
                await Task.Delay(tryAgain, CancellationToken.None);
            }
        }
    }

    private async Task<bool> TryRead()
    {
        try
        {
            await Read();
            return true;
        }
        catch (StorageUnavailableException)
        {
            return false;
        }
    }

    // A database that was put back to an earlier state goes on from a lower number; waiting for ours to come again would be deafness.
    private async Task<bool> WentBack() => await database.Read(ChangeStore.Last) < sequence;

    private async Task Read()
    {
        await reading.WaitAsync();
        try
        {
            if (await WentBack())
            {
                LogWentBack(logger);
                sequence = 0;
            }

            IReadOnlyList<Change> changes;
            do
            {
                var asked = time.GetTimestamp();
                changes = await database.Read(session => ChangeStore.After(session, sequence, Batch));
                foreach (var change in changes)
                {
                    foreach (var listener in listeners)
                        listener(change);

                    sequence = change.Sequence;
                }

                Volatile.Write(ref readAt, asked);
            }
            while (changes.Count == Batch);
        }
        finally
        {
            reading.Release();
        }
    }

    [LoggerMessage(LogLevel.Error, "Hearing of changes failed unexpectedly, trying again")]
    private static partial void LogUnexpected(ILogger logger, Exception exception);

    [LoggerMessage(LogLevel.Warning, "The database was put back to an earlier state; reading all of its changes.")]
    private static partial void LogWentBack(ILogger logger);

    [LoggerMessage(LogLevel.Debug, "Hearing of changes.")]
    private static partial void LogHearing(ILogger logger);

    [LoggerMessage(LogLevel.Warning, "Cannot hear of changes, trying again: {Why}")]
    private static partial void LogDeaf(ILogger logger, string why);
}
