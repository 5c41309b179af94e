using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Authorize;

/// <summary>Consents that share a transaction: none feels what goes wrong with another, and nothing is done twice or by half.</summary>
public sealed class ConsentBatchTests
{
    private const string Poison = "poison-poison-poison-poison-poison-poison-x";

    [Theory, Engines]
    public async Task A_commit_whose_answer_was_lost_is_found_again_and_its_code_answered(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var database = new LostAnswers(installation);
        var node = await installation.Start(database.Use);
        var app = await installation.App();
        using var browser = node.Browser(installation);
        await browser.SignIn(await node.Person());
        await browser.Visit(Ask(app, AppServer.Challenge));
        database.Left = 1;

        (await browser.Allow("tasks:view")).ShouldGiveCode(node, state: null);

        (await installation.Count("authorization_codes where ended_at is null")).ShouldBe(1);
        (await installation.Count("authorization_codes")).ShouldBe(1);
        (await installation.Count("authorizations")).ShouldBe(1);
        (await installation.Count("transactions_log where action = 'authorization.grant'")).ShouldBe(1);
        await node.Stop(); // before its database goes
    }

    [Theory, Engines]
    public async Task One_that_cannot_be_written_fails_alone_and_can_be_allowed_afterwards(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var app = await installation.App();
        await installation.Execute(engine == On.Postgres
            ? $"alter table authorization_codes add constraint poison check (challenge <> '{Poison}')"
            : $"create trigger poison before insert on authorization_codes when new.challenge = '{Poison}' begin select raise(abort, 'poison'); end");
        var browsers = new List<Browser>();
        for (var i = 0; i < 12; i++)
        {
            browsers.Add(node.Browser(installation));
            await browsers[i].SignIn(await node.Person());
            await browsers[i].Visit(Ask(app, i == 5 ? Poison : AppServer.Challenge));
        }

        var answers = await Task.WhenAll(browsers.Select(browser => browser.Allow("tasks:view")));

        for (var i = 0; i < answers.Length; i++)
        {
            if (i != 5)
                answers[i].ShouldGiveCode(node, state: null);
        }

        answers[5].Status.ShouldBe(HttpStatusCode.InternalServerError);
        answers[5].Html.ShouldNotContain("constraint");
        (await installation.Count("authorization_codes")).ShouldBe(11);
        (await installation.Count("authorizations")).ShouldBe(11);
        (await installation.Count("transactions_log where action = 'authorization.grant'")).ShouldBe(11);
        (await installation.Count("authorization_requests where decided_at is null")).ShouldBe(1);
        await browsers[5].Visit(Ask(app, AppServer.Challenge));
        (await browsers[5].Allow("tasks:view")).ShouldGiveCode(node, state: null);
        browsers.ForEach(browser => browser.Dispose());
    }

    private static string Ask(TestConsumer app, string challenge) =>
        $"/oauth/authorize?response_type=code&client_id={app.Key}&redirect_uri={Uri.EscapeDataString(Apps.Callback)}&prompt=consent&code_challenge={challenge}&code_challenge_method=S256";
}
