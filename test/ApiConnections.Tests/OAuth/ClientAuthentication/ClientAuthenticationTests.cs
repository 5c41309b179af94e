using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using Should = ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.OAuth.ClientAuthentication;

[Rfc("6749 s2.3.1")]
public sealed class ClientAuthenticationTests(TokenServer server) : IClassFixture<TokenServer>
{
    private const string Grant = "grant_type=client_credentials";
    private readonly Node node = server.Node;
    private readonly TestConsumer consumer = server.Consumer;

    [Fact]
    public async Task Key_and_secret_may_stand_in_the_header_or_in_the_form()
    {
        (await node.Token(consumer)).ShouldBeIssued();
        (await node.Post([("grant_type", "client_credentials"), ("client_id", consumer.Key), ("client_secret", consumer.Secret)])).ShouldBeIssued();
        (await node.Token(consumer, ("client_id", consumer.Key))).ShouldBeIssued();
    }

    [Theory]
    [InlineData("basic {plain}"), InlineData("BASIC {plain}"), InlineData("Basic   {plain}"), InlineData("Basic {encoded}"), InlineData("Basic {encoded-colon-free}")]
    public async Task The_header_is_form_decoded_and_its_scheme_is_of_any_letters(string header)
    {
        string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(text));
        var everyLetterEncoded = string.Concat($"{consumer.Key}:{consumer.Secret}".Select(letter => letter == ':' ? ":" : $"%{(int)letter:x2}"));
        var filled = header.Replace("{plain}", Base64($"{consumer.Key}:{consumer.Secret}"), StringComparison.Ordinal)
            .Replace("{encoded}", Base64(everyLetterEncoded), StringComparison.Ordinal)
            .Replace("{encoded-colon-free}", Base64($"{consumer.Key}:{consumer.Secret.Replace("_", "%5F", StringComparison.Ordinal)}"), StringComparison.Ordinal);

        (await Wire.Exchange(node, Wire.Form(Grant, "Authorization: " + filled))).ShouldNotBeNull().ShouldBeIssued();
    }

    [Fact]
    public async Task Several_secrets_live_at_once_and_revoking_one_leaves_the_others()
    {
        var (installation, mine) = (server.Installation, await server.Installation.Consumer());
        var second = mine with { Secret = (await installation.Reveal("secret", "add", mine.Key)).GetProperty("secret").GetString()! };
        var third = mine with { Secret = (await installation.Reveal("secret", "add", mine.Key)).GetProperty("secret").GetString()! };
        foreach (var secret in new[] { mine, second, third })
            (await node.Token(secret)).ShouldBeIssued();

        await installation.Do("secret", "revoke", mine.Key, second.Secret[^4..]);
        await Should.Within(TimeSpan.FromSeconds(3), async () => (await node.Token(second)).Status == HttpStatusCode.Unauthorized, "the revocation is heard");

        (await node.Token(mine)).ShouldBeIssued();
        (await node.Token(third)).ShouldBeIssued();
    }

    [Fact]
    public async Task The_last_use_of_a_secret_is_recorded_with_address_and_program()
    {
        var mine = await server.Installation.Consumer();
        var header = Wire.BasicHeader($"{mine.Key}:{mine.Secret}");

        (await Wire.Exchange(node, Wire.Form(Grant, header, "User-Agent: nightly/1.0 (\u00c3\u00a9)"))).ShouldNotBeNull().ShouldBeIssued();

        await Should.Within(TimeSpan.FromSeconds(6), async () => (await Secret()).GetProperty("last_used_ip").ValueKind == System.Text.Json.JsonValueKind.String, "the last use is written");
        var secret = await Secret();
        secret.GetProperty("last_used_ip").GetString().ShouldBe("127.0.0.1");
        secret.GetProperty("last_used_agent").GetString().ShouldBe("nightly/1.0 (?)");
        secret.GetProperty("last_used_at").GetDateTimeOffset().ToUnixTimeMilliseconds().ShouldBe(server.Installation.Clock.GetUtcNow().ToUnixTimeMilliseconds());

        async Task<System.Text.Json.JsonElement> Secret() => (await server.Installation.Do("consumer", "show", mine.Key)).GetProperty("secrets")[0];
    }

    [Fact]
    public async Task A_failed_authentication_is_no_use()
    {
        var mine = await server.Installation.Consumer();

        (await node.Token(mine with { Secret = "wrong" })).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        (await node.Token(consumer)).ShouldBeIssued();
        await Task.Delay(1500);

        (await server.Installation.Do("consumer", "show", mine.Key)).GetProperty("secrets")[0].GetProperty("last_used_at").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
    }

    [Fact]
    public async Task A_consumer_with_networks_is_let_in_from_them_only()
    {
        var inside = await server.Installation.Consumer(options: ["--network", "127.0.0.0/8", "--network", "2001:db8::/48"]);
        var outside = await server.Installation.Consumer(options: ["--network", "10.0.0.0/8"]);

        (await node.Token(inside)).ShouldBeIssued();
        var refused = await node.Token(outside);

        refused.ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        refused.Body.GetRawText().ShouldBe((await node.Token(outside with { Secret = "wrong" })).Body.GetRawText());
    }
}
