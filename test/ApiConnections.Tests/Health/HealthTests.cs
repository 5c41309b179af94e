using System.Net;
using System.Text.Json;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Health;

/// <summary>What an operator's probe hears. That a node without its database is not ready stands in the error table, beside what its callers hear then.</summary>
public sealed class HealthTests(TokenServer server) : IClassFixture<TokenServer>
{
    [Theory, InlineData("live"), InlineData("ready")]
    public async Task A_healthy_node_says_so_to_everybody_and_nobody_keeps_it(string probe)
    {
        using var answer = await server.Node.Http.GetAsync("/health/" + probe);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("status").GetString().ShouldBe(probe);
        answer.Headers.CacheControl!.ToString().ShouldBe("no-store");
        (await server.Node.Http.PostAsync("/health/" + probe, null)).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task A_node_that_has_not_heard_of_changes_for_a_minute_is_alive_but_not_ready_until_it_hears_again()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        await node.Deafen();
        installation.Clock.Advance(TimeSpan.FromSeconds(59));
        (await node.Http.GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);

        installation.Clock.Advance(TimeSpan.FromSeconds(2));

        using var answer = await node.Http.GetAsync("/health/ready");
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        var report = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        report.GetProperty("status").GetString().ShouldBe("not_ready");
        report.GetProperty("problem").GetString().ShouldBe("This node has not heard of changes for a minute.");
        (await node.Http.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        // A request for a token makes it read, and then it knows.
        (await node.Token(await installation.Consumer())).ShouldBeIssued();
        (await node.Http.GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
