using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

/// <summary>A program without a user whose administrator has switched refresh tokens on, for an old client that insists.</summary>
[Rfc("6749 s4.4.3", "6749 s6")]
public sealed class MachineRefreshTests
{
    [Theory, Engines]
    public async Task It_gets_a_refresh_token_that_rotates_and_every_new_request_begins_its_one_family_anew(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var program = await installation.Consumer(options: ["--refresh-tokens"]);
        var before = await installation.LastChange();

        var first = await Token(installation, node, program, ("scope", "tasks:view"));
        var second = await node.Refresh(installation, program, first.RefreshToken);
        var anew = await Token(installation, node, program);

        second.ShouldBeIssued();
        second.Scope.ShouldBe("tasks:view");
        second.Claims.GetProperty("sub").GetString().ShouldBe("consumer:" + program.Key);
        second.Claims.GetProperty("gen").GetRawText().ShouldBe("[1,1]");
        second.Family().ShouldBe(first.Family());
        anew.Scope.ShouldBe("assets:view tasks:view");
        (await installation.Count("token_families")).ShouldBe(1);
        // What was replaced names nothing any more; nothing was ended, for whoever asks anew holds the secret.
        (await node.Refresh(installation, program, second.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await node.Refresh(installation, program, first.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await node.Refresh(installation, program, anew.RefreshToken)).ShouldBeIssued();
        (await installation.ChangesAfter(before)).ShouldBeEmpty();
        ApiConnections.ResourceServer.AccessTokenPayload.Read(anew.AccessToken!.Split('.')[1])!.ToAccessToken("kid").TryGet(out _, out var refusal).ShouldBeTrue(refusal?.Reason);
    }

    [Theory, Engines]
    public async Task A_replaced_token_ends_its_family_and_the_secret_begins_another(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var program = await installation.Consumer(options: ["--refresh-tokens"]);
        var first = await Token(installation, node, program);
        await node.Refresh(installation, program, (await node.Refresh(installation, program, first.RefreshToken)).RefreshToken);

        (await node.Refresh(installation, program, first.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");

        (await installation.Count("token_families where ended_at is not null")).ShouldBe(1);
        var anew = await Token(installation, node, program);
        anew.Family().ShouldNotBe(first.Family());
        (await node.Refresh(installation, program, anew.RefreshToken)).ShouldBeIssued();
    }

    [Theory, Engines]
    public async Task Many_requests_at_once_leave_one_family_and_one_good_refresh_token(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var program = await installation.Consumer(options: ["--refresh-tokens"]);

        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Token(installation, node, program)));

        (await installation.Count("token_families")).ShouldBe(1);
        var good = 0;
        foreach (var answer in answers)
            good += (await node.Refresh(installation, program, answer.RefreshToken)).Status == HttpStatusCode.OK ? 1 : 0;
        good.ShouldBe(1);
    }

    [Theory, Engines]
    public async Task Its_authorization_its_group_and_its_tokens_end_the_refresh_too(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        await installation.Do("group", "create", "--name", "Editors", "--scopes", "tasks:view tasks:edit");
        var program = await installation.Consumer("Editors", options: ["--refresh-tokens"]);
        var other = await installation.Consumer("Editors", options: ["--refresh-tokens"]);
        var (device, others) = (await Token(installation, node, program), await Token(installation, node, other));

        await installation.Do("group", "edit", "Editors", "--scopes", "tasks:view");
        device = await node.Refresh(installation, program, device.RefreshToken);
        await installation.Do("authorization", "revoke", device.Claims.GetProperty("authorization_id").GetString()!);
        await installation.Do("consumer", "revoke-tokens", other.Key);

        device.Scope.ShouldBe("tasks:view");
        (await node.Refresh(installation, program, device.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await node.Refresh(installation, other, others.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [Fact]
    public async Task Without_the_option_there_is_no_refresh_token_and_none_is_taken()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var (program, app) = (await installation.Consumer(), await installation.App());
        var device = await node.Connect(installation, app, await node.Person());

        (await node.Token(program)).RefreshToken.ShouldBeNull();
        (await node.Refresh(installation, program, device.RefreshToken)).ShouldBeRefused(HttpStatusCode.BadRequest, "unauthorized_client");
        (await installation.Count("token_families")).ShouldBe(1);
    }

    [Theory]
    [InlineData("0 to 300 seconds", "client_credentials", "--refresh-window-seconds", "301"), InlineData("0 to 300 seconds", "client_credentials", "--refresh-window-seconds", "-1")]
    [InlineData("client credentials alone", "authorization_code", "--callback", Apps.Callback, "--refresh-tokens")]
    public async Task Options_that_contradict_the_rules_make_no_consumer(string sentence, string grant, params string[] options)
    {
        await using var installation = await Installation.New(On.Sqlite);

        var result = await installation.Run(["consumer", "create", "--name", "App", "--group", "Viewers", "--grant", grant, .. options]);

        result.Exit.ShouldBe(1);
        result.Error.ShouldContain(sentence);
        (await installation.Count("consumers")).ShouldBe(0);
    }

    private static async Task<TokenAnswer> Token(Installation installation, Node node, TestConsumer program, params (string, string)[] parameters)
    {
        var answer = await node.Token(program, parameters);
        answer.ShouldBeIssued();
        installation.Watch(answer.RefreshToken!);
        return answer;
    }
}
