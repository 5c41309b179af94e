using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using ApiConnections.Protocol;

namespace ApiConnections.Server.Telemetry;

/// <summary>A metric as the operator meets it.</summary>
/// <param name="Unit">In the notation of UCUM.</param>
/// <param name="Tags">What its values are told apart by: few words each, never a person, a consumer, an address.</param>
internal sealed record Metric(string Name, string Kind, string Unit, string Tags, string Meaning);

/// <summary>
/// All that this node counts and measures, and the spans of its traces. Counting costs next to nothing while nobody listens: whoever wants to know more
/// asks first. What can be looked at is looked at only when metrics are collected.
/// </summary>
/// <see href="https://opentelemetry.io/docs/specs/semconv/general/metrics/"/>
internal sealed class Instruments : IDisposable
{
    /// <summary>The name of the meter, and of the source of the traces.</summary>
    public const string Name = "ApiConnections";

    /// <summary>The outcome of what was not refused.</summary>
    public const string Ok = "ok";

    private static readonly Metric tokens = new("api_connections.tokens", "counter", "{request}", "`grant_type`, `outcome`", "Requests to the token endpoint. `outcome` is `ok` or the error code; `grant_type` is `none` where the request named none, `other` for one that does not exist.");
    private static readonly Metric requests = new("api_connections.request.duration", "histogram", "s", "`http.request.method`, `http.route`, `http.response.status_code`", "How long requests took. Not those that stay open: the revocation feed, the console's circuits.");
    private static readonly Metric database = new("api_connections.database.duration", "histogram", "s", "`operation`, `outcome`", "How long a `read` or `write` of the database took, with the wait for a connection. `outcome` is `ok` (also where the rules refused), `unavailable`, `error`.");
    private static readonly Metric lookups = new("api_connections.cache.lookups", "counter", "{lookup}", "`cache`, `result`", "Look-ups in the caches in front of the database: `consumers`, `groups`, `companies`, `apis`, `api_credentials`; a `hit`, or a `miss`, which reads the database.");
    private static readonly Metric queues = new("api_connections.queue.length", "gauge", "{item}", "`queue`", "What waits to be written. `refresh`, `code` and `consent` are answered after their commit; `request_log` and `uses` are written each second; where more than 500 consumers are in use, their uses and successes together every five.");
    private static readonly Metric changes = new("api_connections.changes.age", "gauge", "s", "", "How long ago this node has last read what others have changed. From 60 s on it issues no tokens.");
    private static readonly Metric listeners = new("api_connections.feed.listeners", "gauge", "{listener}", "", "Protected APIs that hold the revocation feed of this node open.");
    private static readonly Metric lag = new("api_connections.feed.lag", "gauge", "s", "", "How long ago the slowest of them has last taken what was sent; heartbeats come every second. From 5 s on it is dropped.");
    private static readonly Metric backlog = new("api_connections.feed.backlog", "gauge", "{revocation}", "", "How many revocations the one that is furthest behind was not told yet.");

    // Requests take from tenths of a millisecond (a token) to seconds (a password, a database that is away).
    private static readonly InstrumentAdvice<double> seconds = new() { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] };

    // A number in a tag is an object: made once each.
    private static readonly object[] statuses = [.. Enumerable.Range(0, 600).Select(status => (object)status)];

    private readonly Meter meter = new(new MeterOptions(Name) { Version = Version });
    private readonly ConcurrentDictionary<(string Grant, string Outcome), TokenCount> issued = new();
    private readonly TokenCount issuedToPrograms;
    private readonly Histogram<double> answered;
    private readonly Histogram<double> asked;
    private readonly ConcurrentDictionary<string, LookupCount> caches = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Func<int>> waiting = new(StringComparer.Ordinal);
    private Func<TimeSpan>? sinceChanges;
    private Func<FeedStatus>? feed;

    public Instruments()
    {
        issuedToPrograms = TokensOf(GrantTypes.ClientCredentials, Ok);
        meter.CreateObservableCounter(tokens.Name, () => issued.Values.Where(count => count.IsUsed).Select(count => count.Measure()), tokens.Unit, tokens.Meaning);
        answered = meter.CreateHistogram(requests.Name, requests.Unit, requests.Meaning, tags: null, seconds);
        asked = meter.CreateHistogram(database.Name, database.Unit, database.Meaning, tags: null, seconds);
        meter.CreateObservableCounter(lookups.Name, () => caches.SelectMany(cache => cache.Value.Measure(cache.Key)), lookups.Unit, lookups.Meaning);
        meter.CreateObservableGauge(queues.Name, () => waiting.Select(queue => new Measurement<int>(queue.Value(), new KeyValuePair<string, object?>("queue", queue.Key))), queues.Unit, queues.Meaning);
        meter.CreateObservableGauge(changes.Name, () => Now(sinceChanges, age => age.TotalSeconds), changes.Unit, changes.Meaning);
        meter.CreateObservableGauge(listeners.Name, () => Now(feed, now => (long)now.Listeners), listeners.Unit, listeners.Meaning);
        meter.CreateObservableGauge(lag.Name, () => Now(feed, now => now.Lag.TotalSeconds), lag.Unit, lag.Meaning);
        meter.CreateObservableGauge(backlog.Name, () => Now(feed, now => now.Backlog), backlog.Unit, backlog.Meaning);
    }

    /// <summary>All of them, for the operator's guide.</summary>
    public static IReadOnlyList<Metric> All { get; } = [tokens, requests, database, lookups, queues, changes, listeners, lag, backlog];

    public static string Version { get; } = typeof(Instruments).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>Where spans begin.</summary>
    public ActivitySource Traces { get; } = new(Name, Version);

    /// <summary>A request to the token endpoint was answered.</summary>
    /// <param name="grantType">As the request named it.</param>
    /// <param name="outcome"><see cref="Ok"/> or the code of an <see cref="OAuthError"/>.</param>
    // Hot path: token
    public void TokenRequest(string? grantType, string outcome)
    {
        if (ReferenceEquals(outcome, Ok) && grantType == GrantTypes.ClientCredentials)
            issuedToPrograms.Add();
        else
            TokensOf(GrantTag(grantType), outcome).Add();

        if (Traces.HasListeners())
            Activity.Current?.SetTag("api_connections.grant_type", GrantTag(grantType)).SetTag("api_connections.outcome", outcome);
    }

    // Hot path: token
    public void Request(string method, string route, int status, TimeSpan took) => answered.Record(
        took.TotalSeconds, new("http.request.method", method), new("http.route", route), new("http.response.status_code", StatusTag(status)));

    /// <summary>A status as the value of a tag.</summary>
    public static object StatusTag(int status) => status >= 0 && status < statuses.Length ? statuses[status] : status;

    public void Database(string operation, string outcome, TimeSpan took) =>
        asked.Record(took.TotalSeconds, new("operation", operation), new("outcome", outcome));

    private TokenCount TokensOf(string grant, string outcome) => issued.GetOrAdd((grant, outcome), static what => new TokenCount(what.Grant, what.Outcome));

    // Strangers must not make tags.
    private static string GrantTag(string? grantType) => grantType switch
    {
        null => "none",
        GrantTypes.ClientCredentials => GrantTypes.ClientCredentials,
        GrantTypes.AuthorizationCode => GrantTypes.AuthorizationCode,
        GrantTypes.RefreshToken => GrantTypes.RefreshToken,
        _ => "other",
    };

    /// <summary>Where a cache counts its look-ups.</summary>
    public LookupCount Cache(string name) => caches.GetOrAdd(name, _ => new LookupCount());

    /// <param name="length">How many wait now.</param>
    public void Queue(string name, Func<int> length) => waiting[name] = length;

    /// <param name="since">How long ago changes were last read.</param>
    public void Changes(Func<TimeSpan> since) => sinceChanges = since;

    public void Feed(Func<FeedStatus> now) => feed = now;

    public void Dispose()
    {
        Traces.Dispose();
        meter.Dispose();
    }

    private static IEnumerable<Measurement<TValue>> Now<TSource, TValue>(Func<TSource>? source, Func<TSource, TValue> value)
        where TValue : struct => source is null ? [] : [new Measurement<TValue>(value(source()))];
}

/// <summary>How the protected APIs follow the revocation feed.</summary>
/// <param name="Lag">Since when the slowest of them took nothing; zero where nobody listens.</param>
/// <param name="Backlog">Of the one that is furthest behind.</param>
internal readonly record struct FeedStatus(int Listeners, TimeSpan Lag, long Backlog);

/// <summary>Counts the look-ups of a cache.</summary>
internal sealed class LookupCount
{
    private long hits;
    private long misses;

    // Hot path: token
    public void Hit() => Interlocked.Increment(ref hits);

    public void Miss() => Interlocked.Increment(ref misses);

    public IEnumerable<Measurement<long>> Measure(string cache) =>
    [
        new(Interlocked.Read(ref hits), new("cache", cache), new KeyValuePair<string, object?>("result", "hit")),
        new(Interlocked.Read(ref misses), new("cache", cache), new KeyValuePair<string, object?>("result", "miss")),
    ];
}

/// <summary>Counts the token requests of one grant and outcome: a tenth of what a counter with tags costs.</summary>
internal sealed class TokenCount(string grant, string outcome)
{
    private readonly KeyValuePair<string, object?>[] tags = [new("grant_type", grant), new("outcome", outcome)];
    private long count;

    public bool IsUsed => Interlocked.Read(ref count) > 0;

    // Hot path: token
    public void Add() => Interlocked.Increment(ref count);

    public Measurement<long> Measure() => new(Interlocked.Read(ref count), tags);
}
