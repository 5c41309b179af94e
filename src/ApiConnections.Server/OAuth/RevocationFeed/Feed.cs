using System.Collections.Concurrent;
using System.Diagnostics;
using ApiConnections.Server.Access;
using ApiConnections.Server.Storage;
using ApiConnections.Server.Telemetry;

namespace ApiConnections.Server.OAuth.RevocationFeed;

/// <summary>What every listener may be told now, and how it hears that there is more.</summary>
/// <param name="Tail">The last entry that is complete with all before it.</param>
/// <param name="Beat">Counts the heartbeats.</param>
/// <param name="BeatAt">When it was asked what was committed, in ticks of <see cref="Stopwatch"/>: of then the heartbeat speaks.</param>
internal sealed record FeedState(FeedLog Log, FeedEntry Tail, long Sequence, long Horizon, long Beat, long BeatAt, byte[] Heartbeat)
{
    private readonly TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when another state took this one's place.</summary>
    public Task More => more.Task;

    public void Pass() => more.TrySetResult();
}

/// <summary>
/// One for all listeners of a node: it hears of changes once, makes the bytes of each event once, and hands all of it over by one write. Nothing is kept
/// for a single listener.
/// </summary>
internal sealed class Feed
{
    // A heartbeat says that everything was heard: each follows from a reading, and none is made without one.
    private static readonly TimeSpan beatEvery = TimeSpan.FromMilliseconds(900);

    private readonly TimeProvider time;
    private readonly ConcurrentDictionary<FeedListener, byte> listeners = new();
    private FeedLog log = new(Guid.Empty);
    private volatile FeedState? now;
    private bool touched;

    public Feed(ChangeListener changes, ApiListeners known, Instruments instruments, TimeProvider time)
    {
        this.time = time;
        known.Tell(() => [.. listeners.Keys.Select(listener => listener.Describe())]);
        instruments.Feed(() => Status(known.Now));
        changes.TellAll(incarnation => log = new FeedLog(incarnation), Hear, Publish);
    }

    /// <summary>Null until changes were read for the first time.</summary>
    public FeedState? Now => now;

    public void Join(FeedListener listener) => listeners[listener] = 0;

    public void Leave(FeedListener listener) => listeners.TryRemove(listener, out _);

    private FeedStatus Status(IReadOnlyList<ApiListener> now) =>
        now is [] ? default : new FeedStatus(now.Count, time.GetUtcNow() - now.Min(listener => listener.ToldAt), now.Max(listener => listener.Behind));

    private void Hear(Change change)
    {
        log.Add(change);
        if (change.Kind is not (ChangeKind.Secret or ChangeKind.Api))
            return;

        foreach (var (listener, _) in listeners)
            touched |= listener.Doubt(change.Subject);
    }

    private void Publish(ChangesRead read)
    {
        log.Complete(read.Last, time.GetUtcNow());
        var before = now;
        var another = before is null || !ReferenceEquals(before.Log, log);
        var beats = another || Stopwatch.GetElapsedTime(before!.BeatAt, read.AskedAt) >= beatEvery;
        if (!beats && !touched && ReferenceEquals(before!.Tail, log.Tail))
            return;

        touched = false;
        now = new FeedState(
            log, log.Tail, log.Sequence, log.Horizon,
            beats ? (before?.Beat ?? 0) + 1 : before!.Beat,
            beats ? read.AskedAt : before!.BeatAt,
            FeedFrame.Of("heartbeat", log.Incarnation, log.Sequence, FeedFrame.Nothing));
        before?.Pass();
    }
}
