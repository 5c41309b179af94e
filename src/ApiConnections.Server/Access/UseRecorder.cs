using System.Net;
using System.Threading.Channels;
using ApiConnections.Server.Storage;

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

    public Use Read() => new(id, at.ToTime(), from is null ? "" : from.ToString(), Printable(agent), Interlocked.Read(ref count));

    /// <summary>Takes what was written off the count; what came meanwhile waits for the next time.</summary>
    public void Written(Use use)
    {
        Volatile.Write(ref queued, 0);
        if (Interlocked.Add(ref count, -use.Count) > 0 && Interlocked.Exchange(ref queued, 1) == 0 && !waiting.TryWrite(this))
            Volatile.Write(ref queued, 0);
    }

    /// <summary>What a client says of itself, as it may be stored and shown.</summary>
    public static string Printable(string text) =>
        new([.. text.Take(200).Select(character => character is >= ' ' and < (char)0x7F ? character : '?')]);
}

/// <summary>
/// Writes once a second, in one transaction, when and from where secrets and authorizations were last used. A crash loses the last
/// second of it; while the database is away it waits, in bounded memory.
/// </summary>
internal sealed partial class UseRecorder(IDatabase database, ILogger<UseRecorder> logger) : BackgroundService
{
    private const int AtOnce = 5_000;
    private readonly Channel<LastUse> waiting = Channel.CreateBounded<LastUse>(new BoundedChannelOptions(50_000) { SingleReader = true });

    public LastUse Of(Used kind, Guid id) => new(kind, id, waiting.Writer);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        var batch = new List<LastUse>();
        do
        {
            while (batch.Count < AtOnce && waiting.Reader.TryRead(out var use))
                batch.Add(use);

            if (batch.Count > 0 && await Write(batch))
                batch.Clear();
        }
        while (await NextSecond(second, stoppingToken));

        // What came in since the last second, before the program ends.
        while (waiting.Reader.TryRead(out var use))
            batch.Add(use);
        if (batch.Count > 0)
            await Write(batch);
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

    private async Task<bool> Write(List<LastUse> batch)
    {
        // One thing may stand in it twice, read again by another request after it fell out of a cache.
        var uses = batch.ConvertAll(use => (Slot: use, Use: use.Read()));
        try
        {
            await database.Write<int>(async session =>
            {
                if (Of(uses, Used.Secret) is { Count: > 0 } secrets)
                    await ActivityStore.WriteSecrets(session, secrets);
                if (Of(uses, Used.Authorization) is { Count: > 0 } authorizations)
                    await ActivityStore.WriteAuthorizations(session, authorizations);
                return uses.Count;
            });
        }
        catch (StorageUnavailableException e)
        {
            LogWaiting(logger, batch.Count, e.Message);
            return false;
        }

        catch (Exception e)
        {
            // Something in it cannot be written, whatever the reason: uses are not worth a node.
            LogDropped(logger, batch.Count, e);
        }

        foreach (var (slot, use) in uses)
            slot.Written(use);

        return true;
    }

    private static List<Use> Of(List<(LastUse Slot, Use Use)> uses, Used kind) =>
        [.. uses.Where(pair => pair.Slot.Kind == kind).GroupBy(pair => pair.Use.Id)
            .Select(same => same.MaxBy(pair => pair.Use.At).Use with { Count = same.Sum(pair => pair.Use.Count) }).OrderBy(use => use.Id)];

    [LoggerMessage(LogLevel.Error, "The last use of {Count} secrets and authorizations could not be written and is dropped")]
    private static partial void LogDropped(ILogger logger, int count, Exception exception);

    [LoggerMessage(LogLevel.Warning, "The last use of {Count} secrets and authorizations waits to be written: {Why}")]
    private static partial void LogWaiting(ILogger logger, int count, string why);
}
