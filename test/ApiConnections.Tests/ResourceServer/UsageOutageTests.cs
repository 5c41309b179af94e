using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using ApiConnections.ResourceServer;
using ApiConnections.Tests.ResourceServer.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.ResourceServer;

/// <summary>The issuer is away for an hour: no request waits for a report, memory is bounded, and what was noted is reported when it is back.</summary>
public sealed class UsageOutageTests
{
    // More than the library keeps: 50,000 tokens, 20,000 authorizations, 2,000 kinds of refusal.
    private const int Authorizations = 60_000;
    private const int Refusals = 3_000;
    private const int Seconds = 3_600;

    [Fact]
    public async Task An_hour_without_the_issuer_costs_no_request_a_wait_and_every_use_is_reported_or_counted_as_dropped()
    {
        await using var issuer = await UsageTaker.Start();
        await using var api = await ProtectedApi.Start(configure: options =>
            (options.ApiKey, options.ApiSecret, options.Addresses, options.MaxStaleness) = ("key", "secret", [issuer.Address], TimeSpan.FromSeconds(60)));
        var (book, revocations) = (api.Services.GetRequiredService<UsageBook>(), api.Services.GetRequiredService<Revocations>());
        using var dropped = new Dropped(api);
        var token = api.Token();
        revocations.Heard();
        (await api.Send("/any", "Bearer " + token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await api.Until(() => Tick(api, TimeSpan.FromSeconds(2)) && issuer.Uses == 1);
        issuer.Uses.ShouldBe(1);

        (issuer.IsAway, issuer.Hangs) = (true, true);
        var (uses, refusals, longest) = (0L, 0L, TimeSpan.Zero);
        for (var second = 0; second < Seconds; second += 10)
        {
            // At first it takes what is sent and never answers.
            issuer.Hangs = second < Seconds / 2;
            api.Clock!.Advance(TimeSpan.FromSeconds(10));
            revocations.Heard();
            for (var i = Authorizations * second / Seconds; i < Authorizations * (second + 10) / Seconds; i++, uses++)
                book.Used(Token(i), IPAddress.Loopback);
            for (var i = Refusals * second / Seconds; i < Refusals * (second + 10) / Seconds; i++, refusals++)
                book.Refused("app", Protocol.OAuthError.InvalidToken.Because($"Reason {i}."), "", IPAddress.Loopback);

            var start = Stopwatch.GetTimestamp();
            (await api.Send("/any", "Bearer " + token)).StatusCode.ShouldBe(HttpStatusCode.OK);
            uses++;
            longest = Stopwatch.GetElapsedTime(start) is var took && took > longest ? took : longest;
            // The token expires; the issuer's keys are good for two hours.
            if (second % 500 == 490)
                token = api.Token();
        }

        // Not as long as one attempt at a report.
        longest.ShouldBeLessThan(TimeSpan.FromSeconds(2));
        issuer.Uses.ShouldBe(1);
        issuer.Tried.Distinct().Count().ShouldBe(2); // the same report again and again
        dropped.Count.ShouldBeGreaterThanOrEqualTo(Authorizations - 50_000 - 1_000 + Refusals - 2_000 - 1_000);

        issuer.IsAway = false;
        await api.Until(() => Tick(api, TimeSpan.FromSeconds(2)) && issuer.Uses + issuer.Refused + dropped.Count == 1 + uses + refusals);
        (issuer.Uses + issuer.Refused + dropped.Count).ShouldBe(1 + uses + refusals);
        issuer.Uses.ShouldBeGreaterThan(20_000);
        issuer.Refused.ShouldBeGreaterThanOrEqualTo(2_000);

        // And it goes on.
        var before = issuer.Uses;
        revocations.Heard();
        (await api.Send("/any", "Bearer " + api.Token())).StatusCode.ShouldBe(HttpStatusCode.OK);
        await api.Until(() => Tick(api, TimeSpan.FromSeconds(2)) && issuer.Uses == before + 1);
        issuer.Uses.ShouldBe(before + 1);
    }

    private static bool Tick(ProtectedApi api, TimeSpan time)
    {
        api.Clock!.Advance(time);
        return true;
    }

    private static AccessToken Token(int number)
    {
        var claims = new JsonObject
        {
            ["iss"] = "https://id.example",
            ["sub"] = "consumer:app",
            ["client_id"] = "app",
            ["iat"] = 1,
            ["exp"] = 2,
            ["jti"] = $"jti {number}",
            ["scope"] = "assets:view",
            ["company"] = "0197a000-0000-7000-8000-000000000001",
            ["authorization_id"] = new Guid(number, 0, 0, new byte[8]).ToString(),
            ["gen"] = new JsonArray(3, 5),
        };
        AccessTokenPayload.Read(StandInIssuer.Encode(claims.ToJsonString()))!.ToAccessToken("kid").TryGet(out var token, out _).ShouldBeTrue();
        return token!;
    }

    /// <summary>A node that takes reports, each batch once; or is away: it refuses, or never answers.</summary>
    private sealed class UsageTaker : IAsyncDisposable
    {
        private readonly WebApplication app;
        private readonly ConcurrentDictionary<Guid, bool> taken = new();
        private long uses;
        private long refused;

        private UsageTaker()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            app = builder.Build();
            app.MapPost("/oauth/usage", Take);
        }

        public string Address => app.Urls.Single();

        public volatile bool IsAway;
        public volatile bool Hangs;

        public ConcurrentQueue<Guid> Tried { get; } = new();

        public long Uses => Volatile.Read(ref uses);

        public long Refused => Volatile.Read(ref refused);

        public static async Task<UsageTaker> Start()
        {
            var taker = new UsageTaker();
            await taker.app.StartAsync();
            return taker;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private async Task Take(HttpContext http)
        {
            using var report = await JsonDocument.ParseAsync(http.Request.Body, default, http.RequestAborted);
            var batch = report.RootElement.GetProperty("batch").GetGuid();
            Tried.Enqueue(batch);
            if (IsAway && Hangs)
                await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            http.Response.StatusCode = IsAway ? 503 : 204;
            if (IsAway || !taken.TryAdd(batch, true))
                return;

            Interlocked.Add(ref uses, Sum(report.RootElement.GetProperty("authorizations")));
            Interlocked.Add(ref refused, Sum(report.RootElement.GetProperty("refusals")));
        }

        private static long Sum(JsonElement entries) => entries.EnumerateArray().Sum(entry => entry.GetProperty("count").GetInt64());
    }

    /// <summary>What the library says that it did not report.</summary>
    private sealed class Dropped : IDisposable
    {
        private readonly MeterListener listener = new();
        private long count;

        public Dropped(ProtectedApi api)
        {
            listener.InstrumentPublished = (instrument, meters) =>
            {
                if (instrument.Name == "api_connections.usage.dropped" && ReferenceEquals(instrument.Meter.Scope, api.Services.GetRequiredService<IMeterFactory>()))
                    meters.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref count, value));
            listener.Start();
        }

        public long Count => Volatile.Read(ref count);

        public void Dispose() => listener.Dispose();
    }
}
