using System.Diagnostics;
using System.Net;
using ApiConnections.Tests.ResourceServer.Support;
using ApiConnections.Tests.Support;
using Microsoft.IdentityModel.JsonWebTokens;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.ResourceServer;

/// <summary>While an installation goes over to another signing key, under load, no API refuses a good token.</summary>
public sealed class KeyRotationTests
{
    private const int ChecksPerSecond = 500;

    [Theory, OnlyPostgres]
    public async Task No_good_token_is_refused_by_an_api_with_old_new_or_no_keys_at_hand_while_nodes_go_over_one_after_the_other(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.Api();
        // APIs fetch keys from the node that lags; the other signs as its issuer too.
        var lagging = await installation.Start();
        var first = await installation.Start(settings: ("ApiConnections:Issuer", lagging.Issuer));
        await using var load = new Load(installation, api, [first, lagging]);
        var before = await load.KeyOf(first);
        await load.Start(lagging);
        await load.CheckForASecond();

        // Announced on one node; the other does not hear of it yet.
        await lagging.Deafen();
        // The clock of the nodes, ahead of the command's, and right after they have looked for what is due.
        while (installation.Clock.GetUtcNow() < TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(30))
            installation.Clock.Advance(TimeSpan.FromMinutes(1));
        await load.CheckForASecond();
        await installation.Do("keys", "rotate");
        await first.Hear();
        await load.Start(lagging);
        await load.CheckForASecond();
        (await first.Http.GetStringAsync("/.well-known/jwks.json")).Split("\"kid\"").Length.ShouldBe(3);

        // It has read the keys a minute later. Then second by second over the moment from which on the new one signs.
        installation.Clock.Advance(TimeSpan.FromMinutes(2));
        await load.CheckForASecond();
        var from = DateTimeOffset.FromUnixTimeMilliseconds((await installation.Query<long>("select max(signs_from) from signing_keys")).Single());
        from.ShouldBeGreaterThan(installation.Clock.GetUtcNow() + TimeSpan.FromHours(23));
        installation.Clock.SetUtcNow(from - TimeSpan.FromSeconds(2));
        await load.Start(lagging);
        for (var second = 0; await load.KeyOf(first) == before || await load.KeyOf(lagging) == before; second++)
        {
            second.ShouldBeLessThan(60);
            await load.CheckForASecond();
            installation.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await load.Start(lagging);
        await load.CheckForASecond();
        load.Checks.ShouldBeGreaterThan(ChecksPerSecond);
        load.Refused.ShouldBe(0);
    }

    /// <summary>Tokens of all nodes, checked by every API that was started, from the first to the newest.</summary>
    private sealed class Load(Installation installation, TestApi api, Node[] nodes) : IAsyncDisposable
    {
        private readonly List<ListeningApi> apis = [];
        private TestConsumer? consumer;

        public int Checks { get; private set; }

        public int Refused { get; private set; }

        /// <summary>One more API, which has fetched no keys yet.</summary>
        public async Task Start(Node issuer) =>
            apis.Add(await ListeningApi.Start(issuer, api, options => (options.ApiKey, options.ApiSecret) = (null, null), waits: false, services: services => services.AddSingleton<TimeProvider>(installation.Clock)));

        public async Task<string> KeyOf(Node node) => new JsonWebToken((await Token(node)).AccessToken).Kid;

        public async Task CheckForASecond()
        {
            var start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1))
            {
                var tokens = await Task.WhenAll(nodes.Select(Token));
                for (var i = 0; i < 5; i++)
                {
                    var answers = await Task.WhenAll(apis.SelectMany(one => tokens.Select(token => one.Status(token.AccessToken!))));
                    Checks += answers.Length;
                    Refused += answers.Count(status => status != HttpStatusCode.OK);
                }

                await Task.Delay(TimeSpan.FromSeconds(5.0 * apis.Count * nodes.Length / ChecksPerSecond));
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var one in apis)
                await one.DisposeAsync();
        }

        private async Task<TokenAnswer> Token(Node node)
        {
            var answer = await node.Token(consumer ??= await installation.Consumer(), ("resource", api.Audience));
            answer.ShouldBeIssued();
            return answer;
        }
    }
}
