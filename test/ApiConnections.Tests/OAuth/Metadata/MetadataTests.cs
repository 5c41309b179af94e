using System.Net;
using System.Text.Json;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Metadata;

[Rfc("8414 s3", "7517 s5")]
public sealed class MetadataTests(TokenServer server) : IClassFixture<TokenServer>
{
    private const string Document = "/.well-known/oauth-authorization-server";
    private const string Keys = "/.well-known/jwks.json";
    private readonly Node node = server.Node;

    [Fact]
    public async Task The_document_says_what_is_there() =>
        Snapshot.Compare("metadata.json", Snapshot.Pretty(await node.Http.GetStringAsync(Document)).Replace(node.Issuer, "https://ISSUER", StringComparison.Ordinal));

    [Theory, InlineData("evil.test"), InlineData("evil.test:443"), InlineData("[::1]"), InlineData("localhost")]
    [Rfc("8414 s3.3", "8414 s6.2")]
    public async Task Its_addresses_come_from_the_configured_issuer_whatever_host_is_asked(string host)
    {
        var expected = await node.Http.GetStringAsync(Document);
        using var wire = await Wire.Open(node);
        await wire.Send($"GET {Document} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /evil\r\nForwarded: host=evil.test;proto=https\r\n\r\n");

        var answer = (await wire.Read()).ShouldNotBeNull();

        answer.Body.GetRawText().ShouldBe(expected);
        wire.LastText.ShouldNotContain("evil");
        answer.Body.GetProperty("issuer").GetString().ShouldBe(node.Issuer);
    }

    [Theory, InlineData(Document), InlineData(Keys)]
    [Rfc("9110 s9.3.2")]
    public async Task Both_are_read_with_GET_and_HEAD_only(string path)
    {
        using var get = await node.Http.GetAsync(path);
        using var head = await node.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));

        get.StatusCode.ShouldBe(HttpStatusCode.OK);
        head.StatusCode.ShouldBe(HttpStatusCode.OK);
        head.Content.Headers.ContentLength.ShouldBe((await get.Content.ReadAsByteArrayAsync()).Length);
        get.Content.Headers.ContentType!.ToString().ShouldBe("application/json");
        get.Headers.CacheControl!.ToString().ShouldBe("public, max-age=300");
        foreach (var method in new[] { "POST", "PUT", "DELETE", "PATCH", "OPTIONS" })
        {
            using var other = await node.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
            other.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed, method);
            other.Content.Headers.Allow.ShouldBe(["GET", "HEAD", "OPTIONS"]);
        }
    }

    [Fact]
    [Rfc("7517 s4", "7518 s6.2.1")]
    public async Task Published_keys_have_public_members_only_and_their_thumbprint_for_an_id()
    {
        var keys = JsonDocument.Parse(await node.Http.GetStringAsync(Keys)).RootElement;

        keys.EnumerateObject().Select(member => member.Name).ShouldBe(["keys"]);
        keys.GetProperty("keys").GetArrayLength().ShouldBeGreaterThan(0);
        foreach (var key in keys.GetProperty("keys").EnumerateArray())
        {
            key.EnumerateObject().Select(member => member.Name).Order().ShouldBe(["alg", "crv", "kid", "kty", "use", "x", "y"]);
            var (x, y) = (key.GetProperty("x").GetString(), key.GetProperty("y").GetString());
            // RFC 7638 s3.2: the required members in order.
            var thumbprint = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{x}}","y":"{{y}}"}"""));
            key.GetProperty("kid").GetString().ShouldBe(System.Buffers.Text.Base64Url.EncodeToString(thumbprint));
        }
    }

    [Theory, InlineData(Document + "/tenant"), InlineData(Document + "x"), InlineData(Keys + "/x"), InlineData("/.well-known/openid-configuration")]
    public async Task There_is_nothing_beside_them(string path) => (await node.Http.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound);

    [Fact]
    [Rfc("8414 s3.1")]
    public async Task An_issuer_with_a_path_has_its_endpoints_below_and_its_document_where_the_standard_looks()
    {
        await using var installation = await Installation.New(On.Sqlite);
        // Another port than the one listened on: a proxy stands before it.
        var tenant = await installation.Start(null, ("ApiConnections:Issuer", "http://localhost:8400/tenant"));
        var consumer = await installation.Consumer();

        var inserted = await tenant.Http.GetStringAsync(Document + "/tenant");
        var document = JsonDocument.Parse(inserted).RootElement;

        document.GetProperty("issuer").GetString().ShouldBe("http://localhost:8400/tenant");
        document.GetProperty("token_endpoint").GetString().ShouldBe("http://localhost:8400/tenant/oauth/token");
        document.GetProperty("jwks_uri").GetString().ShouldBe("http://localhost:8400/tenant/.well-known/jwks.json");
        (await tenant.Http.GetStringAsync("/tenant" + Document)).ShouldBe(inserted);
        (await tenant.Http.GetAsync("/tenant" + Keys)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await tenant.Http.GetAsync(Document + "/other")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await tenant.Http.GetAsync(Document + "/tenant/x")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials")]);
        var answer = await tenant.Send(form, Node.Basic(consumer.Key, consumer.Secret), "/tenant/oauth/token");
        answer.ShouldBeIssued();
        answer.Claims.GetProperty("iss").GetString().ShouldBe("http://localhost:8400/tenant");
    }
}
