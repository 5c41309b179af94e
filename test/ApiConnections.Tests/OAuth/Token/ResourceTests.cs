using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

[Rfc("8707 s2")]
public sealed class ResourceTests
{
    [Theory, Engines]
    public async Task The_token_is_for_the_requested_API_or_else_for_the_longest_standing_one_of_the_company(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        await installation.Do("group", "create", "--company", "Other", "--name", "Viewers", "--scopes", "tasks:view");
        await installation.Reveal("api", "create", "--name", "Second", "--audience", "https://second.test");
        await installation.Reveal("api", "create", "--name", "Theirs", "--audience", "https://theirs.test", "--company", "Other");
        var made = await installation.Reveal("consumer", "create", "--company", "Other", "--name", "Theirs", "--group", "Viewers", "--grant", "client_credentials");
        var (mine, theirs) = (await installation.Consumer(), new TestConsumer(made.GetProperty("key").GetString()!, made.GetProperty("secret").GetString()!, "", ""));
        var node = await installation.Start();

        Audience(await node.Token(mine)).ShouldBe("https://api.test");
        Audience(await node.Token(mine, ("resource", ""))).ShouldBe("https://api.test");
        Audience(await node.Token(mine, ("resource", "https://second.test"))).ShouldBe("https://second.test");
        Audience(await node.Token(theirs, ("resource", "https://theirs.test"))).ShouldBe("https://theirs.test");
        (await node.Token(mine, ("resource", "https://theirs.test"))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_target");
    }

    [Fact]
    public async Task A_configured_default_is_for_those_companies_that_may_use_it()
    {
        await using var installation = await Installation.New(On.Sqlite);
        await installation.Do("company", "create", "Other");
        await installation.Reveal("api", "create", "--name", "Second", "--audience", "https://second.test");
        await installation.Reveal("api", "create", "--name", "Theirs", "--audience", "https://theirs.test", "--company", "Other");
        var consumer = await installation.Consumer();

        var node = await installation.Start(null, ("ApiConnections:Token:DefaultAudience", "https://second.test"));
        Audience(await node.Token(consumer)).ShouldBe("https://second.test");
        await node.Stop();
        node = await installation.Start(null, ("ApiConnections:Token:DefaultAudience", "https://theirs.test"));
        Audience(await node.Token(consumer)).ShouldBe("https://api.test");
    }

    [Fact]
    public async Task Without_any_API_a_token_is_for_the_issuer_alone()
    {
        await using var installation = await Installation.Empty(On.Sqlite);
        await installation.Do("company", "create", "Acme");
        await installation.Do("group", "create", "--name", "Viewers", "--scopes", "tasks:view");
        var consumer = await installation.Consumer();
        var node = await installation.Start();

        Audience(await node.Token(consumer)).ShouldBe(node.Issuer);
    }

    private static string? Audience(TokenAnswer answer)
    {
        answer.ShouldBeIssued();
        return answer.Claims.GetProperty("aud").GetString();
    }
}
