using System.Diagnostics;
using System.Net;
using ApiConnections.Protocol;
using ApiConnections.ResourceServer;
using ApiConnections.Tests.ResourceServer.Support;
using ApiConnections.Tests.Support;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.ResourceServer;

/// <summary>Between API and issuer something lets no stream through, but every other request: the real issuer says what is good.</summary>
[Rfc("7662 s2")]
public sealed class IntrospectionFallbackTests
{
    // The answer about a token is good for a second.
    private static readonly TimeSpan asked = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan healed = TimeSpan.FromSeconds(15);

    [Theory, Engines]
    public async Task An_api_without_its_feed_asks_the_issuer_about_each_token_once_a_second_and_believes_it(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (registration, node) = (await installation.Api(), await installation.Start());
        var network = new WithoutStreams();
        await using var api = await ListeningApi.Start(node, registration, waits: false, services: network.Use);
        var (consumer, app, person) = (await installation.Consumer(), await installation.App(), await node.Person());
        var machine = (await node.Token(consumer, ("resource", registration.Audience))).AccessToken!;
        var (lost, kept) = (await Device(), await Device());
        (await api.Health()).ShouldBe(HealthStatus.Degraded);
        foreach (var token in new[] { machine, lost.AccessToken!, kept.AccessToken! })
            (await api.Status(token)).ShouldBe(HttpStatusCode.OK);

        var (start, before) = (Stopwatch.GetTimestamp(), network.Introspections);
        for (var i = 0; i < 100; i++)
            (await api.Status(machine)).ShouldBe(HttpStatusCode.OK);
        (network.Introspections - before).ShouldBeLessThanOrEqualTo((int)Stopwatch.GetElapsedTime(start).TotalSeconds + 1);

        // A device, a program, a person: whatever ends a token, the rows know it.
        (await node.Revoke(installation, app, lost.RefreshToken)).Status.ShouldBe(HttpStatusCode.OK);
        await Refused(lost.AccessToken!);
        (await api.Status(kept.AccessToken!)).ShouldBe(HttpStatusCode.OK);
        await installation.Do("consumer", "revoke-tokens", consumer.Key);
        await Refused(machine);
        await installation.Do("user", "disable", person.Email);
        await Refused(kept.AccessToken!);
        var good = (await node.Token(await installation.Consumer(), ("resource", registration.Audience))).AccessToken!;
        (await api.Status(good)).ShouldBe(HttpStatusCode.OK);

        // The stream gets through again, and nobody has to be asked.
        network.LetsStreamsThrough = true;
        await Within(healed, async () => await api.Health() == HealthStatus.Healthy, "it hears of revocations");
        before = network.Introspections;
        foreach (var dead in new[] { machine, lost.AccessToken!, kept.AccessToken! })
            (await api.Status(dead)).ShouldBe(HttpStatusCode.Unauthorized);
        (await api.Status(good)).ShouldBe(HttpStatusCode.OK);
        network.Introspections.ShouldBe(before);

        Task<TokenAnswer> Device() => node.Connect(installation, app, person, new() { Audience = registration.Audience });

        Task Refused(string token) => Within(asked, async () => await api.Status(token) == HttpStatusCode.Unauthorized, "the issuer says that it is dead");
    }

    [Fact]
    public async Task An_api_that_is_to_refuse_asks_nobody()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var (registration, node) = (await installation.Api(), await installation.Start());
        var network = new WithoutStreams();
        await using var api = await ListeningApi.Start(node, registration, options => options.WhenStale = WhenStale.Refuse, waits: false, services: network.Use);
        var token = (await node.Token(await installation.Consumer(), ("resource", registration.Audience))).AccessToken!;

        (await api.Status(token)).ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await api.Health()).ShouldBe(HealthStatus.Unhealthy);
        network.Introspections.ShouldBe(0);

        network.LetsStreamsThrough = true;
        await Within(healed, async () => await api.Status(token) == HttpStatusCode.OK, "it hears of revocations");
    }

    [Fact]
    public async Task An_api_whose_own_secret_is_dead_can_ask_nothing_and_lets_nobody_in()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var (registration, node) = (await installation.Api(), await installation.Start());
        var network = new WithoutStreams();
        await using var api = await ListeningApi.Start(node, registration, waits: false, services: network.Use);
        var token = (await node.Token(await installation.Consumer(), ("resource", registration.Audience))).AccessToken!;
        (await api.Status(token)).ShouldBe(HttpStatusCode.OK);

        await installation.Do("api", "secret", registration.Key, "--revoke", registration.Secret[^4..]);

        await Within(asked, async () => await api.Status(token) == HttpStatusCode.ServiceUnavailable, "nobody can say");
    }

    private sealed class WithoutStreams
    {
        private int introspections;

        public bool LetsStreamsThrough { get; set; }

        public int Introspections => Volatile.Read(ref introspections);

        public void Use(IServiceCollection services) => services.AddHttpClient("ApiConnections").AddHttpMessageHandler(() => new Handler(this));

        private sealed class Handler(WithoutStreams network) : DelegatingHandler
        {
            protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                if (request.RequestUri!.AbsolutePath == OAuthPaths.Revocations && !network.LetsStreamsThrough)
                    throw new HttpRequestException("Streams are not let through.");
                if (request.RequestUri.AbsolutePath == "/oauth/introspect")
                    Interlocked.Increment(ref network.introspections);

                return base.SendAsync(request, cancellationToken);
            }
        }
    }
}
