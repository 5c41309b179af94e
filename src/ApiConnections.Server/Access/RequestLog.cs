using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using ApiConnections.Protocol;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using ApiConnections.Server.Telemetry;

namespace ApiConnections.Server.Access;

/// <summary>The endpoints whose requests are logged, as the log calls them.</summary>
internal static class LoggedEndpoint
{
    public const string Authorize = "authorize";
    public const string Token = "token";
    public const string Revoke = "revoke";
    public const string Introspect = "introspect";

    /// <summary>A protected API, which reported it.</summary>
    public const string Api = "api";
}

/// <summary>
/// Why requests were refused, for the owner of the consumer that they name, and a sample of those that were not. Kept in bounded memory until
/// <see cref="RequestLogWriter"/> writes it: what comes when that is full is dropped. Nobody waits for it.
/// </summary>
internal sealed class RequestLog
{
    /// <summary>The outcome of what was not refused.</summary>
    public const string Ok = "ok";

    /// <summary>The outcome of asking about a token that is not good.</summary>
    public const string Inactive = "inactive";

    private const int Most = 10_000;
    // What a stranger makes of one consumer's key leaves room for all others, and for the consumer's own.
    private const int MostOfOneConsumer = 50;
    private const int MostForOneReason = 10;

    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly Channel<SuccessSample> successes = Channel.CreateBounded<SuccessSample>(new BoundedChannelOptions(50_000) { SingleReader = true });
    private readonly ConcurrentDictionary<string, TaskCompletionSource<LoggedRequest>> expected = new(StringComparer.Ordinal);
    private Dictionary<string, Dictionary<Guid, LoggedRequest>> waiting = new(StringComparer.Ordinal);
    private int count;

    public RequestLog(Instruments instruments, TimeProvider time)
    {
        this.time = time;
        instruments.Queue("request_log", () => Volatile.Read(ref count) + successes.Reader.Count);
    }

    /// <summary>Where the successes of a consumer are counted; one per reading of it.</summary>
    public SuccessSample SuccessesOf(string consumer) => new(consumer, successes.Writer);

    /// <summary>Notes a refusal with its reason, its detail and the two values side by side.</summary>
    /// <param name="consumer">The key of a consumer that exists.</param>
    /// <param name="endpoint">One of <see cref="LoggedEndpoint"/>.</param>
    /// <param name="grantType">As the request named it; null where it named none.</param>
    /// <param name="wanted">What would have been right; null: what the refusal says.</param>
    /// <param name="offending">What came instead; null: what the refusal says. May be as it came: secrets are taken out here.</param>
    public void Refused(HttpContext http, string consumer, string endpoint, string? grantType, Refusal refusal, string? wanted = null, string? offending = null)
    {
        // Whether a secret is good the console asks with a token that is none: nothing was refused.
        if (refusal.Error.Code == Inactive && !expected.IsEmpty && expected.ContainsKey(LoggedText.Agent(http.Request.Headers.UserAgent.ToString())))
            return;

        var now = time.GetUtcNow();
        var ip = Address(http.Connection.RemoteIpAddress);
        var grant = grantType is GrantTypes.ClientCredentials or GrantTypes.AuthorizationCode or GrantTypes.RefreshToken ? grantType : "";
        var (wrong, detail) = (LoggedText.Of(offending ?? refusal.Offending), LoggedText.Of(refusal.Detail));
        // Where the address itself is what is wrong it does not tell entries apart, else every network would make one.
        var id = IdOf(endpoint, grant, refusal.Error.Code, refusal.Reason, detail, string.Equals(wrong, ip, StringComparison.Ordinal) ? "" : wrong);
        var entry = new LoggedRequest(
            consumer, id, endpoint, grant, refusal.Error.Code, refusal.Reason, detail, LoggedText.Of(wanted ?? refusal.Expected), wrong,
            now, now, 1, ip, LoggedText.Agent(http.Request.Headers.UserAgent.ToString()));
        Add(entry);
        if (expected.TryGetValue(entry.Agent, out var told))
            told.TrySetResult(entry);
    }

    /// <summary>Tells of the refusal of a request that this program is about to send to itself, before its answer comes; <see cref="Forget"/> ends it.</summary>
    /// <param name="agent">By which the request is known: a user agent that no other has.</param>
    public Task<LoggedRequest> Expect(string agent) => expected.GetOrAdd(agent, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Forget(string agent) => expected.TryRemove(agent, out _);

    /// <summary>Notes that a request of people's pace succeeded; what comes by the thousand is counted by <see cref="SuccessesOf"/>.</summary>
    /// <param name="consumer">The key of a consumer that exists.</param>
    /// <param name="endpoint">One of <see cref="LoggedEndpoint"/>.</param>
    public void Succeeded(HttpContext http, string consumer, string endpoint, string grantType) =>
        Add(Success(consumer, endpoint, grantType, time.GetUtcNow(), 1, http.Connection.RemoteIpAddress, http.Request.Headers.UserAgent.ToString()));

    /// <summary>All that waits to be written, no two alike, in the order of consumers and ids.</summary>
    /// <param name="fewSuccesses">More successes than that wait on.</param>
    public IReadOnlyList<LoggedRequest> Take(int fewSuccesses = int.MaxValue)
    {
        // No more than were there when it began: a busy consumer stands in it again at once.
        var left = successes.Reader.Count;
        for (left = left <= fewSuccesses ? left : 0; left > 0 && successes.Reader.TryRead(out var sample); left--)
            Add(sample.Take());

        lock (gate)
        {
            var taken = waiting;
            (waiting, count) = (new(StringComparer.Ordinal), 0);
            return [.. taken.Values.SelectMany(entries => entries.Values).OrderBy(entry => entry.Consumer, StringComparer.Ordinal).ThenBy(entry => entry.Id)];
        }
    }

    /// <summary>Lets entries that could not be written wait on.</summary>
    public void PutBack(IEnumerable<LoggedRequest> entries)
    {
        foreach (var entry in entries)
            Add(entry);
    }

    /// <summary>What makes two entries of a consumer equal.</summary>
    public static Guid IdOf(params ReadOnlySpan<string> parts) => new(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))).AsSpan(0, 16), bigEndian: true);

    public static string Address(IPAddress? address) => address is null ? "" : (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();

    /// <summary>One entry a minute and endpoint.</summary>
    internal static LoggedRequest Success(string consumer, string endpoint, string grantType, DateTimeOffset last, long count, IPAddress? from, string agent)
    {
        var minute = (last.ToUnixTimeSeconds() / 60).ToString(CultureInfo.InvariantCulture);
        return new LoggedRequest(consumer, IdOf(Ok, endpoint, minute), endpoint, grantType, Ok, "", "", "", "", last, last, count, Address(from), LoggedText.Agent(agent));
    }

    private void Add(LoggedRequest entry)
    {
        lock (gate)
        {
            if (!waiting.TryGetValue(entry.Consumer, out var entries))
            {
                if (count >= Most)
                    return;

                waiting[entry.Consumer] = entries = [];
            }

            if (entries.TryGetValue(entry.Id, out var same))
            {
                entries[entry.Id] = same.With(entry);
            }
            else if (count < Most && entries.Count < MostOfOneConsumer && entries.Values.Count(other => other.Reason == entry.Reason) < MostForOneReason)
            {
                entries[entry.Id] = entry;
                count++;
            }
        }
    }
}

/// <summary>Counts the successes of one consumer between two writings, with when, how and from where the last was: at most one entry a minute.</summary>
internal sealed class SuccessSample(string consumer, ChannelWriter<SuccessSample> waiting)
{
    private long count;
    private long at; // Unix milliseconds: one word, so that a reader never sees half of it
    private IPAddress? from;
    private string agent = "";
    private string endpoint = "";
    private string grantType = "";

    // Hot path: token
    public void Record(DateTimeOffset now, IPAddress? address, string userAgent, string where, string grant)
    {
        (at, from, agent, endpoint, grantType) = (now.ToUnix(), address, userAgent, where, grant);
        if (Interlocked.Increment(ref count) == 1 && !waiting.TryWrite(this))
            Interlocked.Exchange(ref count, 0); // so many others wait that this one is not written; the next one tries again
    }

    /// <summary>What was counted since the last time.</summary>
    public LoggedRequest Take()
    {
        var counted = Interlocked.Exchange(ref count, 0);
        return RequestLog.Success(consumer, endpoint, grantType, at.ToTime(), counted, from, agent);
    }
}
