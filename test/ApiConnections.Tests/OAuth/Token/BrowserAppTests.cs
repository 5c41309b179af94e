using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

/// <summary>An app that runs in a browser page of another origin: the browser asks first, and shows the page what it may see.</summary>
public sealed class BrowserAppTests(CodeServer server) : IClassFixture<CodeServer>
{
    [Theory, InlineData("https://app.test"), InlineData("null"), InlineData("http://localhost:5173")]
    public async Task A_page_may_redeem_its_code_and_read_the_answer_and_a_refusal(string origin)
    {
        var code = await server.Node.Code(server.Installation, server.Public, server.Person);
        var form = string.Join('&', Apps.Form(server.Public, code).Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value)}"));

        var preflight = (await Wire.Exchange(server.Node, Wire.Request("OPTIONS", "/oauth/token", "", "Origin: " + origin, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type"))).ShouldNotBeNull();
        var refused = (await Wire.Exchange(server.Node, Wire.Form(form.Replace("code_verifier=", "code_verifier=z", StringComparison.Ordinal), "Origin: " + origin))).ShouldNotBeNull();
        var issued = (await Wire.Exchange(server.Node, Wire.Form(form, "Origin: " + origin))).ShouldNotBeNull();
        server.Installation.Watch(issued.AccessToken!);

        preflight.Status.ShouldBe(HttpStatusCode.NoContent);
        preflight.Headers["Access-Control-Allow-Methods"].ShouldBe("POST");
        refused.ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        issued.ShouldBeIssued();
        foreach (var answer in new[] { preflight, refused, issued })
        {
            // No cookie counts here, so any page may ask, and no browser adds one.
            answer.Headers["Access-Control-Allow-Origin"].ShouldBe("*");
            answer.Headers.Keys.ShouldNotContain("Access-Control-Allow-Credentials");
            answer.Headers.Keys.ShouldNotContain("Set-Cookie");
        }
    }

    [Fact]
    public async Task A_preflight_redeems_nothing()
    {
        var code = await server.Node.Code(server.Installation, server.Public, server.Person);
        var form = string.Join('&', Apps.Form(server.Public, code).Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value)}"));

        foreach (var method in new[] { "OPTIONS", "PUT", "PATCH" })
            await Wire.Exchange(server.Node, Wire.Request(method, "/oauth/token", form, "Origin: https://app.test", "Access-Control-Request-Method: POST", "Content-Type: application/x-www-form-urlencoded"));

        (await server.Node.Redeem(server.Installation, server.Public, code)).ShouldBeIssued();
    }
}
