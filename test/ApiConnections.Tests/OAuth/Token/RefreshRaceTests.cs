using System.Net;
using ApiConnections.Tests.Proof;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

/// <summary>One refresh token, many hands at once: one lineage comes of it, whoever wins.</summary>
[Rfc("9700 s4.14.2")]
public sealed class RefreshRaceTests
{
    private const int Hands = 64;
    private static readonly int rounds = Repeats.Of(12, 167, 500);
    private const int AtOnce = 3; // devices, so that batches mix them

    [Theory, Engines]
    public async Task Peer_27_Of_sixty_four_refreshes_of_one_token_at_once_comes_one_lineage(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var app = await installation.App();

        await Race(installation, node, app, [node.Http]);

        installation.Log.Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Theory, OnlyPostgres]
    public async Task Peer_27_Two_server_processes_on_one_database_are_no_way_around_it(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var app = await installation.App();
        installation.Clock.SetUtcNow(TimeProvider.System.GetUtcNow());
        await using var one = await ServerProcess.Start(installation);
        await using var two = await ServerProcess.Start(installation);

        await Race(installation, node, app, [one.Http, two.Http]);
    }

    [Theory, Engines]
    public async Task Without_a_window_the_losers_of_a_race_end_the_device_and_nothing_is_answered_twice(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var app = await installation.App("--refresh-window-seconds", "0");
        var device = await node.Connect(installation, app, await node.Person());

        var answers = await Task.WhenAll(Enumerable.Range(0, Hands).Select(_ => node.Refresh(installation, app, device.RefreshToken)));

        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBeLessThanOrEqualTo(1);
        answers.Count(answer => answer.Error == "invalid_grant").ShouldBeGreaterThanOrEqualTo(Hands - 1);
        (await installation.Count("token_families where ended_at is not null")).ShouldBe(1);
        (await installation.Count("transactions_log where action = 'family.end'")).ShouldBe(1);
    }

    private static async Task Race(Installation installation, Node node, TestConsumer app, HttpClient[] servers)
    {
        var held = new List<string>();
        for (var i = 0; i < AtOnce; i++)
            held.Add((await node.Connect(installation, app, await node.Person())).RefreshToken!);

        for (var round = 0; round < rounds; round++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce * Hands).Select(i => servers[i / AtOnce % servers.Length].Refresh(installation, app, held[i % AtOnce])));

            for (var device = 0; device < AtOnce; device++)
            {
                var ofOne = answers.Where((_, i) => i % AtOnce == device).ToArray();
                ofOne.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK);
                var next = ofOne.Select(answer => answer.RefreshToken).Distinct().ShouldHaveSingleItem();
                next.ShouldNotBe(held[device]);
                ofOne.Select(answer => answer.AccessToken).Distinct().Count().ShouldBe(Hands);
                held[device] = next!;
            }
        }

        (await installation.Count("token_families")).ShouldBe(AtOnce);
        (await installation.Count("token_families where ended_at is null")).ShouldBe(AtOnce);
        (await installation.Query<byte[]>("select current_hash from token_families")).Select(Convert.ToHexString)
            .ShouldBe(held.Select(token => Convert.ToHexString(Server.Model.RefreshToken.Read(token)!.Secret.Bytes)), ignoreOrder: true);
    }
}
