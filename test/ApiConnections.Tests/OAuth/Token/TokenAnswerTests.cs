using System.Buffers.Text;
using System.Net;
using System.Text.Json;
using ApiConnections.Tests.Support;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

[Rfc("6749 s5.1", "9068 s2")]
public sealed class TokenAnswerTests(TokenServer server) : IClassFixture<TokenServer>
{
    private readonly Node node = server.Node;

    [Fact]
    public async Task The_answer_holds_what_it_must_and_nothing_else()
    {
        var answer = await node.Token(server.Consumer);

        answer.ShouldBeIssued();
        answer.Body.EnumerateObject().Select(member => member.Name).ShouldBe(["access_token", "token_type", "expires_in", "scope"]);
        answer.Body.GetProperty("expires_in").ValueKind.ShouldBe(JsonValueKind.Number);
        answer.Headers["Content-Type"].ShouldBe("application/json");
        answer.Headers["X-Content-Type-Options"].ShouldBe("nosniff");
        answer.Headers.Keys.ShouldNotContain("Server");
        answer.Headers.Keys.ShouldNotContain("Set-Cookie");
    }

    [Fact]
    public async Task The_token_holds_these_claims_with_these_values_and_no_others()
    {
        var id = (await server.Installation.Do("authorization", "list", "--company", "Acme", "--consumer", server.Consumer.Key))[0].GetProperty("id").GetString();
        var now = server.Installation.Clock.GetUtcNow().ToUnixTimeSeconds();

        var claims = (await node.Token(server.Consumer)).Claims;

        claims.EnumerateObject().Select(claim => claim.Name).Order().ShouldBe(
            ["aud", "authorization_id", "client_id", "company", "exp", "gen", "iat", "iss", "jti", "scope", "sub"]);
        claims.GetProperty("iss").GetString().ShouldBe(node.Issuer);
        claims.GetProperty("aud").GetString().ShouldBe("https://api.test");
        claims.GetProperty("sub").GetString().ShouldBe("consumer:" + server.Consumer.Key);
        claims.GetProperty("client_id").GetString().ShouldBe(server.Consumer.Key);
        claims.GetProperty("iat").GetInt64().ShouldBe(now);
        claims.GetProperty("exp").GetInt64().ShouldBe(now + 600);
        claims.GetProperty("scope").GetString().ShouldBe("assets:view tasks:view");
        Guid.TryParse(claims.GetProperty("company").GetString(), out _).ShouldBeTrue();
        claims.GetProperty("authorization_id").GetString().ShouldBe(id);
        claims.GetProperty("gen").GetRawText().ShouldBe("[1,1]");
        Base64Url.DecodeFromChars(claims.GetProperty("jti").GetString()).Length.ShouldBe(16);
    }

    [Fact]
    [Rfc("9068 s2.1", "7515 s4.1")]
    public async Task The_header_names_type_algorithm_and_a_published_key_and_nothing_else()
    {
        var header = JsonDocument.Parse(Base64Url.DecodeFromChars((await node.Token(server.Consumer)).AccessToken!.Split('.')[0])).RootElement;
        var published = JsonDocument.Parse(await node.Http.GetStringAsync("/.well-known/jwks.json")).RootElement.GetProperty("keys");

        header.EnumerateObject().Select(member => member.Name).Order().ShouldBe(["alg", "kid", "typ"]);
        header.GetProperty("typ").GetString().ShouldBe("at+jwt");
        header.GetProperty("alg").GetString().ShouldBe("ES256");
        published.EnumerateArray().Select(key => key.GetProperty("kid").GetString()).ShouldContain(header.GetProperty("kid").GetString());
    }

    [Fact]
    [Rfc("7519 s7.2")]
    public async Task Two_foreign_libraries_accept_the_token_by_the_published_keys_and_refuse_it_when_a_bit_is_turned()
    {
        var token = (await node.Token(server.Consumer)).AccessToken!;
        var jwks = await node.Http.GetStringAsync("/.well-known/jwks.json");
        var rules = new TokenValidationParameters
        {
            ValidIssuer = node.Issuer,
            ValidAudience = "https://api.test",
            ValidTypes = ["at+jwt"],
            ValidAlgorithms = ["ES256"],
            IssuerSigningKeys = new JsonWebKeySet(jwks).GetSigningKeys(),
        };
        var key = Jose.JwkSet.FromJson(jwks, Jose.JWT.DefaultSettings.JsonMapper).Keys.Single();
        var signed = token.LastIndexOf('.') + 10;
        var forged = token[..signed] + (token[signed] == 'A' ? 'B' : 'A') + token[(signed + 1)..];

        (await new JsonWebTokenHandler().ValidateTokenAsync(token, rules)).IsValid.ShouldBeTrue();
        (await new JsonWebTokenHandler().ValidateTokenAsync(forged, rules)).IsValid.ShouldBeFalse();
        JsonDocument.Parse(Jose.JWT.Decode(token, key, Jose.JwsAlgorithm.ES256)).RootElement.GetProperty("client_id").GetString().ShouldBe(server.Consumer.Key);
        Shouldly.Should.Throw<Jose.IntegrityException>(() => Jose.JWT.Decode(forged, key, Jose.JwsAlgorithm.ES256));
    }

    [Fact]
    [Rfc("7519 s4.1.7")]
    public async Task No_two_tokens_share_their_id()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => node.Token(server.Consumer)));

        answers.Select(answer => answer.Claims.GetProperty("jti").GetString()).Distinct().Count().ShouldBe(64);
    }

    [Theory, InlineData(1), InlineData(120)]
    public async Task A_token_lives_as_long_as_its_consumer_says(int minutes)
    {
        var consumer = await server.Installation.Consumer(options: ["--access-token-minutes", $"{minutes}"]);

        var answer = await node.Token(consumer);

        answer.Body.GetProperty("expires_in").GetInt64().ShouldBe(minutes * 60);
        (answer.Claims.GetProperty("exp").GetInt64() - answer.Claims.GetProperty("iat").GetInt64()).ShouldBe(minutes * 60);
    }

    [Theory, InlineData(0), InlineData(121), InlineData(-1)]
    public async Task A_lifetime_out_of_bounds_cannot_be_set(int minutes)
    {
        var result = await server.Installation.Run("consumer", "create", "--company", "Acme", "--name", "Long", "--group", "Viewers", "--grant", "client_credentials", "--access-token-minutes", $"{minutes}");

        result.Exit.ShouldBe(1);
        result.Error.ShouldContain("1 to 120 minutes");
    }

    [Theory]
    [InlineData("/oauth/token", "POST"), InlineData("/.well-known/oauth-authorization-server", "GET"), InlineData("/.well-known/jwks.json", "GET")]
    public async Task Any_page_may_call_these_without_credentials_of_the_browser(string path, string method)
    {
        var preflight = (await Wire.Exchange(node, Wire.Request("OPTIONS", path, "", "Origin: https://page.test", "Access-Control-Request-Method: " + method, "Access-Control-Request-Headers: authorization"))).ShouldNotBeNull();
        var real = (await Wire.Exchange(node, Wire.Request(method, path, "", "Origin: https://page.test"))).ShouldNotBeNull();

        preflight.Status.ShouldBe(HttpStatusCode.NoContent);
        preflight.Headers["Access-Control-Allow-Methods"].ShouldBe(method);
        preflight.Headers["Access-Control-Allow-Headers"].ShouldBe("Authorization, Content-Type");
        foreach (var answer in new[] { preflight, real })
        {
            answer.Headers["Access-Control-Allow-Origin"].ShouldBe("*");
            answer.Headers.Keys.ShouldNotContain("Access-Control-Allow-Credentials");
        }
    }

    [Theory, InlineData("/health/live"), InlineData("/health/ready"), InlineData("/nowhere"), InlineData("/")]
    public async Task No_page_may_read_anything_else(string path)
    {
        foreach (var method in new[] { "GET", "OPTIONS" })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.Add("Origin", "https://page.test");
            request.Headers.Add("Access-Control-Request-Method", "GET");
            using var answer = await node.Http.SendAsync(request);
            answer.Headers.Select(header => header.Key).ShouldNotContain(name => name.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        }
    }
}
