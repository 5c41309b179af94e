using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.ResourceServer.Support;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.Proof;

/// <summary>Whatever fails between a revocation and the APIs: nothing revoked is accepted beyond the bound, nothing good is refused for long, and it heals by itself.</summary>
public sealed class FaultTests
{
    // Promised: a second where the API is connected, five where it is not, and five at most without an answer for what is good.
    private static readonly TimeSpan heard = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan bound = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan served = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan sleep = TimeSpan.FromSeconds(Repeats.Of(7, 30, 30));

    [Fact]
    public async Task An_api_that_slept_accepts_nothing_that_was_revoked_meanwhile_and_serves_the_rest()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var api = await installation.Api();
        var node = await installation.Start();
        await using var network = TcpProxy.Before(node);
        await using var asleep = await ApiProcess.Start(node, api, network.Address);
        var (revoked, good) = (await Token(installation, node, api), await Token(installation, node, api));
        (await asleep.Call(revoked)).ShouldBe(HttpStatusCode.OK);
        (await asleep.Call(good)).ShouldBe(HttpStatusCode.OK);

        await asleep.Pause();
        // They wait at its door from before the revocation on, so that the first thing that it does is to answer them.
        var calls = Enumerable.Range(0, 30).Select(_ => asleep.Call(revoked)).ToArray();
        // Who sleeps for long loses its connections; what was told meanwhile is not waiting for it.
        network.Cut();
        await installation.Do("authorization", "revoke", revoked.Claims.GetProperty("authorization_id").GetString()!);
        network.Restore();
        await Task.Delay(sleep);
        await asleep.Resume();
        var start = Stopwatch.GetTimestamp();

        (await Task.WhenAll(calls)).ShouldAllBe(status => status == HttpStatusCode.Unauthorized || status == HttpStatusCode.ServiceUnavailable);
        (await asleep.Call(revoked)).ShouldNotBe(HttpStatusCode.OK);
        await Within(served, async () => await asleep.Call(good) == HttpStatusCode.OK, "what is good is served");
        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(served);
        (await asleep.Call(revoked)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory, InlineData(60), InlineData(-60)]
    public async Task An_api_whose_clock_is_a_minute_off_accepts_what_is_good_and_refuses_what_is_revoked(int seconds)
    {
        await using var installation = await Installation.New(On.Sqlite);
        var api = await installation.Api();
        var node = await installation.Start();
        await using var listening = await ListeningApi.Start(node, api, services: services => services.AddSingleton<TimeProvider>(new ShiftedClock(TimeSpan.FromSeconds(seconds))));
        var (revoked, good) = (await Token(installation, node, api), await Token(installation, node, api));
        (await listening.Status(revoked.AccessToken!)).ShouldBe(HttpStatusCode.OK);

        await installation.Do("authorization", "revoke", revoked.Claims.GetProperty("authorization_id").GetString()!);

        await Within(heard, async () => await listening.Status(revoked.AccessToken!) == HttpStatusCode.Unauthorized, "the token is refused");
        (await listening.Status(good.AccessToken!)).ShouldBe(HttpStatusCode.OK);
    }

    [Theory, InlineData(60), InlineData(-60)]
    public async Task Nodes_whose_clocks_are_a_minute_apart_live_by_that_of_their_database(int seconds)
    {
        Machine.Needs(TestPostgres.Connection is not null, "There is no PostgreSQL here; ./test.sh installs one.");
        await using var installation = await Installation.New(On.Postgres);
        var here = await installation.Start(builder => builder.Services.AddSingleton<TimeProvider>(provider => provider.GetRequiredService<DatabaseClock>()));
        await using var there = await ServerProcess.Start(installation, ahead: TimeSpan.FromSeconds(seconds));
        var app = await installation.App();

        // A code lives for a minute.
        var code = await here.Code(installation, app, await here.Person());
        var device = await there.Http.Redeem(installation, app, code);
        device.ShouldBeIssued();
        var (issued, expires) = (device.Claims.GetProperty("iat").GetInt64(), device.Claims.GetProperty("exp").GetInt64());
        issued.ShouldBeInRange(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 20, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 1);
        expires.ShouldBeGreaterThan(issued);

        // A retry within the half minute gets the same successor, wherever it arrives.
        var refreshed = await here.Refresh(installation, app, device.RefreshToken);
        var retried = await there.Http.Refresh(installation, app, device.RefreshToken);
        retried.ShouldBeIssued();
        retried.RefreshToken.ShouldBe(refreshed.RefreshToken);
        var next = await there.Http.Refresh(installation, app, retried.RefreshToken);
        (await here.Refresh(installation, app, retried.RefreshToken)).RefreshToken.ShouldBe(next.RefreshToken);
        (await installation.Count("token_families where ended_at is not null")).ShouldBe(0);

        (await there.Http.Revoke(installation, app, next.RefreshToken)).Status.ShouldBe(HttpStatusCode.OK);
        (await here.Refresh(installation, app, next.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [Fact]
    public async Task An_api_hears_of_revocations_from_another_node_when_its_own_is_killed()
    {
        Machine.Needs(TestPostgres.Connection is not null, "There is no PostgreSQL here; ./test.sh installs one.");
        await using var installation = await Installation.New(On.Postgres);
        var api = await installation.Api();
        var node = await installation.Start();
        await using var first = await ServerProcess.Start(installation);
        await using var second = await ServerProcess.Start(installation);
        await using var listening = await ListeningApi.Start(node, api, options => options.Addresses = [first.Address, second.Address]);
        var (revoked, good) = (await Token(installation, node, api), await Token(installation, node, api));
        (await listening.Status(revoked.AccessToken!)).ShouldBe(HttpStatusCode.OK);

        await first.Kill();
        await installation.Do("authorization", "revoke", revoked.Claims.GetProperty("authorization_id").GetString()!);

        await Within(3 * bound, async () => await listening.Status(revoked.AccessToken!) == HttpStatusCode.Unauthorized, "the token is refused");
        await Within(served, async () => await listening.Status(good.AccessToken!) == HttpStatusCode.OK, "what is good is served");
        (await listening.Status(revoked.AccessToken!)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task An_api_hears_of_what_is_revoked_after_PostgreSQL_was_stopped_at_once()
    {
        await using var postgres = await OwnPostgres.Start();
        await using var installation = await Installation.New(On.Postgres, postgres.Connection);
        var api = await installation.Api();
        var node = await installation.Start();
        await using var listening = await ListeningApi.Start(node, api);
        var (revoked, good) = (await Token(installation, node, api), await Token(installation, node, api));
        (await listening.Status(revoked.AccessToken!)).ShouldBe(HttpStatusCode.OK);

        for (var round = 0; round < Repeats.Of(2, 10, 20); round++)
        {
            await postgres.RestartAtOnce();
            await Within(served, async () => await listening.Status(good.AccessToken!) == HttpStatusCode.OK, "what is good is served");
        }

        await installation.Do("authorization", "revoke", revoked.Claims.GetProperty("authorization_id").GetString()!);

        await Within(3 * bound, async () => await listening.Status(revoked.AccessToken!) == HttpStatusCode.Unauthorized, "the token is refused");
        await Within(served, async () => await listening.Status(good.AccessToken!) == HttpStatusCode.OK, "what is good is served");
    }

    private static async Task<TokenAnswer> Token(Installation installation, Node node, TestApi api)
    {
        var answer = await node.Token(await installation.Consumer(), ("resource", api.Audience));
        answer.ShouldBeIssued();
        return answer;
    }

    private sealed class ShiftedClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }

    /// <summary>The maintenance API in a process of its own, which can be put to sleep.</summary>
    private sealed class ApiProcess : IAsyncDisposable
    {
        private readonly ChildProcess process;
        private readonly HttpClient http;

        private ApiProcess(ChildProcess process, HttpClient http) => (this.process, this.http) = (process, http);

        /// <param name="feed">Where it hears of revocations.</param>
        public static async Task<ApiProcess> Start(Node node, TestApi api, string feed)
        {
            var address = $"http://127.0.0.1:{Node.FreePort()}";
            var process = ChildProcess.Start(
                "dotnet",
                [Repository.Program("MaintenanceApi", "MaintenanceApi"), "--issuer", node.Issuer, "--audience", api.Audience, "--urls", address],
                new Dictionary<string, string> { ["ApiConnections__ApiKey"] = api.Key, ["ApiConnections__ApiSecret"] = api.Secret, ["ApiConnections__Addresses__0"] = feed });
            var started = new ApiProcess(process, new HttpClient { BaseAddress = new Uri(address) });
            await Within(TimeSpan.FromSeconds(60), started.Hears, "the API hears of revocations");
            return started;
        }

        public async Task<HttpStatusCode> Call(TokenAnswer token)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/whoami");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.AccessToken);
            using var answer = await http.SendAsync(request);
            return answer.StatusCode;
        }

        public Task Pause() => process.Signal("STOP");

        public Task Resume() => process.Signal("CONT");

        public async ValueTask DisposeAsync()
        {
            http.Dispose();
            await process.DisposeAsync();
        }

        private async Task<bool> Hears()
        {
            try
            {
                using var health = await http.GetAsync("/health");
                return await health.Content.ReadAsStringAsync() == "Healthy";
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }
    }
}
