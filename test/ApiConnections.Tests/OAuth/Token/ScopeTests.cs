using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using Should = ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.OAuth.Token;

[Rfc("6749 s3.3")]
public sealed class ScopeTests(TokenServer server) : IClassFixture<TokenServer>
{
    [Theory]
    [InlineData(null, "assets:view tasks:view")]
    [InlineData("", "assets:view tasks:view")]
    [InlineData("tasks:view", "tasks:view")]
    [InlineData("tasks:view assets:view", "assets:view tasks:view")]
    [InlineData("tasks:view tasks:view tasks:view", "tasks:view")]
    [InlineData("tasks:view tasks:edit assets:delete warehouses:view", "tasks:view")]
    public async Task What_is_granted_is_what_was_asked_for_and_is_allowed_and_the_answer_always_says_it(string? asked, string granted)
    {
        var answer = asked is null ? await server.Node.Token(server.Consumer) : await server.Node.Token(server.Consumer, ("scope", asked));

        answer.ShouldBeIssued();
        answer.Scope.ShouldBe(granted);
        answer.Claims.GetProperty("scope").GetString().ShouldBe(granted);
    }

    [Fact]
    public async Task A_read_only_group_keeps_view_and_reports()
    {
        await server.Installation.Do("group", "create", "--company", "Acme", "--name", "Readers", "--read-only", "--scopes", "tasks:view tasks:add tasks:edit tasks:delete tasks:reports");
        var reader = await server.Installation.Consumer("Readers");

        (await server.Node.Token(reader)).Scope.ShouldBe("tasks:reports tasks:view");
        (await server.Node.Token(reader, ("scope", "tasks:view tasks:edit"))).Scope.ShouldBe("tasks:view");
        (await server.Node.Token(reader, ("scope", "tasks:edit"))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_scope");
    }

    [Theory, Engines]
    public async Task A_module_that_is_switched_off_is_missing_from_the_next_token_until_it_is_on_again(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        (await node.Token(consumer)).Scope.ShouldBe("assets:view tasks:view");

        await installation.Do("module", "off", "tasks");
        await Heard("assets:view");
        (await node.Token(consumer, ("scope", "tasks:view"))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_scope");
        await installation.Do("module", "off", "assets");
        await Should.Within(TimeSpan.FromSeconds(3), async () => (await node.Token(consumer)).Error == "invalid_scope", "nothing is left");
        await installation.Do("module", "on", "assets");
        await installation.Do("module", "on", "tasks");
        await Heard("assets:view tasks:view");
        await installation.Do("group", "edit", "Viewers", "--scopes", "tasks:view warehouses:view");
        await Heard("tasks:view warehouses:view");

        Task Heard(string scope) => Should.Within(TimeSpan.FromSeconds(3), async () => (await node.Token(consumer)).Scope == scope, scope);
    }
}
