using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using ApiConnections.Server.Access;
using ApiConnections.Server.OAuth.ClientAuthentication;

namespace ApiConnections.Server.OAuth.RevocationFeed;

/// <summary>
/// One API on the stream. It remembers how far it was told and nothing else; who does not take what is sent is dropped, and goes on later where it stood.
/// </summary>
/// <param name="ip">Where it listens from.</param>
/// <param name="stillLet">Whether the API's secret still lets it in.</param>
internal sealed class FeedListener(Feed feed, AuthenticatedApi caller, string ip, PipeWriter output, Func<ValueTask<bool>> stillLet, TimeProvider time)
{
    private const int FlushAfter = 32 * 1024;

    /// <summary>How long a listener may leave what was sent to it untaken.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // What was true longer ago is not said any more: this process may have been stopped in between.
    private static readonly TimeSpan beatIsGoodFor = TimeSpan.FromSeconds(1);

    private readonly Guid? company = caller.Api.CompanyId;
    private volatile bool doubted = true;
    private FeedLog? log;
    private readonly DateTimeOffset since = time.GetUtcNow();
    private volatile FeedEntry? at;
    private long toldAt = time.GetUtcNow().UtcTicks;
    private long horizon;
    private long beat;
    private int unflushed;

    /// <summary>Lets it ask anew whether it is still let in, where the change is about its API.</summary>
    /// <returns>Whether it is.</returns>
    public bool Doubt(string api)
    {
        if (api != caller.Api.Key)
            return false;

        doubted = true;
        return true;
    }

    /// <summary>As it stands now; asked by others than who tells.</summary>
    public ApiListener Describe()
    {
        var tail = feed.Now?.Tail;
        var behind = 0L;
        for (var next = at?.Next; next is not null && next.Sequence <= tail?.Sequence; next = next.Next)
            behind += next.IsFor(company) ? 1 : 0;

        return new ApiListener(caller.Api.Key, ip, since, behind, new DateTimeOffset(Interlocked.Read(ref toldAt), TimeSpan.Zero));
    }

    /// <summary>Tells everything until the secret is dead (false), the program stops or the connection breaks (canceled), or what was sent is not taken (timed out).</summary>
    public async Task Run(string? lastEventId, CancellationToken stop)
    {
        var resume = lastEventId;
        while (await IsStillLet())
        {
            var state = feed.Now!;
            if (!ReferenceEquals(state.Log, log))
                await Begin(state, resume, stop);
            else
                await TellUpTo(state, stop);

            resume = null;
            TellBeat(state);
            await Flush(stop);
            await state.More.WaitAsync(stop);
        }
    }

    private async ValueTask<bool> IsStillLet()
    {
        if (caller.Secret.ExpiresAt is { } end && time.GetUtcNow() >= end)
            return false;
        if (!doubted)
            return true;

        doubted = false;
        return await stillLet();
    }

    private async ValueTask Begin(FeedState state, string? resume, CancellationToken stop)
    {
        log = state.Log;
        if (log.Find(resume, state.Sequence) is { } known)
        {
            at = known;
        }
        else
        {
            var head = log.Head;
            at = head;
            Write(FeedFrame.Of("reset", log.Incarnation, head.Sequence, FeedFrame.Nothing));
        }

        horizon = 0;
        await TellUpTo(state, stop);
        Write(FeedFrame.Of("ready", log.Incarnation, state.Sequence, FeedFrame.Nothing));
    }

    private async ValueTask TellUpTo(FeedState state, CancellationToken stop)
    {
        while (at!.Sequence < state.Tail.Sequence && at.Next is { } next)
        {
            at = next;
            if (next.IsFor(company))
                Write(next.Frame);
            if (unflushed >= FlushAfter)
                await Flush(stop);
        }

        if (state.Horizon > horizon)
        {
            horizon = state.Horizon;
            Write(FeedFrame.Of("horizon", log!.Incarnation, state.Sequence, FeedFrame.Horizon(horizon)));
        }
    }

    private void TellBeat(FeedState state)
    {
        if (state.Beat == beat || Stopwatch.GetElapsedTime(state.BeatAt) > beatIsGoodFor)
            return;

        beat = state.Beat;
        Write(state.Heartbeat);
    }

    private void Write(ReadOnlySpan<byte> frame)
    {
        output.Write(frame);
        unflushed += frame.Length;
    }

    private async ValueTask Flush(CancellationToken stop)
    {
        if (unflushed == 0)
            return;

        unflushed = 0;
        var flushed = output.FlushAsync(stop);
        if (flushed.IsCompletedSuccessfully)
            _ = flushed.Result;
        else
            await flushed.AsTask().WaitAsync(Patience, stop);
        Interlocked.Exchange(ref toldAt, time.GetUtcNow().UtcTicks);
    }
}
