using System.Net;
using System.Threading.Channels;
using ApiConnections.Protocol;
using Microsoft.Extensions.Options;

namespace ApiConnections.ResourceServer;

/// <summary>The last use of an authorization since the last report, and how many there were.</summary>
internal readonly record struct AuthorizationUse(long At, string Ip, long Count)
{
    public AuthorizationUse With(AuthorizationUse other) => (At >= other.At ? this : other) with { Count = Count + other.Count };
}

/// <summary>What a consumer was turned away with.</summary>
internal readonly record struct RefusedUse(string ClientId, string Reason, string Needed);

/// <summary>Notes what is to be reported, in bounded memory: what comes when that is full is dropped and counted. No request waits for it.</summary>
internal sealed class UsageBook(IOptions<ResourceServerOptions> options, ResourceServerMetrics metrics, TimeProvider clock)
{
    private const int MostTokens = 50_000;
    private const int MostAuthorizations = 20_000;
    private const int MostRefusals = 2_000;

    private readonly bool reports = options.Value is { HasCredentials: true, ReportUsage: true };
    private readonly Channel<AccessToken> used = Channel.CreateBounded<AccessToken>(new BoundedChannelOptions(MostTokens) { SingleReader = true });
    private readonly Lock gate = new();
    private readonly Dictionary<RefusedUse, AuthorizationUse> refused = [];
    private readonly Dictionary<Guid, AuthorizationUse> authorizations = []; // the reporter's alone

    /// <summary>Allocates nothing.</summary>
    // Hot path: resource-server
    public void Used(AccessToken token, IPAddress? from)
    {
        if (!reports)
            return;

        Volatile.Write(ref token.UsedAt, clock.GetUtcNow().ToUnixTimeMilliseconds());
        token.UsedFrom = from;
        if (Interlocked.Increment(ref token.Uses) == 1 && !used.Writer.TryWrite(token))
            metrics.Unreported(Interlocked.Exchange(ref token.Uses, 0));
    }

    /// <param name="needed">The permissions that were needed; empty where it was not for want of any.</param>
    public void Refused(string clientId, Refusal refusal, string needed, IPAddress? from)
    {
        if (!reports)
            return;

        var what = new RefusedUse(clientId, refusal.Reason, needed);
        var use = new AuthorizationUse(clock.GetUtcNow().ToUnixTimeMilliseconds(), Text(from), 1);
        lock (gate)
        {
            if (refused.TryGetValue(what, out var before))
                refused[what] = before.With(use);
            else if (refused.Count < MostRefusals)
                refused.Add(what, use);
            else
                metrics.Unreported(1);
        }
    }

    /// <summary>Takes at most <paramref name="most"/> entries out; only the reporter calls it.</summary>
    public UsageReport? Take(int most, Guid batch)
    {
        // No more than were there when it began: a busy token stands in it again at once.
        for (var left = used.Reader.Count; left > 0 && used.Reader.TryRead(out var token); left--)
            Add(token.AuthorizationId, new AuthorizationUse(Volatile.Read(ref token.UsedAt), Text(token.UsedFrom), Interlocked.Exchange(ref token.Uses, 0)));

        var uses = authorizations.Take(most).ToList();
        uses.ForEach(use => authorizations.Remove(use.Key));
        List<KeyValuePair<RefusedUse, AuthorizationUse>> refusals;
        lock (gate)
        {
            refusals = [.. refused.Take(most - uses.Count)];
            refusals.ForEach(refusal => refused.Remove(refusal.Key));
        }

        return uses.Count + refusals.Count == 0 ? null : UsageReport.Of(batch, uses, refusals);
    }

    private void Add(Guid authorization, AuthorizationUse use)
    {
        if (authorizations.TryGetValue(authorization, out var before))
            authorizations[authorization] = before.With(use);
        else if (authorizations.Count < MostAuthorizations)
            authorizations.Add(authorization, use);
        else
            metrics.Unreported(use.Count);
    }

    private static string Text(IPAddress? address) => address is null ? "" : (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
}
