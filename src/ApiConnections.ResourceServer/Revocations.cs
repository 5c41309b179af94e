using Microsoft.Extensions.Options;

namespace ApiConnections.ResourceServer;

/// <summary>What this API has heard of revocations, and how long ago. Without credentials of its own it hears nothing and is never stale.</summary>
// Hot path: resource-server. A token that was found alive is looked up again only after something was revoked.
internal sealed class Revocations(IOptions<ResourceServerOptions> options, TimeProvider clock)
{
    private readonly bool listens = options.Value.HasCredentials;
    private readonly long bound = (long)(options.Value.MaxStaleness.TotalSeconds * clock.TimestampFrequency);
    private volatile RevokedSet held = new();
    private RevokedSet? coming;
    private long version = 1;
    private long heardAt = long.MinValue;
    private string? lastEventId;

    /// <summary>Whether nothing was heard for so long that a good token may have been revoked.</summary>
    public bool IsStale => listens && (Volatile.Read(ref heardAt) is var at && (at == long.MinValue || clock.GetTimestamp() - at > bound));

    /// <summary>How long ago it was last known that nothing is missing; null where it never was.</summary>
    public TimeSpan? Staleness => Volatile.Read(ref heardAt) is var at && at == long.MinValue ? null : clock.GetElapsedTime(at);

    /// <summary>How many entries are held.</summary>
    public int Count => held.Count;

    /// <summary>Where the stream goes on after its connection broke.</summary>
    public string? LastEventId => lastEventId;

    public bool IsRevoked(AccessToken token)
    {
        // Read before the entries: what comes in meanwhile makes the token be looked up once more.
        var now = Volatile.Read(ref version);
        if (Volatile.Read(ref token.AliveIn) == now)
            return false;

        if (held.Holds(token))
            return true;

        Volatile.Write(ref token.AliveIn, now);
        return false;
    }

    /// <summary>Takes in one event of the feed; only the listener calls it.</summary>
    /// <returns>Whether it says that everything up to it was heard. False in the middle of a snapshot, whatever it says.</returns>
    public bool Take(FeedEvent told)
    {
        var complete = false;
        switch (told.Name)
        {
            case "reset":
                coming = new RevokedSet();
                break;
            case "revoked" when told.Entry is { Kind: { } kind, Subject: { } subject } entry:
                // A snapshot takes the place of what is held once it is complete; until then both count.
                held.Add(told.Sequence, kind, subject, entry.Generation);
                coming?.Add(told.Sequence, kind, subject, entry.Generation);
                Interlocked.Increment(ref version);
                break;
            case "ready":
                if (coming is not null)
                    held = coming;

                coming = null;
                Interlocked.Increment(ref version);
                complete = true;
                break;
            case "horizon" when told.Entry?.Sequence is { } horizon:
                held.ForgetUpTo(horizon);
                coming?.ForgetUpTo(horizon);
                break;
            case "heartbeat":
                complete = coming is null;
                break;
        }

        lastEventId = told.Id;
        return complete;
    }

    /// <summary>Nothing is missing now.</summary>
    public void Heard() => Volatile.Write(ref heardAt, clock.GetTimestamp());
}
