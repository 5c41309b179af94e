using System.Threading.Channels;

namespace ApiConnections.Server.Storage;

/// <summary>
/// Makes one transaction of what many requests want at the same time: one reader, no timer, whatever waits when the transaction before is
/// committed. Each request is answered after its commit.
/// </summary>
/// <typeparam name="TItem">What one request wants.</typeparam>
/// <typeparam name="TResult">What became of it.</typeparam>
internal sealed class GroupCommit<TItem, TResult> : IAsyncDisposable
{
    public const int Most = 256;
    private readonly Channel<Waiting> waiting = Channel.CreateUnbounded<Waiting>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Func<IReadOnlyList<TItem>, Task<IReadOnlyList<TResult>>> commit;
    private readonly bool onceMore;
    private readonly Task running;
    private int length;

    /// <param name="commit">
    /// Decides these items, at most <see cref="Most"/>, in one transaction, and returns a result for each in their order. It may be called again
    /// with the same items after an outage or an error, and must then look first: a commit whose answer was lost has happened.
    /// </param>
    /// <param name="onceMore">Whether to call it again after an outage. Where it only reads, that would cost each request the database's time twice.</param>
    public GroupCommit(Func<IReadOnlyList<TItem>, Task<IReadOnlyList<TResult>>> commit, bool onceMore = true)
    {
        (this.commit, this.onceMore) = (commit, onceMore);
        running = Task.Run(Run);
    }

    /// <summary>How many wait for the next transaction.</summary>
    public int Length => Volatile.Read(ref length);

    /// <summary>What became of the item, committed and durable. Throws what its own transaction threw.</summary>
    public Task<TResult> Add(TItem item)
    {
        var mine = new Waiting(item);
        Interlocked.Increment(ref length);
        if (waiting.Writer.TryWrite(mine))
            return mine.Task;

        Interlocked.Decrement(ref length);
        return Task.FromException<TResult>(new StorageUnavailableException("The server is stopping."));
    }

    /// <summary>Commits what waits, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await running;
    }

    private async Task Run()
    {
        var batch = new List<Waiting>(Most);
        while (await waiting.Reader.WaitToReadAsync())
        {
            Take(batch, Most);
            await Commit(batch);
        }
    }

    private void Take(List<Waiting> batch, int most)
    {
        batch.Clear();
        while (batch.Count < most && waiting.Reader.TryRead(out var next))
            batch.Add(next);

        Interlocked.Add(ref length, -batch.Count);
    }

    private async Task Commit(List<Waiting> batch)
    {
        try
        {
            await CommitAtOnce(batch);
        }
        catch (StorageUnavailableException) when (onceMore)
        {
            await CommitOnceMore(batch);
        }
        catch (StorageUnavailableException e)
        {
            FailAllWhoWait(batch, e);
        }
        catch (Exception) when (batch.Count > 1)
        {
            // One of them cannot be written and has undone them all: it alone shall fail.
            foreach (var one in batch.ToArray())
                await Commit([one]);
        }
        catch (Exception e)
        {
            batch[0].TrySetException(e);
        }
    }

    // The connection may have broken after the commit and before its answer: the second call sees what is ours already.
    private async Task CommitOnceMore(List<Waiting> batch)
    {
        try
        {
            await CommitAtOnce(batch);
        }
        catch (StorageUnavailableException e)
        {
            FailAllWhoWait(batch, e);
        }
        catch (Exception e)
        {
            Fail(batch, e);
        }
    }

    // Who has waited through an outage shares it: a database that hangs costs each request its time once, not one batch after the other.
    private void FailAllWhoWait(List<Waiting> batch, Exception e)
    {
        Fail(batch, e);
        Take(batch, int.MaxValue);
        Fail(batch, e);
    }

    private async Task CommitAtOnce(List<Waiting> batch)
    {
        var results = await commit(batch.ConvertAll(one => one.Item));
        for (var i = 0; i < batch.Count; i++)
            batch[i].TrySetResult(results[i]);
    }

    private static void Fail(List<Waiting> batch, Exception e)
    {
        foreach (var one in batch)
            one.TrySetException(e);
    }

    // Whoever waits goes on elsewhere, not on the loop that everybody waits for.
    private sealed class Waiting(TItem item) : TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public TItem Item => item;
    }
}
