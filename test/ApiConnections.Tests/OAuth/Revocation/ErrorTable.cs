using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.OAuth.Revocation;

/// <summary>What can be wrong with a revocation itself, rather than with the token: refused as at the token endpoint, and nothing is ended.</summary>
[Rfc("7009 s2.2.1", "6749 s5.2")]
public sealed class ErrorTable
{
    private static readonly TimeSpan heard = TimeSpan.FromSeconds(3);

    [Theory, Engines]
    public async Task A_wrong_request_is_refused_and_ends_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (app, other) = (await installation.App(), await installation.App());
        var device = await node.Connect(installation, app, await node.Person());
        var before = await installation.LastChange();
        var token = device.RefreshToken!;

        (await node.Revoke(installation, app, null)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_request");
        (await node.Revoke(installation, app, "")).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_request");
        (await node.Revoke(installation, app with { Secret = "" }, token)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        (await node.Revoke(installation, app with { Secret = "" }, token, ("client_id", null))).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        (await node.Revoke(installation, app with { Secret = "zqx" }, token)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        (await node.Revoke(installation, app with { Secret = other.Secret }, token)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        (await node.Revoke(installation, app with { Key = "0123456789abcdefghij" }, token)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        (await node.Revoke(installation, app, token, ("client_secret", app.Secret))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_request");
        (await node.Revoke(installation, app, token, ("client_id", other.Key))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_request");
        (await node.Revoke(installation, app, token, ("token_type_hint", "refresh_token"), ("token_type_hint", "refresh_token"))).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_request");

        (await installation.ChangesAfter(before)).ShouldBeEmpty();
        (await node.Refresh(installation, app, token)).ShouldBeIssued();
    }

    [Theory]
    [Rfc("7009 s2.1")]
    [InlineData("GET", "/oauth/revoke", "", "application/x-www-form-urlencoded", 405), InlineData("PUT", "/oauth/revoke", "token={token}", "application/x-www-form-urlencoded", 405)]
    [InlineData("DELETE", "/oauth/revoke", "", "application/x-www-form-urlencoded", 405), InlineData("POST", "/oauth/revoke", "{\"token\":\"{token}\"}", "application/json", 415)]
    [InlineData("POST", "/oauth/revoke?token={token}", "", "application/x-www-form-urlencoded", 400), InlineData("POST", "/oauth/revoke?client_id={key}", "token={token}", "application/x-www-form-urlencoded", 400)]
    [InlineData("POST", "/oauth/revoke", "token={token}&token={token}", "application/x-www-form-urlencoded", 400), InlineData("POST", "/oauth/revoke", "token=%zz", "application/x-www-form-urlencoded", 400)]
    [InlineData("POST", "/oauth/revoke", "{long}", "application/x-www-form-urlencoded", 413)]
    public async Task Another_method_or_body_is_refused_and_ends_nothing(string method, string target, string body, string type, int status)
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var app = await installation.App();
        var device = await node.Connect(installation, app, await node.Person());
        string Fill(string text) => text.Replace("{token}", device.RefreshToken, StringComparison.Ordinal).Replace("{key}", app.Key, StringComparison.Ordinal).Replace("{long}", "a=" + new string('z', 70_000), StringComparison.Ordinal);

        var answer = (await Wire.Exchange(node, Wire.Request(method, Fill(target), Fill(body), "Content-Type: " + type, Wire.BasicHeader($"{app.Key}:{app.Secret}")))).ShouldNotBeNull();

        answer.ShouldBeRefused((HttpStatusCode)status, "invalid_request");
        answer.ShouldTellNothing(device.RefreshToken!);
        (await node.Refresh(installation, app, device.RefreshToken)).ShouldBeIssued();
    }

    [Theory, Engines]
    public async Task A_consumer_that_is_disabled_revokes_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var app = await installation.App();
        var device = await node.Connect(installation, app, await node.Person());

        await installation.Do("consumer", "disable", app.Key);
        await Within(heard, async () => (await node.Revoke(installation, app, device.RefreshToken)).Status == HttpStatusCode.Unauthorized, "it is disabled");

        (await node.Revoke(installation, app, device.RefreshToken)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
    }

    [Fact]
    [Rfc("6819 s4.3.5")]
    public async Task Failed_authentications_are_limited_as_at_the_token_endpoint_and_together_with_them()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start(settings: ("ApiConnections:ClientAuthentication:FailuresPerMinute", "4"));
        var app = await installation.App();
        for (var i = 0; i < 2; i++)
        {
            (await node.Revoke(installation, app with { Secret = "zqx" }, "zqx")).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
            (await node.Refresh(installation, app with { Secret = "zqx" }, "zqx")).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        }

        var answer = await node.Revoke(installation, app with { Secret = "zqx" }, "zqx");

        answer.ShouldBeRefused(HttpStatusCode.TooManyRequests, "temporarily_unavailable");
        answer.Headers.ShouldContainKey("Retry-After");
        (await node.Revoke(installation, app, "zqx")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_page_of_any_origin_may_give_its_token_back_and_a_preflight_ends_nothing()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var app = await installation.App("--public");
        var device = await node.Connect(installation, app, await node.Person());
        var form = $"client_id={app.Key}&token={device.RefreshToken}";

        var preflight = (await Wire.Exchange(node, Wire.Request("OPTIONS", "/oauth/revoke", form, "Origin: https://app.test", "Access-Control-Request-Method: POST", "Content-Type: application/x-www-form-urlencoded"))).ShouldNotBeNull();
        var kept = await installation.Count("token_families where ended_at is null");
        var revoked = (await Wire.Exchange(node, Wire.Request("POST", "/oauth/revoke", form, "Origin: https://app.test", "Content-Type: application/x-www-form-urlencoded"))).ShouldNotBeNull();

        preflight.Status.ShouldBe(HttpStatusCode.NoContent);
        kept.ShouldBe(1);
        revoked.Status.ShouldBe(HttpStatusCode.OK);
        foreach (var answer in new[] { preflight, revoked })
        {
            answer.Headers["Access-Control-Allow-Origin"].ShouldBe("*");
            answer.Headers.Keys.ShouldNotContain("Access-Control-Allow-Credentials");
        }

        (await installation.Count("token_families where ended_at is null")).ShouldBe(0);
    }
}
