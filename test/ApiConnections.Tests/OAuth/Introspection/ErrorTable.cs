using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.OAuth.Introspection;

/// <summary>Who does not show a secret, or asks wrongly, is told nothing of any token.</summary>
[Rfc("7662 s2.1", "7662 s2.3")]
public sealed class ErrorTable
{
    private static readonly TimeSpan heard = TimeSpan.FromSeconds(3);

    [Theory, Engines]
    public async Task A_wrong_request_is_refused(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.ApiFor("https://mine.test");
        var node = await installation.Start();
        var (program, app) = (await installation.Consumer(), await installation.App("--public"));
        var token = (await node.Token(program, ("resource", "https://mine.test"))).AccessToken!;
        var device = await node.Connect(installation, app, await node.Person());
        var unknown = new TestConsumer("0123456789abcdefghij", "zqx", "", "");

        foreach (var caller in new[] { api, program })
        {
            (await node.Introspect(installation, caller, null)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_request", anyOrigin: false);
            (await node.Introspect(installation, caller, token, ("token_type_hint", "a"), ("token_type_hint", "a"))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_request", anyOrigin: false);
            (await node.Introspect(installation, caller, token, ("client_secret", caller.Secret))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_request", anyOrigin: false);
            (await node.Introspect(installation, caller with { Secret = "zqx" }, token)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client", anyOrigin: false);
            (await node.Introspect(installation, caller with { Secret = caller.Secret[..^1] }, token)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client", anyOrigin: false);
            (await node.Introspect(installation, caller with { Secret = "" }, token)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client", anyOrigin: false);
            (await node.Introspect(installation, caller with { Secret = "" }, token, ("client_id", null))).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client", anyOrigin: false);
            (await node.Introspect(installation, caller with { Key = unknown.Key }, token)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client", anyOrigin: false);
        }

        (await node.Introspect(installation, api with { Secret = program.Secret }, token)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client", anyOrigin: false);
        (await node.Introspect(installation, program with { Secret = api.Secret }, token)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client", anyOrigin: false);
        // An app without a secret has shown nothing.
        (await node.Introspect(installation, app, device.AccessToken)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client", anyOrigin: false);
        // The same answer for an unknown key and a wrong secret.
        var (wrong, nobody) = (await node.Introspect(installation, api with { Secret = "zqx" }, token), await node.Introspect(installation, unknown, token));
        wrong.Body.GetRawText().ShouldBe(nobody.Body.GetRawText());
        // By the form, too.
        (await node.Introspect(installation, api with { Secret = "" }, token, ("client_secret", api.Secret))).Text("active").ShouldBe("True");
        (await node.Introspect(installation, api, token)).Text("active").ShouldBe("True");
    }

    [Theory]
    [InlineData("GET", "/oauth/introspect?token={token}", "", "application/x-www-form-urlencoded", 405), InlineData("GET", "/oauth/introspect", "", "application/x-www-form-urlencoded", 405)]
    [InlineData("OPTIONS", "/oauth/introspect", "", "application/x-www-form-urlencoded", 405), InlineData("PUT", "/oauth/introspect", "token={token}", "application/x-www-form-urlencoded", 405)]
    [InlineData("POST", "/oauth/introspect", "{\"token\":\"{token}\"}", "application/json", 415), InlineData("POST", "/oauth/introspect?token={token}", "", "application/x-www-form-urlencoded", 400)]
    [InlineData("POST", "/oauth/introspect", "token={token}&token={token}", "application/x-www-form-urlencoded", 400), InlineData("POST", "/oauth/introspect", "{long}", "application/x-www-form-urlencoded", 413)]
    public async Task Another_method_or_body_is_refused(string method, string target, string body, string type, int status)
    {
        await using var installation = await Installation.New(On.Sqlite);
        var api = await installation.ApiFor("https://mine.test");
        var node = await installation.Start();
        var token = (await node.Token(await installation.Consumer(), ("resource", "https://mine.test"))).AccessToken!;
        string Fill(string text) => text.Replace("{token}", token, StringComparison.Ordinal).Replace("{long}", "a=" + new string('z', 70_000), StringComparison.Ordinal);

        var answer = (await Wire.Exchange(node, Wire.Request(method, Fill(target), Fill(body), "Content-Type: " + type, "Origin: https://app.test", "Access-Control-Request-Method: POST", Wire.BasicHeader($"{api.Key}:{api.Secret}")))).ShouldNotBeNull();

        answer.ShouldBeRefused((HttpStatusCode)status, "invalid_request", anyOrigin: false);
        answer.ShouldTellNothing(token, "active");
    }

    [Theory, Engines]
    public async Task A_secret_of_an_API_that_was_revoked_lets_nobody_in_and_a_new_one_does_at_the_first_try(On engine)
    {
        await using var installation = await Installation.New(engine);
        var api = await installation.ApiFor("https://mine.test");
        var node = await installation.Start();
        var token = (await node.Token(await installation.Consumer(), ("resource", "https://mine.test"))).AccessToken;
        (await node.Introspect(installation, api, token)).Text("active").ShouldBe("True");

        await installation.Do("api", "secret", api.Key, "--revoke", api.Secret[^4..]);
        await Within(heard, async () => (await node.Introspect(installation, api, token)).Status == HttpStatusCode.Unauthorized, "its secret is revoked");
        await node.Deafen();
        installation.Clock.Advance(TimeSpan.FromSeconds(2));
        var renewed = api with { Secret = (await installation.Reveal("api", "secret", api.Key)).GetProperty("secret").GetString()! };

        (await node.Introspect(installation, renewed, token)).Text("active").ShouldBe("True");
        (await node.Introspect(installation, api, token)).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    [Rfc("6819 s4.3.5")]
    public async Task Failed_authentications_of_an_API_are_limited_and_the_right_secret_is_let_through()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var api = await installation.ApiFor("https://mine.test");
        var node = await installation.Start(settings: ("ApiConnections:ClientAuthentication:FailuresPerMinute", "3"));
        for (var i = 0; i < 3; i++)
            (await node.Introspect(installation, api with { Secret = "zqx" }, "zqx")).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client", anyOrigin: false);

        var answer = await node.Introspect(installation, api with { Secret = "zqx" }, "zqx");

        answer.ShouldBeRefused(HttpStatusCode.TooManyRequests, "temporarily_unavailable", anyOrigin: false);
        answer.Headers.ShouldContainKey("Retry-After");
        (await node.Introspect(installation, api, "zqx")).Body.GetRawText().ShouldBe("{\"active\":false}");
    }
}
