using System.Diagnostics;
using System.Net;
using ApiConnections.ResourceServer;
using ApiConnections.Tests.ResourceServer.Support;
using ApiConnections.Tests.Support;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.ResourceServer;

/// <summary>An API that listens refuses what is revoked, and knows when it does not know.</summary>
public sealed class RevocationsTests
{
    // A second is promised to an API that is connected, five to one that is not.
    private static readonly TimeSpan heard = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan bound = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan healed = TimeSpan.FromSeconds(15);

    [Theory, Engines]
    public async Task What_is_revoked_is_refused_within_a_second_whether_the_token_was_seen_before_or_not(On engine)
    {
        await using var here = await World.New(engine);
        await using var api = await ListeningApi.Start(here.Node, here.Api);
        var consumer = await here.Installation.Consumer();
        var (seen, unseen) = (await here.Token(consumer), await here.Token(consumer));
        var other = await here.Token(await here.Installation.Consumer());
        (await api.Status(seen.AccessToken!)).ShouldBe(HttpStatusCode.OK);
        (await api.Status(other.AccessToken!)).ShouldBe(HttpStatusCode.OK);

        await here.Installation.Do("authorization", "revoke", seen.Claims.GetProperty("authorization_id").GetString()!);

        await Within(heard, async () => await api.Status(seen.AccessToken!) == HttpStatusCode.Unauthorized, "the token is refused");
        (await api.Status(unseen.AccessToken!)).ShouldBe(HttpStatusCode.Unauthorized);
        (await api.Status(other.AccessToken!)).ShouldBe(HttpStatusCode.OK);
        using var answer = await api.Call(seen.AccessToken!);
        answer.Challenge().ShouldBe("Bearer error=\"invalid_token\", error_description=\"The access token was revoked.\"");
    }

    [Theory, Engines]
    public async Task Revoking_all_tokens_of_a_consumer_lets_those_live_that_come_after(On engine)
    {
        await using var here = await World.New(engine);
        await using var api = await ListeningApi.Start(here.Node, here.Api);
        var consumer = await here.Installation.Consumer();
        var before = (await here.Token(consumer)).AccessToken!;
        (await api.Status(before)).ShouldBe(HttpStatusCode.OK);

        await here.Installation.Do("consumer", "revoke-tokens", consumer.Key);

        await Within(heard, async () => await api.Status(before) == HttpStatusCode.Unauthorized, "the token is refused");
        string? after = null;
        await Within(heard, async () => await api.Status(after = (await here.Token(consumer)).AccessToken!) == HttpStatusCode.OK, "a new token is good");
        (await api.Status(before)).ShouldBe(HttpStatusCode.Unauthorized);
        (await api.Status(after!)).ShouldBe(HttpStatusCode.OK);
    }

    [Theory, Engines]
    public async Task An_api_that_starts_after_the_revocation_has_heard_of_it(On engine)
    {
        await using var here = await World.New(engine);
        var consumer = await here.Installation.Consumer();
        var token = (await here.Token(consumer)).AccessToken!;
        await here.Installation.Do("consumer", "revoke-tokens", consumer.Key);

        await using var api = await ListeningApi.Start(here.Node, here.Api);

        (await api.Status(token)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_api_whose_feed_is_cut_or_hangs_refuses_after_its_bound_and_heals_with_all_that_it_missed(bool hangs)
    {
        await using var here = await World.New(On.Sqlite);
        await using var proxy = TcpProxy.Before(here.Node);
        await using var api = await ListeningApi.Start(here.Node, here.Api, options => (options.Addresses, options.WhenStale) = ([proxy.Address], WhenStale.Refuse));
        var (consumer, other) = (await here.Installation.Consumer(), await here.Installation.Consumer());
        var (revoked, good) = ((await here.Token(consumer)).AccessToken!, (await here.Token(other)).AccessToken!);
        (await api.Status(revoked)).ShouldBe(HttpStatusCode.OK);
        (await api.Status(good)).ShouldBe(HttpStatusCode.OK);
        (await api.Health()).ShouldBe(HealthStatus.Healthy);

        var start = Stopwatch.GetTimestamp();
        if (hangs)
            proxy.Freeze();
        else
            proxy.Cut();
        await here.Installation.Do("consumer", "revoke-tokens", consumer.Key);

        // It serves what it knows for as long as it may, and not longer.
        (await api.Status(good)).ShouldBe(HttpStatusCode.OK);
        await Within(3 * bound, async () => await api.Status(revoked) == HttpStatusCode.ServiceUnavailable, "it knows that it does not know");
        Stopwatch.GetElapsedTime(start).ShouldBeGreaterThan(bound - TimeSpan.FromSeconds(2));
        using (var answer = await api.Call(good))
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            answer.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
            answer.Challenge().ShouldBeNull();
        }

        (await api.Health()).ShouldBe(HealthStatus.Unhealthy);
        (await api.Status(new string('x', 20) + ".y.z")).ShouldBe(HttpStatusCode.Unauthorized);

        proxy.Restore();
        await Within(healed, async () =>
        {
            // From the first answer on that is not 503 it is refused.
            var status = await api.Status(revoked);
            status.ShouldNotBe(HttpStatusCode.OK);
            return status == HttpStatusCode.Unauthorized;
        }, "it hears of what it missed");
        (await api.Status(good)).ShouldBe(HttpStatusCode.OK);
        (await api.Health()).ShouldBe(HealthStatus.Healthy);
        api.Log.Lines.ShouldNotContain(line => line.Contains(here.Api.Secret, StringComparison.Ordinal) || line.Contains(good, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_node_takes_over_before_the_bound_is_reached()
    {
        await using var here = await World.New(On.Sqlite);
        await using var first = TcpProxy.Before(here.Node);
        await using var second = TcpProxy.Before(here.Node);
        await using var api = await ListeningApi.Start(here.Node, here.Api, options => (options.Addresses, options.WhenStale) = ([first.Address, second.Address], WhenStale.Refuse));
        var consumer = await here.Installation.Consumer();
        var token = (await here.Token(consumer)).AccessToken!;

        first.Freeze();
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < 2 * bound; await Task.Delay(50))
            (await api.Status(token)).ShouldBe(HttpStatusCode.OK);

        await here.Installation.Do("consumer", "revoke-tokens", consumer.Key);
        await Within(heard, async () => await api.Status(token) == HttpStatusCode.Unauthorized, "the token is refused");
    }

    [Fact, Rfc("7662 s2")]
    public async Task While_nothing_is_heard_the_issuer_is_asked_once_a_second_for_each_token()
    {
        await using var here = await World.New(On.Sqlite);
        await using var node = await StandInNode.Start();
        await using var api = await ListeningApi.Start(here.Node, here.Api, options => options.Addresses = [node.Address], waits: false);
        var token = (await here.Token(await here.Installation.Consumer())).AccessToken!;

        (await api.Status(token)).ShouldBe(HttpStatusCode.OK);
        node.LastAsked.ShouldBe(token);
        node.LastAuthorization.ShouldBe(Node.Basic(here.Api.Key, here.Api.Secret).ToString());
        (await api.Health()).ShouldBe(HealthStatus.Degraded);
        var (start, before) = (Stopwatch.GetTimestamp(), node.Asked);
        for (var i = 0; i < 200; i++)
            (await api.Status(token)).ShouldBe(HttpStatusCode.OK);
        (node.Asked - before).ShouldBeLessThanOrEqualTo((int)Stopwatch.GetElapsedTime(start).TotalSeconds + 1);

        // What does not pass the check is not asked about.
        before = node.Asked;
        (await api.Status(token[..^4] + "AAAA")).ShouldBe(HttpStatusCode.Unauthorized);

        node.Active = false;
        await Within(heard, async () => await api.Status(token) == HttpStatusCode.Unauthorized, "the issuer says that it is dead");
        node.Active = null;
        await Within(heard, async () => await api.Status(token) == HttpStatusCode.ServiceUnavailable, "nobody can say");
    }

    [Fact]
    public async Task An_api_whose_secret_is_revoked_does_not_go_on_by_itself()
    {
        await using var here = await World.New(On.Sqlite);
        await using var api = await ListeningApi.Start(here.Node, here.Api, options => options.WhenStale = WhenStale.Refuse);
        var token = (await here.Token(await here.Installation.Consumer())).AccessToken!;
        (await api.Status(token)).ShouldBe(HttpStatusCode.OK);

        await here.Installation.Do("api", "secret", here.Api.Key, "--revoke", here.Api.Secret[^4..]);

        await Within(3 * bound, async () => await api.Status(token) == HttpStatusCode.ServiceUnavailable, "it hears of nothing any more");
    }

    [Fact]
    public async Task Staleness_and_entries_are_measured()
    {
        await using var here = await World.New(On.Sqlite);
        await using var api = await ListeningApi.Start(here.Node, here.Api);
        var measured = new Dictionary<string, double>();
        using var listener = new System.Diagnostics.Metrics.MeterListener
        {
            InstrumentPublished = (instrument, meters) =>
            {
                if (instrument.Meter.Name == "ApiConnections.ResourceServer")
                    meters.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => measured[instrument.Name] = value);
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => measured[instrument.Name] = Math.Max(value, measured.GetValueOrDefault(instrument.Name)));
        (await api.Status((await here.Token(await here.Installation.Consumer())).AccessToken!)).ShouldBe(HttpStatusCode.OK);
        listener.Start();
        await here.Installation.Revoke("token", "one");

        await Within(heard, () =>
        {
            listener.RecordObservableInstruments();
            return Task.FromResult(measured.GetValueOrDefault("api_connections.feed.entries") >= 1);
        }, "the entry is held");
        measured["api_connections.feed.staleness"].ShouldBeLessThan(30);
    }

    private sealed class World : IAsyncDisposable
    {
        public required Installation Installation { get; init; }

        public required Node Node { get; init; }

        public required TestApi Api { get; init; }

        public static async Task<World> New(On engine)
        {
            var installation = await Installation.New(engine);
            return new World { Installation = installation, Api = await installation.Api(), Node = await installation.Start() };
        }

        /// <summary>A token for this API.</summary>
        public async Task<TokenAnswer> Token(TestConsumer consumer)
        {
            var answer = await Node.Token(consumer, ("resource", Api.Audience));
            answer.ShouldBeIssued();
            return answer;
        }

        public ValueTask DisposeAsync() => Installation.DisposeAsync();
    }
}
