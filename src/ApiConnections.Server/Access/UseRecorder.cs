using System.Net;
using System.Threading.Channels;
using ApiConnections.Server.Storage;
using ApiConnections.Server.Telemetry;

namespace ApiConnections.Server.Access;

/// <summary>What is used.</summary>
internal enum Used
{
    Secret,
    Authorization,
}

/// <summary>The last use of one thing, kept beside it in memory until it is written.</summary>
internal sealed class LastUse(Used kind, Guid id, ChannelWriter<LastUse> waiting)
{
    private long count;
    private int queued;
    private long at; // Unix milliseconds: one word, so that a reader never sees half of it
    private IPAddress? from;
    private string agent = "";

    public Used Kind => kind;

    public Guid Id => id;

    // Hot path: token
    public void Record(DateTimeOffset now, IPAddress? address, string userAgent)
    {
        (at, from, agent) = (now.ToUnix(), address, userAgent);
        Interlocked.Increment(ref count);
        if (Volatile.Read(ref queued) == 0 && Interlocked.Exchange(ref queued, 1) == 0 && !waiting.TryWrite(this))
            Volatile.Write(ref queued, 0); // so many others wait that this use is not written; the next one tries again
    }

    /// <summary>Takes what came since the last time.</summary>
    public Use Take()
    {
        // In this order: what is recorded meanwhile stands in the queue again.
        Volatile.Write(ref queued, 0);
        var counted = Interlocked.Exchange(ref count, 0);
        return new(id, at.ToTime(), from is null ? "" : from.ToString(), Printable(agent), counted);
    }

    /// <summary>What a client says of itself, as it may be stored and shown.</summary>
    public static string Printable(string text) =>
        new([.. text.Take(200).Select(character => character is >= ' ' and < (char)0x7F ? character : '?')]);
}

/// <summary>
/// Writes when and from where secrets and authorizations were last used: once a second, and where many are in use, together every five. A crash loses what was not
/// written yet; while the database is away it waits, in bounded memory.
/// </summary>
internal sealed partial class UseRecorder(IDatabase database, Instruments instruments, ILogger<UseRecorder> logger) : BackgroundService
{
    /// <summary>So many are written every second. Each row costs the database more than the request that it tells of costs this program.</summary>
    public const int Few = 500;

    /// <summary>Every so many seconds more than that are written.</summary>
    public const int SecondsForMany = 5;

    private const int Most = 50_000;
    private const int AtOnce = 5_000;
    private readonly Channel<LastUse> waiting = Channel.CreateBounded<LastUse>(new BoundedChannelOptions(Most) { SingleReader = true });
    // One thing comes several times: it fell out of a cache and was read again, or has a slot for each use.
    private readonly Dictionary<(Used Kind, Guid Id), Use> unwritten = [];

    public LastUse Of(Used kind, Guid id) => new(kind, id, waiting.Writer);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        instruments.Queue("uses", () => waiting.Reader.Count);
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        var passed = 0;
        do
        {
            Collect();
            passed++;
            if (unwritten.Count <= Few || passed >= SecondsForMany)
            {
                await Write();
                passed = 0;
            }
        }
        while (await NextSecond(second, stoppingToken));

        // What came in since the last time, before the program ends.
        Collect();
        await Write();
    }

    private static async ValueTask<bool> NextSecond(PeriodicTimer second, CancellationToken stop)
    {
        try
        {
            return await second.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Collect()
    {
        // No more than were there when it began: what is busy stands in it again at once.
        for (var left = waiting.Reader.Count; left > 0 && unwritten.Count < Most && waiting.Reader.TryRead(out var slot); left--)
        {
            var (key, use) = ((slot.Kind, slot.Id), slot.Take());
            unwritten[key] = unwritten.TryGetValue(key, out var other) ? (other.At > use.At ? other : use) with { Count = other.Count + use.Count } : use;
        }
    }

    private async Task Write()
    {
        foreach (var batch in unwritten.ToArray().Chunk(AtOnce))
        {
            if (!await Write(batch))
                return;

            foreach (var (key, _) in batch)
                unwritten.Remove(key);
        }
    }

    private async Task<bool> Write(KeyValuePair<(Used Kind, Guid Id), Use>[] batch)
    {
        try
        {
            await database.Write<int>(async session =>
            {
                if (Of(batch, Used.Secret) is { Count: > 0 } secrets)
                    await ActivityStore.WriteSecrets(session, secrets);
                if (Of(batch, Used.Authorization) is { Count: > 0 } authorizations)
                    await ActivityStore.WriteAuthorizations(session, authorizations);
                return batch.Length;
            });
        }
        catch (StorageUnavailableException e)
        {
            LogWaiting(logger, unwritten.Count, e.Message);
            return false;
        }
        catch (Exception e)
        {
            // Something in it cannot be written, whatever the reason: uses are not worth a node.
            LogDropped(logger, batch.Length, e);
        }

        return true;
    }

    private static List<Use> Of(KeyValuePair<(Used Kind, Guid Id), Use>[] batch, Used kind) =>
        [.. batch.Where(entry => entry.Key.Kind == kind).Select(entry => entry.Value).OrderBy(use => use.Id)];

    [LoggerMessage(LogLevel.Error, "The last use of {Count} secrets and authorizations could not be written and is dropped")]
    private static partial void LogDropped(ILogger logger, int count, Exception exception);

    [LoggerMessage(LogLevel.Warning, "The last use of {Count} secrets and authorizations waits to be written: {Why}")]
    private static partial void LogWaiting(ILogger logger, int count, string why);
}
