using System.Collections.Concurrent;
using ApiConnections.Server.Telemetry;
using Microsoft.Extensions.Caching.Memory;

namespace ApiConnections.Server.Access;

/// <summary>
/// Rows by primary key, kept for a minute at most and for less when a change tells. That there is no such row is kept for a second and apart, so that
/// strangers who try keys cannot push out what is real.
/// </summary>
internal sealed class RowCache<T>(int capacity, LookupCount lookups, Func<string, Task<T?>> load) : IDisposable
    where T : class
{
    private static readonly TimeSpan longest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan longestUnknown = TimeSpan.FromSeconds(1);
    private const int Unknowns = 10_000;

    private readonly MemoryCache known = new(new MemoryCacheOptions { SizeLimit = capacity });
    private readonly MemoryCache unknown = new(new MemoryCacheOptions { SizeLimit = Unknowns });
    private readonly ConcurrentDictionary<(string Key, long Seen), Lazy<Task<T?>>> readings = new();
    private long forgotten; // how often something was forgotten

    // Hot path: token
    public ValueTask<T?> Find(string key)
    {
        if (Known(key) is not { } row)
            return new ValueTask<T?>(Load(key));

        lookups.Hit();
        return new ValueTask<T?>(row);
    }

    /// <summary>What is known now, without a look into the database.</summary>
    // Hot path: token
    public T? Known(string key) => known.TryGetValue(key, out var row) ? (T?)row : null;

    /// <summary>Reads the row anew, whatever is known of it. Where it cannot be read, what was known stays: a wrong guess must not shut out who is right.</summary>
    public Task<T?> FindAnew(string key) => Read(key, Interlocked.Read(ref forgotten));

    public void Forget(string key)
    {
        Interlocked.Increment(ref forgotten);
        known.Remove(key);
        unknown.Remove(key);
    }

    public void Dispose()
    {
        known.Dispose();
        unknown.Dispose();
    }

    // Requests for one key share one reading and what comes of it, also its failure: a database that is away costs each of them its time once,
    // not one after the other. A reading from before a change is not for whoever came after it.
    private async Task<T?> Load(string key)
    {
        if (unknown.TryGetValue(key, out _))
        {
            lookups.Hit();
            return null;
        }

        lookups.Miss();
        var what = (key, Interlocked.Read(ref forgotten));
        var reading = readings.GetOrAdd(what, static (what, self) => new Lazy<Task<T?>>(() => self.Read(what.Key, what.Seen)), this);
        try
        {
            return await reading.Value;
        }
        finally
        {
            readings.TryRemove(new(what, reading));
        }
    }

    private async Task<T?> Read(string key, long seen)
    {
        var row = await load(key);
        if (row is null)
        {
            known.Remove(key);
            Keep(unknown, key, this, longestUnknown);
        }
        else
        {
            unknown.Remove(key);
            Keep(known, key, row, longest);
        }

        // What was read before a change that has been seen since may be stale: it answers those who asked before it and is not kept.
        if (Interlocked.Read(ref forgotten) != seen)
        {
            known.Remove(key);
            unknown.Remove(key);
        }

        return row;
    }

    private static void Keep(MemoryCache cache, string key, object value, TimeSpan duration) =>
        cache.Set(key, value, new MemoryCacheEntryOptions { AbsoluteExpirationRelativeToNow = duration, Size = 1 });
}
