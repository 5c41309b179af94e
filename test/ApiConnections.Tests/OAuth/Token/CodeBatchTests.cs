using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

/// <summary>Redemptions that share a transaction: none feels what goes wrong with another, and nothing is done twice or by half.</summary>
public sealed class CodeBatchTests
{
    [Theory, Engines]
    public async Task A_commit_whose_answer_was_lost_is_found_again_and_answered(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var database = new LostAnswers(installation);
        var node = await installation.Start(database.Use);
        var (app, person) = (await installation.App(), await node.Person());
        var code = await node.Code(installation, app, person);
        database.Left = 1;

        var answer = await node.Redeem(installation, app, code);

        answer.ShouldBeIssued();
        var families = await installation.Query<Family>("select id, ended_at from token_families");
        families.ShouldHaveSingleItem().Id.ToString().ShouldBe(answer.Claims.GetProperty("family_id").GetString());
        families[0].EndedAt.ShouldBeNull();
        (await node.Redeem(installation, app, code)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [Theory, Engines]
    public async Task One_that_cannot_be_written_fails_alone_and_its_code_still_works(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        await installation.Execute(engine == On.Postgres
            ? "alter table token_families add constraint poison check (agent <> 'poison')"
            : "create trigger poison before insert on token_families when new.agent = 'poison' begin select raise(abort, 'poison'); end");
        var codes = new List<TestCode>();
        for (var i = 0; i < 15; i++)
            codes.Add(await node.Code(installation, app, person));

        var answers = await Task.WhenAll(codes.Select((code, i) => Redeem(node, app, code, i == 7 ? "poison" : "good")));

        for (var i = 0; i < answers.Length; i++)
            answers[i].Status.ShouldBe(i == 7 ? HttpStatusCode.InternalServerError : HttpStatusCode.OK);
        answers[7].ShouldTellNothing("poison", "constraint");
        (await installation.Count("token_families")).ShouldBe(codes.Count - 1);
        (await Redeem(node, app, codes[7], "good")).ShouldBeIssued();
    }

    private static async Task<TokenAnswer> Redeem(Node node, TestConsumer app, TestCode code, string agent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth/token")
        {
            Content = new FormUrlEncodedContent(Apps.Form(app, code).Select(parameter => new KeyValuePair<string, string>(parameter.Name, parameter.Value))),
        };
        request.Headers.Authorization = Node.Basic(app.Key, app.Secret);
        request.Headers.TryAddWithoutValidation("User-Agent", agent);
        using var response = await node.Http.SendAsync(request);
        return await TokenAnswer.Read(response);
    }

    private sealed class Family
    {
        public Guid Id { get; init; }
        public long? EndedAt { get; init; }
    }
}
