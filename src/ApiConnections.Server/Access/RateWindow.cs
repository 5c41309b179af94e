using System.Collections.Concurrent;

namespace ApiConnections.Server.Access;

/// <summary>
/// Counts events per key in windows of fixed length, with the given clock and in bounded memory: when as many keys are held as it takes, those whose
/// window is over go first, and if none is, a new key is not counted. Nothing that a stranger chooses can make it grow.
/// </summary>
internal sealed class RateWindow<TKey>(TimeSpan length, int capacity, TimeProvider time)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Window> windows = new();
    private long sweptAt = time.GetTimestamp();

    /// <summary>Counts one event.</summary>
    /// <returns>How many there are now in the key's window, this one too, and how long the window lasts on.</returns>
    public (int Count, TimeSpan Left) Count(TKey key)
    {
        var now = time.GetTimestamp();
        if (!windows.TryGetValue(key, out var window))
        {
            if (windows.Count >= capacity && !Sweep(now))
                return (0, TimeSpan.Zero);

            window = windows.GetOrAdd(key, static (_, start) => new Window(start), now);
        }

        lock (window)
        {
            var age = time.GetElapsedTime(window.Start, now);
            if (age >= length)
            {
                (window.Start, window.Events) = (now, 0);
                age = TimeSpan.Zero;
            }

            return (++window.Events, length - age);
        }
    }

    // At most once a window, since it walks over all keys.
    private bool Sweep(long now)
    {
        var before = Interlocked.Read(ref sweptAt);
        if (time.GetElapsedTime(before, now) < length || Interlocked.CompareExchange(ref sweptAt, now, before) != before)
            return windows.Count < capacity;

        foreach (var (key, window) in windows)
        {
            if (time.GetElapsedTime(window.Start, now) >= length)
                windows.TryRemove(key, out _);
        }

        return windows.Count < capacity;
    }

    private sealed class Window(long start)
    {
        public long Start { get; set; } = start;

        public int Events { get; set; }
    }
}
