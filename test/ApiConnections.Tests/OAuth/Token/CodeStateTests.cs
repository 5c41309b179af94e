using System.Net;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.OAuth.Token;

/// <summary>What happens between consent and token decides, and is read from the rows: no cache may know better.</summary>
public sealed class CodeStateTests
{
    private static readonly TimeSpan heard = TimeSpan.FromSeconds(3);

    public static TheoryData<string> Ends => ["person disabled", "password changed", "authorization revoked", "tokens revoked", "consumer disabled", "consumer deleted", "company suspended", "add-on off", "code taken back", "person without a group", "company generations"];

    [Theory, MemberData(nameof(Ends))]
    [Rfc("6749 s4.1.2")]
    public async Task Peer_37_What_ends_meanwhile_ends_the_code_at_once_on_a_node_that_has_not_heard(string what)
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var (app, person) = (await installation.App(), await node.Person());
        var (code, warm) = (await node.Code(installation, app, person), await node.Code(installation, app, person));
        await node.Hear();
        (await node.Redeem(installation, app, warm)).ShouldBeIssued();
        await node.Deafen();

        await End(installation, what, app, person, code);
        var answer = await node.Redeem(installation, app, code);

        answer.Status.ShouldBe(HttpStatusCode.BadRequest, what);
        answer.ShouldBeRefused(HttpStatusCode.BadRequest, what == "person without a group" ? "invalid_scope" : "invalid_grant");
        (await installation.Count("token_families")).ShouldBe(1);
        (await installation.Count("authorization_codes where redeemed_at is not null")).ShouldBe(1);
    }

    [Theory, Engines]
    public async Task Peer_22_Revoking_the_authorization_ends_its_codes_and_families_at_once(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, person, other) = (await installation.App(), await node.Person(), await node.Person());
        (await node.Redeem(installation, app, await node.Code(installation, app, person))).ShouldBeIssued();
        (await node.Redeem(installation, app, await node.Code(installation, app, other))).ShouldBeIssued();
        var (code, others) = (await node.Code(installation, app, person), await node.Code(installation, app, other));

        await installation.Do("authorization", "revoke", code.AuthorizationId.ToString());

        (await node.Redeem(installation, app, code)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await installation.Count("authorization_codes where ended_at is not null and redeemed_at is null")).ShouldBe(1);
        (await installation.Count("token_families where ended_at is not null")).ShouldBe(1);
        (await node.Redeem(installation, app, others)).ShouldBeIssued();
        (await installation.Count("token_families where ended_at is null")).ShouldBe(2);
    }

    [Theory, Engines]
    public async Task Deleting_a_consumer_ends_every_code_and_family_of_its_people(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, stays) = (await installation.App(), await installation.App());
        foreach (var consumer in new[] { app, app, stays })
        {
            var person = await node.Person();
            await node.Redeem(installation, consumer, await node.Code(installation, consumer, person));
            await node.Code(installation, consumer, person);
        }

        await installation.Do("consumer", "delete", app.Key);

        (await installation.Count("authorization_codes where ended_at is not null")).ShouldBe(2);
        (await installation.Count("token_families where ended_at is not null")).ShouldBe(2);
        (await installation.Count("token_families where ended_at is null")).ShouldBe(1);
    }

    [Theory, Engines]
    public async Task Peer_30_Peer_31_Scope_is_decided_anew_when_the_code_is_redeemed(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        await installation.Do("group", "create", "--name", "Editors", "--scopes", "assets:view tasks:view tasks:edit");
        await installation.Do("group", "create", "--name", "Narrow", "--scopes", "tasks:view tasks:edit");
        var (app, person) = (await installation.Consumer("Editors", "authorization_code", "--callback", Apps.Callback), await node.Person("Narrow"));
        var wish = new CodeWish { Scope = "assets:view tasks:view tasks:edit" };
        var (first, second, third) = (await node.Code(installation, app, person, wish), await node.Code(installation, app, person, wish), await node.Code(installation, app, person, wish));

        (await node.Redeem(installation, app, first)).Scope.ShouldBe("tasks:edit tasks:view");
        await installation.Do("group", "edit", "Editors", "--scopes", "assets:view tasks:view");
        var narrowed = await node.Redeem(installation, app, second);
        await installation.Do("group", "edit", "Editors", "--scopes", "assets:view");

        narrowed.Scope.ShouldBe("tasks:view");
        narrowed.Claims.GetProperty("scope").GetString().ShouldBe("tasks:view");
        // The narrowing has not ended the code, but the tokens of before; the new one carries the new generation.
        narrowed.Claims.GetProperty("gen").GetRawText().ShouldBe("[1,2,1]");
        (await node.Redeem(installation, app, third)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_scope");
        (await installation.Count("token_families")).ShouldBe(2);
    }

    [Theory, Engines(On.Postgres)]
    public async Task Without_its_database_a_redemption_is_answered_503_half_does_nothing_and_works_afterwards(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var network = PostgresProxy.Before(installation);
        var node = await installation.Start(settings: network.Setting);
        var (app, person) = (await installation.App(), await node.Person());
        var warm = await node.Code(installation, app, person);
        var code = await node.Code(installation, app, person);
        await node.Hear();
        (await node.Redeem(installation, app, warm)).ShouldBeIssued();

        network.Cut();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => node.Redeem(installation, app, code)));

        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.ServiceUnavailable);
        (await installation.Count("authorization_codes where redeemed_at is not null")).ShouldBe(1);
        network.Restore();
        await Within(heard, async () => (await node.Redeem(installation, app, code)).Status == HttpStatusCode.OK, "the retry works");
        (await installation.Count("token_families")).ShouldBe(2);
    }

    [Theory, Engines(On.Postgres)]
    public async Task Cut_while_codes_are_redeemed_nothing_is_half_done_and_a_retry_works_or_is_refused(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var network = PostgresProxy.Before(installation);
        var node = await installation.Start(settings: network.Setting);
        var app = await installation.App();
        await Task.Delay(TimeSpan.FromSeconds(1));
        (await node.Redeem(installation, app, await node.Code(installation, app, await node.Person()))).ShouldBeIssued();
        var all = await Task.WhenAll(Enumerable.Range(0, 150).Select(async _ => await node.Code(installation, app, await node.Person())));

        foreach (var (round, codes) in all.Chunk(15).Index())
        {
            var redeeming = codes.Select(code => node.Redeem(installation, app, code)).ToArray();
            await Task.Delay(1 + round);
            network.Cut();
            await Task.Delay(20);
            network.Restore();

            var answers = await Task.WhenAll(redeeming);

            answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK || answer.Status == HttpStatusCode.ServiceUnavailable);
            // Every token that was issued has its family, and every taken code its own one.
            foreach (var answer in answers.Where(answer => answer.Status == HttpStatusCode.OK))
                (await installation.Count($"token_families where id = '{answer.Claims.GetProperty("family_id").GetString()}'")).ShouldBe(1);
            (await installation.Count("authorization_codes c where c.redeemed_at is not null and not exists (select 1 from token_families f where f.id = c.family_id)")).ShouldBe(0);
            foreach (var (code, answer) in codes.Zip(answers).Where(pair => pair.Second.Status != HttpStatusCode.OK))
                await Within(heard, async () => (await node.Redeem(installation, app, code)).Status is HttpStatusCode.OK or HttpStatusCode.BadRequest, "the retry is decided");
        }

        (await installation.Count("token_families where ended_at is not null")).ShouldBe(0);
        (await installation.Count("token_families")).ShouldBe(await installation.Count("authorization_codes where redeemed_at is not null"));
    }

    [Theory, Engines]
    public async Task Peer_28_A_restart_forgets_no_use_and_no_end_of_a_code(On engine)
    {
        await using var installation = await Installation.New(engine);
        var first = await installation.Start();
        var (app, person) = (await installation.App(), await first.Person());
        var (used, open) = (await first.Code(installation, app, person), await first.Code(installation, app, person));
        (await first.Redeem(installation, app, used)).ShouldBeIssued();
        await first.Stop();

        var second = await installation.Start();

        (await second.Redeem(installation, app, used)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await second.Redeem(installation, app, open)).ShouldBeIssued();
        (await installation.Count("token_families where ended_at is null")).ShouldBe(2);
        installation.Clock.Advance(TimeSpan.FromSeconds(6));
        (await second.Redeem(installation, app, used)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await installation.Count("token_families where ended_at is null")).ShouldBe(1);
    }

    [Fact]
    public async Task Peer_29_Failed_authentications_of_apps_are_limited_as_those_of_programs()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start(settings: ("ApiConnections:ClientAuthentication:FailuresPerMinute", "3"));
        var (app, person) = (await installation.App("--public"), await node.Person());
        var code = await node.Code(installation, app, person);
        for (var i = 0; i < 3; i++)
            (await node.Redeem(installation, app, code, ("client_secret", "zqx"))).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");

        (await node.Redeem(installation, app, code, ("client_secret", "zqx"))).ShouldBeRefused(HttpStatusCode.TooManyRequests, "temporarily_unavailable");
        (await node.Redeem(installation, app, code)).ShouldBeIssued();
    }

    private static Task End(Installation installation, string what, TestConsumer app, TestPerson person, TestCode code) => what == "code taken back"
        ? installation.Write(session => CodeStore.End(session, code.Locator, installation.Clock.GetUtcNow()))
        : installation.End(what, app, person, code.AuthorizationId);
}
