using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

/// <summary>Refreshes that share a transaction: none feels what goes wrong with another, and nothing is done twice or by half.</summary>
public sealed class RefreshBatchTests
{
    [Theory, Engines]
    public async Task A_commit_whose_answer_was_lost_is_found_again_and_answered(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var database = new LostAnswers(installation);
        var node = await installation.Start(database.Use);
        // Without a window nothing but the second look can tell our own rotation from a replaced token.
        var (app, person) = (await installation.App("--refresh-window-seconds", "0"), await node.Person());
        var device = await node.Connect(installation, app, person);
        database.Left = 1;

        var answer = await node.Refresh(installation, app, device.RefreshToken);

        answer.ShouldBeIssued();
        answer.RefreshToken.ShouldNotBe(device.RefreshToken);
        (await installation.Query<byte[]>("select current_hash from token_families")).ShouldHaveSingleItem().ShouldBe(Server.Model.RefreshToken.Read(answer.RefreshToken!)!.Secret.Bytes);
        (await node.Refresh(installation, app, answer.RefreshToken)).ShouldBeIssued();
        (await installation.Count("token_families where ended_at is not null")).ShouldBe(0);
        await node.Stop(); // before its database goes
    }

    [Theory, Engines]
    public async Task One_that_cannot_be_written_fails_alone_and_its_token_still_works(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var app = await installation.App();
        await installation.Execute(engine == On.Postgres
            ? "alter table token_families add constraint poison check (agent <> 'poison')"
            : "create trigger poison before update on token_families when new.agent = 'poison' begin select raise(abort, 'poison'); end");
        var devices = new List<TokenAnswer>();
        for (var i = 0; i < 15; i++)
            devices.Add(await node.Connect(installation, app, await node.Person()));

        var answers = await Task.WhenAll(devices.Select((device, i) => Refresh(node, app, device.RefreshToken!, i == 7 ? "poison" : "good")));

        for (var i = 0; i < answers.Length; i++)
            answers[i].Status.ShouldBe(i == 7 ? HttpStatusCode.InternalServerError : HttpStatusCode.OK);
        answers[7].ShouldTellNothing("poison", "constraint");
        (await installation.Count("token_families where rotated_at is not null")).ShouldBe(devices.Count - 1);
        (await Refresh(node, app, devices[7].RefreshToken!, "good")).ShouldBeIssued();
    }

    private static async Task<TokenAnswer> Refresh(Node node, TestConsumer app, string token, string agent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth/token") { Content = new FormUrlEncodedContent([new("grant_type", "refresh_token"), new("refresh_token", token)]) };
        request.Headers.Authorization = Node.Basic(app.Key, app.Secret);
        request.Headers.TryAddWithoutValidation("User-Agent", agent);
        using var response = await node.Http.SendAsync(request);
        return await TokenAnswer.Read(response);
    }
}
