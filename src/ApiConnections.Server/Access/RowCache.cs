using ZiggyCreatures.Caching.Fusion;

namespace ApiConnections.Server.Access;

/// <summary>
/// Rows by primary key, kept for a minute at most and for less when a change tells. That there is no such row is kept for a second and apart, so that
/// strangers who try keys cannot push out what is real.
/// </summary>
internal sealed class RowCache<T> : IDisposable
    where T : class
{
    private static readonly TimeSpan longest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan longestUnknown = TimeSpan.FromSeconds(1);
    private const int Unknowns = 10_000;

    private readonly FusionCache known;
    private readonly FusionCache unknown;
    private readonly Func<string, Task<T?>> load;
    private long forgotten; // how often something was forgotten

    public RowCache(int capacity, Func<string, Task<T?>> load)
    {
        this.load = load;
        known = Bounded(capacity, longest);
        unknown = Bounded(Unknowns, longestUnknown);
    }

    // Hot path: token
    public ValueTask<T?> Find(string key)
    {
        var hit = known.TryGet<T>(key);
        return hit.HasValue ? new ValueTask<T?>(hit.Value) : new ValueTask<T?>(Load(key));
    }

    /// <summary>What is known now, without a look into the database.</summary>
    public T? Known(string key) => known.TryGet<T>(key) is { HasValue: true } hit ? hit.Value : null;

    /// <summary>Reads the row anew, whatever is known of it. Where it cannot be read, what was known stays: a wrong guess must not shut out who is right.</summary>
    public async Task<T?> FindAnew(string key)
    {
        var before = Interlocked.Read(ref forgotten);
        var row = await load(key);
        if (row is null)
        {
            known.Remove(key);
            unknown.Set(key, Unknown.Row);
        }
        else
        {
            unknown.Remove(key);
            known.Set(key, row);
        }

        // As in Load.
        if (Interlocked.Read(ref forgotten) != before)
        {
            known.Remove(key);
            unknown.Remove(key);
        }

        return row;
    }

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

    private async Task<T?> Load(string key)
    {
        if (unknown.TryGet<Unknown>(key).HasValue)
            return null;

        var before = Interlocked.Read(ref forgotten);
        // Requests for the same key that come meanwhile wait for this one read.
        var loaded = await known.GetOrSetAsync<T?>(key, async (context, _) =>
        {
            // Whoever waits meanwhile may have come after a change that this reading is from before: it is not for them.
            var seen = Interlocked.Read(ref forgotten);
            var row = await load(key);
            if (row is null || Interlocked.Read(ref forgotten) != seen)
                context.Options.SetSkipMemoryCacheWrite();

            return row;
        });

        // What was read before a change that has been seen since may be stale: it answers this request and is not kept.
        if (Interlocked.Read(ref forgotten) != before)
            known.Remove(key);
        else if (loaded is null)
            unknown.Set(key, Unknown.Row);

        return loaded;
    }

    private static FusionCache Bounded(int capacity, TimeSpan duration)
    {
        var options = new FusionCacheOptions
        {
            DisableTagging = true,
            DefaultEntryOptions = new FusionCacheEntryOptions { Duration = duration, Size = 1, IsFailSafeEnabled = false },
        };
        return new FusionCache(options, new Microsoft.Extensions.Caching.Memory.MemoryCache(new Microsoft.Extensions.Caching.Memory.MemoryCacheOptions { SizeLimit = capacity }));
    }

    private sealed class Unknown
    {
        public static readonly Unknown Row = new();
    }
}
