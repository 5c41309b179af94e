using System.Globalization;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.OAuth.RevocationFeed;

/// <summary>
/// What is revoked and can still be carried by a token, in one incarnation of the installation. One thread writes; any number of listeners follow
/// the links, and what all have passed is collected.
/// </summary>
internal sealed class FeedLog(Guid incarnation)
{
    private bool complete;
    private volatile FeedEntry? head; // stands before the first one, and says from where on all are there

    /// <summary>As it stands in the ids of events.</summary>
    public string Incarnation { get; } = incarnation.ToString("N");

    public FeedEntry Tail { get; private set; } = null!;

    /// <summary>The place of the last change of any kind.</summary>
    public long Sequence { get; private set; }

    /// <summary>Up to here nothing can be carried by a token any more.</summary>
    public long Horizon { get; private set; }

    public FeedEntry Head => head!;

    public void Add(Change change)
    {
        // What came before the first one that is there was over and is gone.
        if (head is null)
            Begin(change.Sequence - 1);

        Sequence = change.Sequence;
        if (!change.ForApis)
            return;

        var entry = new FeedEntry(change.Sequence, change.CompanyId, change.ExpiresAt, FeedFrame.Of("revoked", Incarnation, change.Sequence, FeedFrame.Data(change)));
        Tail.Next = entry;
        Tail = entry;
    }

    /// <summary>Everything up to <paramref name="last"/> was added.</summary>
    public void Complete(long last, DateTimeOffset now)
    {
        if (head is null)
            Begin(last);

        Sequence = last;
        var before = head!;
        var first = before;
        while (first.Next is { } oldest && oldest.ExpiresAt <= now)
            first = oldest;

        head = first;
        if (!complete || !ReferenceEquals(before, first))
            Horizon = first.Next is { } alive ? alive.Sequence - 1 : last;
        complete = true;
    }

    /// <summary>Where a listener with this last event goes on; null where it has to begin anew.</summary>
    /// <param name="last">What is complete for all listeners now.</param>
    public FeedEntry? Find(string? lastEventId, long last)
    {
        if (lastEventId is null || lastEventId.LastIndexOf('-') is var dash && dash < 0 || !lastEventId.AsSpan(0, dash).SequenceEqual(Incarnation)
            || !long.TryParse(lastEventId.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            return null;

        var at = Head;
        if (sequence < at.Sequence || sequence > last)
            return null;

        while (at.Next is { } next && next.Sequence <= sequence)
            at = next;

        return at;
    }

    private void Begin(long floor) => head = Tail = new FeedEntry(floor, null, DateTimeOffset.MinValue, []);
}
