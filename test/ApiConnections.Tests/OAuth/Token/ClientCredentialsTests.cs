using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

[Rfc("6749 s4.4")]
public sealed class ClientCredentialsTests
{
    [Theory, Engines]
    [Rfc("6749 s5.1", "9068 s2.2")]
    public async Task A_program_turns_key_and_secret_into_a_token_that_says_what_it_may_do(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();

        var answer = await node.Token(consumer);

        answer.ShouldBeIssued();
        answer.Scope.ShouldBe("assets:view tasks:view");
        answer.Text("expires_in").ShouldBe("600");
        answer.Text("refresh_token").ShouldBeNull();
        answer.Claims.GetProperty("iss").GetString().ShouldBe(node.Issuer);
        answer.Claims.GetProperty("aud").GetString().ShouldBe("https://api.test");
        answer.Claims.GetProperty("sub").GetString().ShouldBe("consumer:" + consumer.Key);
        answer.Claims.GetProperty("client_id").GetString().ShouldBe(consumer.Key);
        (answer.Claims.GetProperty("exp").GetInt64() - answer.Claims.GetProperty("iat").GetInt64()).ShouldBe(600);
        answer.Claims.TryGetProperty("family_id", out _).ShouldBeFalse();
    }
}
