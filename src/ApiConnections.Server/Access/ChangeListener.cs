using System.Diagnostics;
using ApiConnections.Server.Storage;
using ApiConnections.Server.Telemetry;

namespace ApiConnections.Server.Access;

/// <summary>That all changes were read which were committed when it was asked.</summary>
/// <param name="Last">The place of the last one.</param>
/// <param name="AskedAt">In ticks of <see cref="Stopwatch"/>.</param>
internal readonly record struct ChangesRead(long Last, long AskedAt);

/// <summary>
/// Hears what other nodes and commands have changed: woken by the database at a commit, and by itself every half second. A node that could not
/// read changes for a minute knows too little to issue tokens.
/// </summary>
internal sealed partial class ChangeListener(IDatabase database, Instruments instruments, TimeProvider time, ILogger<ChangeListener> logger) : BackgroundService
{
    private const int Batch = 1000;
    private static readonly TimeSpan blindAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan tryAgain = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim reading = new(1);
    private readonly List<Action<Change>> listeners = [];
    private readonly List<Action<Change>> historians = [];
    private readonly List<Action<ChangesRead>> readers = [];
    private readonly List<Action<Guid>> beginners = [];
    private Guid incarnation;
    private long start;
    private long sequence;
    private long readAt;
    private Lazy<Task<bool>>? catchingUp;

    /// <summary>Whether this node has read changes within the last minute.</summary>
    // Hot path: token
    public bool IsCurrent => time.GetElapsedTime(Volatile.Read(ref readAt)) < blindAfter;

    /// <summary>Calls <paramref name="listener"/> for every change, in order; to be called before the program serves.</summary>
    public void Tell(Action<Change> listener) => listeners.Add(listener);

    /// <summary>As <see cref="Tell"/>, with all that is there already, and from the beginning once more when the database was put back to another state.</summary>
    /// <param name="begin">Called before everything is told, with the incarnation of the installation: another one after a restore.</param>
    /// <param name="read">Called after every reading.</param>
    public void TellAll(Action<Guid> begin, Action<Change> listener, Action<ChangesRead> read)
    {
        beginners.Add(begin);
        historians.Add(listener);
        readers.Add(read);
    }

    /// <summary>As <see cref="IsCurrent"/>, but a node that has slept reads first and then knows.</summary>
    public ValueTask<bool> EnsureCurrent() => IsCurrent ? new(true) : new(ReadNow());

    /// <summary>Reads what was committed until now; false where the database cannot be reached.</summary>
    public async Task<bool> ReadNow()
    {
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
        (start, incarnation) = await database.Read(ChangeStore.Head);
        sequence = historians.Count > 0 ? 0 : start;
        beginners.ForEach(begin => begin(incarnation));
        Volatile.Write(ref readAt, time.GetTimestamp());
        instruments.Changes(() => time.GetElapsedTime(Volatile.Read(ref readAt)));
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        // Ends the loop first, which may be in the middle of a reading.
        base.Dispose();
        reading.Dispose();
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
            catch (Exception) when (stoppingToken.IsCancellationRequested)
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

    private async Task Read()
    {
        await reading.WaitAsync();
        try
        {
            await LookBack();
            long asked;
            IReadOnlyList<Change> changes;
            do
            {
                var at = time.GetTimestamp();
                asked = Stopwatch.GetTimestamp();
                changes = await database.Read(session => ChangeStore.After(session, sequence, Batch));
                foreach (var change in changes)
                    Hear(change);

                Volatile.Write(ref readAt, at);
            }
            while (changes.Count == Batch);

            foreach (var read in readers)
                read(new ChangesRead(sequence, asked));
        }
        finally
        {
            reading.Release();
        }
    }

    // A database that was put back to an earlier state goes on from a lower number; waiting for ours to come again would be deafness. One that was restored
    // says so by a new incarnation, whatever its number.
    private async Task LookBack()
    {
        var (last, now) = await database.Read(ChangeStore.Head);
        if (last >= sequence && now == incarnation)
            return;

        LogWentBack(logger);
        (sequence, start, incarnation) = (0, 0, now);
        beginners.ForEach(begin => begin(incarnation));
    }

    private void Hear(Change change)
    {
        foreach (var listener in historians)
            listener(change);

        // What was there before this node started is in no cache of its.
        if (change.Sequence > start)
        {
            foreach (var listener in listeners)
                listener(change);
        }

        sequence = change.Sequence;
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
