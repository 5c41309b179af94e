using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ApiConnections.ResourceServer;
using ApiConnections.Tests.ResourceServer.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.ResourceServer;

/// <summary>Which tokens are no access tokens of this issuer for this API. Each test changes one thing of a token that is good.</summary>
public sealed class TokenRulesTests : IAsyncLifetime
{
    private ProtectedApi api = null!;

    public async ValueTask InitializeAsync() => api = await ProtectedApi.Start();

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact, Trait("Rfc", "7515 s5.2")]
    public async Task Changed_content_or_another_signature_is_refused()
    {
        var token = api.Token();
        var parts = token.Split('.');
        var claims = api.Issuer.Claims(ProtectedApi.Audience, api.Now);
        claims["scope"] = "tasks:view tasks:delete";

        await ShouldBeRefused($"{parts[0]}.{StandInIssuer.Encode(claims.ToJsonString())}.{parts[2]}", "not signed by this issuer");
        await ShouldBeRefused(token[..^3] + (token[^3] == 'A' ? 'B' : 'A') + token[^2..], "not signed by this issuer");
        await ShouldBeRefused($"{parts[0]}.{parts[1]}.", "not signed by this issuer");
        await ShouldBeRefused(token + token.Split('.')[2], "not signed by this issuer");
        (await api.Get("/any", token)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact, Trait("Rfc", "8725 s3.1")]
    public async Task Only_ES256_is_accepted()
    {
        var key = api.Issuer.Published[0];
        var claims = api.Issuer.Claims(ProtectedApi.Audience, api.Now).ToJsonString();
        foreach (var alg in new[] { "none", "None", "HS256", "RS256", "PS256", "ES384", "es256", "" })
        {
            var header = StandInIssuer.Header(key);
            header["alg"] = alg;
            await ShouldBeRefused(api.Token(header: header), "not signed by this issuer");
            await ShouldBeRefused($"{StandInIssuer.Encode(header.ToJsonString())}.{StandInIssuer.Encode(claims)}.", "");
        }

        // CVE-2016-10555: the public key, known to all, taken as a shared secret.
        var confused = StandInIssuer.Header(key);
        confused["alg"] = "HS256";
        var content = $"{StandInIssuer.Encode(confused.ToJsonString())}.{StandInIssuer.Encode(claims)}";
        foreach (var secret in new[] { key.Private.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(key.Private.ExportSubjectPublicKeyInfoPem()) })
            await ShouldBeRefused($"{content}.{System.Buffers.Text.Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(content)))}", "");
    }

    [Theory, Trait("Rfc", "9068 s4")]
    [InlineData("JWT")]
    [InlineData("at+JWT")]
    [InlineData("logout+jwt")]
    [InlineData("id+jwt")]
    [InlineData("")]
    [InlineData(null)]
    public async Task Another_type_of_token_is_no_access_token(string? type)
    {
        var header = StandInIssuer.Header(api.Issuer.Published[0]);
        if (type is null)
            header.Remove("typ");
        else
            header["typ"] = type;

        await ShouldBeRefused(api.Token(header: header), "not an access token");
    }

    [Fact, Trait("Rfc", "9068 s4")]
    public async Task The_long_form_of_the_type_is_the_same_type()
    {
        var header = StandInIssuer.Header(api.Issuer.Published[0]);
        header["typ"] = "application/at+jwt";
        (await api.Get("/any", api.Token(header: header))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact, Trait("Rfc", "9068 s4")]
    public async Task The_issuer_is_compared_exactly()
    {
        foreach (var issuer in new[] { api.Issuer.Address + "/", api.Issuer.Address.ToUpperInvariant(), "https://evil.example", "" })
            await ShouldBeRefused(api.Token(claims => claims["iss"] = issuer), "another issuer");
        await ShouldBeRefused(api.Token(claims => claims.Remove("iss")), "another issuer");
    }

    [Fact, Trait("Rfc", "9068 s4")]
    public async Task A_token_for_another_API_is_refused()
    {
        foreach (var audience in new[] { ProtectedApi.Audience + "/", ProtectedApi.Audience.ToUpperInvariant(), "https://api.example", "" })
            await ShouldBeRefused(api.Token(claims => claims["aud"] = audience), "another API");
        await ShouldBeRefused(api.Token(claims => claims.Remove("aud")), "another API");
        (await api.Get("/any", api.Token(claims => claims["aud"] = new JsonArray("https://other.example", ProtectedApi.Audience)))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory, Trait("Rfc", "9068 s2.2")]
    [InlineData("exp", null), InlineData("exp", "\"1800000000\""), InlineData("exp", "1e300"), InlineData("exp", "0"), InlineData("exp", "99999999999999")]
    [InlineData("iat", null), InlineData("iat", "\"x\"")]
    [InlineData("jti", null), InlineData("jti", "\"\""), InlineData("jti", "7")]
    [InlineData("client_id", null), InlineData("client_id", "\"\""), InlineData("client_id", "\"another\"")]
    [InlineData("sub", null), InlineData("sub", "\"\""), InlineData("sub", "\"consumer:another\""), InlineData("sub", "\"a-user\"")]
    [InlineData("scope", null), InlineData("scope", "\"\""), InlineData("scope", "\"a  b\""), InlineData("scope", "[\"tasks:view\"]")]
    [InlineData("company", null), InlineData("company", "\"acme\""), InlineData("company", "null")]
    [InlineData("authorization_id", null), InlineData("authorization_id", "\"1\"")]
    [InlineData("gen", null), InlineData("gen", "[]"), InlineData("gen", "[1]"), InlineData("gen", "[1,2,3]"), InlineData("gen", "[1,\"2\"]"), InlineData("gen", "3")]
    public async Task A_claim_that_is_missing_or_malformed_is_refused(string claim, string? value)
    {
        var token = api.Token(claims =>
        {
            claims.Remove(claim);
            if (value is not null)
                claims[claim] = JsonNode.Parse(value);
        });

        await ShouldBeRefused(token, "malformed");
    }

    [Fact]
    public async Task A_persons_token_needs_the_family_of_a_device()
    {
        static void AsPerson(JsonObject claims)
        {
            claims["sub"] = "0197a000-0000-7000-8000-00000000000a";
            claims["gen"] = new JsonArray(1, 2, 3);
        }

        await ShouldBeRefused(api.Token(AsPerson), "lacks a claim");
        var token = api.Token(claims =>
        {
            AsPerson(claims);
            claims["family_id"] = "0197a000-0000-7000-8000-00000000000b";
        });
        (await (await api.Get("/token", token)).Content.ReadAsStringAsync()).ShouldStartWith(
            "0197a000-0000-7000-8000-000000000001 nightlyreport0000001 0197a000-0000-7000-8000-00000000000a True 0197a000-0000-7000-8000-000000000002 "
            + "0197a000-0000-7000-8000-00000000000b 1 2 3 key-1 ");
    }

    [Fact, Trait("Rfc", "7800 s3.1")]
    public async Task Peer_46_a_token_bound_to_a_key_does_not_serve_as_a_bearer_token()
    {
        await ShouldBeRefused(api.Token(claims => claims["cnf"] = new JsonObject { ["jkt"] = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" }), "bound to a key");
    }

    [Fact, Trait("Rfc", "7519 s4.1.4")]
    public async Task Clocks_may_differ_by_ten_seconds()
    {
        var now = api.Now.ToUnixTimeSeconds();

        (await api.Get("/any", api.Token(claims => claims["exp"] = now - 9))).StatusCode.ShouldBe(HttpStatusCode.OK);
        await ShouldBeRefused(api.Token(claims => claims["exp"] = now - 11), "expired");
        (await api.Get("/any", api.Token(claims => claims["nbf"] = now + 9))).StatusCode.ShouldBe(HttpStatusCode.OK);
        await ShouldBeRefused(api.Token(claims => claims["nbf"] = now + 11), "not valid yet");
    }

    [Fact, Trait("Rfc", "7519 s4.1.4")]
    public async Task Expiry_counts_for_a_token_seen_before_too()
    {
        var token = api.Token();
        (await api.Get("/any", token)).StatusCode.ShouldBe(HttpStatusCode.OK);

        api.Clock!.Advance(TimeSpan.FromSeconds(609));
        (await api.Get("/any", token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        api.Clock.Advance(TimeSpan.FromSeconds(2));
        await ShouldBeRefused(token, "expired");
    }

    [Fact, Trait("Rfc", "8725 s3.10")]
    public async Task Keys_and_addresses_of_keys_in_the_token_are_not_looked_at()
    {
        await using var stranger = await StandInIssuer.Start();
        var own = stranger.Published[0];
        foreach (var name in new[] { "jku", "x5u", "jwk", "x5c" })
        {
            foreach (var kid in new[] { "key-1", own.Id + "x" })
            {
                var header = StandInIssuer.Header(api.Issuer.Published[0]);
                header["kid"] = kid;
                header[name] = name switch
                {
                    "jwk" => own.Public(),
                    "x5c" => new JsonArray("MIIB"),
                    _ => stranger.Address + "/.well-known/jwks.json",
                };
                await ShouldBeRefused(api.Token(header: header, key: own), "");
            }
        }

        stranger.Fetches.ShouldBe(0);
    }

    [Theory, Trait("Rfc", "7515 s4.1.4")]
    [InlineData("../../dev/null"), InlineData("key-1' OR 1=1 --"), InlineData("KEY-1"), InlineData("key-1 "), InlineData(""), InlineData(null)]
    public async Task Peer_45_a_key_id_names_a_key_and_nothing_else(string? kid)
    {
        var header = StandInIssuer.Header(api.Issuer.Published[0]);
        if (kid is null)
            header.Remove("kid");
        else
            header["kid"] = kid;
        await ShouldBeRefused(api.Token(header: header), "not signed by this issuer");
    }

    [Fact, Trait("Rfc", "7515 s4.1.11")]
    public async Task What_a_token_calls_critical_is_not_understood()
    {
        var header = StandInIssuer.Header(api.Issuer.Published[0]);
        header["crit"] = new JsonArray("b64");
        header["b64"] = true;
        await ShouldBeRefused(api.Token(header: header), "not signed by this issuer");
    }

    [Fact, Trait("Rfc", "7516 s3.1")]
    public async Task Peer_47_encrypted_and_oversized_tokens_are_refused_unread()
    {
        var header = """{"alg":"dir","enc":"A128CBC-HS256","zip":"DEF","typ":"at+jwt","kid":"key-1"}""";
        await ShouldBeRefused($"{StandInIssuer.Encode(header)}..AAAA.{StandInIssuer.Encode(new string('a', 2000))}.AAAA", "malformed");

        var big = api.Token(claims => claims["scope"] = "tasks:view " + new string('x', 5000));
        big.Length.ShouldBeLessThan(8192);
        (await api.Get("/any", big)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var tooBig = api.Token(claims => claims["scope"] = "tasks:view " + new string('x', 6200));
        tooBig.Length.ShouldBeGreaterThan(8192);
        await ShouldBeRefused(tooBig, "malformed");
    }

    [Fact]
    public async Task Whatever_a_stranger_sends_is_refused_and_never_an_error_of_ours()
    {
        var check = api.Services.GetRequiredService<AccessTokenCheck>();
        var (header, claims) = (StandInIssuer.Header(api.Issuer.Published[0]).ToJsonString(), api.Issuer.Claims(ProtectedApi.Audience, api.Now).ToJsonString());
        string[] pieces = ["null", "{", "}", "[", "\"", "1e400", "-0", "9999999999999999999", "\\u0000", "\\ud800", ":", ",", "true", "{\"a\":[[[[]]]]}", "\u00e9", "\uD83D\uDE00"];
        for (var i = 0; i < 20_000; i++)
        {
            var dice = SHA256.HashData(BitConverter.GetBytes(i));
            var (mutatedHeader, mutatedClaims) = (i % 2 == 0 ? Mutate(header, dice) : header, i % 2 == 1 ? Mutate(claims, dice) : claims);
            var token = $"{StandInIssuer.Encode(mutatedHeader)}.{StandInIssuer.Encode(mutatedClaims)}.{(i % 3 == 0 ? "" : StandInIssuer.Encode(claims[..64]))}";

            (await check.Check(token, default)).TryGet(out _, out var refusal).ShouldBeFalse(token);
            refusal!.Error.Code.ShouldBe("invalid_token", token);
        }

        string Mutate(string json, byte[] dice)
        {
            var (at, length, piece) = (dice[0] * 256 + dice[1], dice[2] % 12, pieces[dice[3] % pieces.Length]);
            at %= json.Length;
            return json[..at] + (dice[4] % 2 == 0 ? piece : "") + json[Math.Min(json.Length, at + length)..];
        }
    }

    [Fact, Trait("Rfc", "9700 s4.9.3")]
    public async Task No_token_and_no_part_of_one_is_logged()
    {
        var good = api.Token();
        var expired = api.Token(claims => claims["exp"] = 1_700_000_000);
        var forged = api.Token(key: new IssuerKey("key-1"));
        foreach (var token in new[] { good, good, expired, forged, "junk-" + good })
            (await api.Get("/tasks", token)).Dispose();

        var log = string.Join('\n', api.Log.Lines);
        log.ShouldNotBeEmpty();
        foreach (var token in new[] { good, expired, forged })
        {
            foreach (var part in token.Split('.').Where(part => part != good.Split('.')[0]))
                log.ShouldNotContain(part[..20]);
        }

        api.Services.GetRequiredService<IssuerKeys>().Current!.Find("key-1").ShouldNotBeNull();
        log.ShouldNotContain(good.Split('.')[0]);
    }

    private async Task ShouldBeRefused(string token, string because)
    {
        var response = await api.Get("/any", token);
        var body = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, body);
        response.Challenge()!.ShouldStartWith("Bearer error=\"invalid_token\", error_description=\"");
        body.ShouldContain(because);
    }
}
