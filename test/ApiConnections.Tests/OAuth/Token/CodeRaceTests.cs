using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

/// <summary>One code, many hands at once.</summary>
[Rfc("6749 s4.1.2", "9700 s4.5")]
public sealed class CodeRaceTests
{
    private const int Codes = 200;
    private const int Hands = 50;

    [Theory, Engines]
    public async Task Peer_20_Of_fifty_redemptions_of_one_code_at_once_one_makes_a_family(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var app = await installation.App();

        await Race(installation, node, app, [node.Http]);

        installation.Log.Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Theory, OnlyPostgres]
    public async Task Peer_20_Two_server_processes_on_one_database_are_no_way_around_it(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var app = await installation.App();
        installation.Clock.SetUtcNow(TimeProvider.System.GetUtcNow());
        await using var one = await ServerProcess.Start(installation);
        await using var two = await ServerProcess.Start(installation);

        await Race(installation, node, app, [one.Http, two.Http]);
    }

    // Each code by fifty hands; several codes are under way at once, so that batches mix them.
    private static async Task Race(Installation installation, Node node, TestConsumer app, HttpClient[] servers)
    {
        const int AtOnce = 4;
        for (var i = 0; i < Codes; i += AtOnce)
        {
            // Somebody new each time, so that the bound on devices ends none of what is counted.
            var person = await node.Person();
            var codes = new List<TestCode>();
            for (var j = 0; j < AtOnce; j++)
                codes.Add(await node.Code(installation, app, person));

            var answers = await Task.WhenAll(codes.SelectMany(code => Enumerable.Range(0, Hands).Select(hand => Redeem(servers[hand % servers.Length], app, code))));

            foreach (var ofOneCode in answers.Chunk(Hands))
            {
                ofOneCode.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(1);
                ofOneCode.Count(answer => answer.Error == "invalid_grant").ShouldBe(Hands - 1);
            }
        }

        (await installation.Count("token_families")).ShouldBe(Codes);
        (await installation.Count("authorization_codes c join token_families f on f.id = c.family_id where c.redeemed_at is not null")).ShouldBe(Codes);
        (await installation.Count("transactions_log where action = 'family.end'")).ShouldBe(0);
    }

    private static async Task<TokenAnswer> Redeem(HttpClient server, TestConsumer app, TestCode code)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth/token")
        {
            Content = new FormUrlEncodedContent(Apps.Form(app, code).Select(parameter => new KeyValuePair<string, string>(parameter.Name, parameter.Value))),
        };
        request.Headers.Authorization = Node.Basic(app.Key, app.Secret);
        using var response = await server.SendAsync(request);
        return await TokenAnswer.Read(response);
    }
}
