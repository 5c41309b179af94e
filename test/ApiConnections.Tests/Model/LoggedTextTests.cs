using ApiConnections.Server.Model;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Model;

/// <summary>What an owner reads of a request holds no secret and hides nothing.</summary>
public sealed class LoggedTextTests
{
    [Theory]
    [InlineData("tasks:view assets:delete", "tasks:view assets:delete")]
    [InlineData("https://app.test/callback?x=1", "https://app.test/callback?x=1")]
    [InlineData("acs_0123456789abcdefghijABCDEFGHIJ0123456789abcdefghi", "***")]
    [InlineData("x acc_abc y acr_def z acs_", "x *** y *** z ***")]
    [InlineData("ACS%5Fabc", "***")]
    [InlineData("https://app.test/cb?code=abc&state=1", "https://app.test/cb?code=***&state=1")]
    [InlineData("https://app.test/cb#access_token=abc&x=1", "https://app.test/cb#access_token=***&x=1")]
    [InlineData("client_secret%3Dabc;x", "client_secret%3D***;x")]
    [InlineData("https://me:hunter2@app.test/", "https://***@app.test/")]
    [InlineData("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "***")]
    [InlineData("a\u202Eb\u0000c\u001b[31m", "a�b�c�[31m")]
    [InlineData(null, "")]
    public void Secrets_are_taken_out_and_what_hides_something_is_shown(string? text, string shown) => LoggedText.Of(text).ShouldBe(shown);

    [Fact]
    public void Half_a_character_is_shown_as_none() => LoggedText.Of("a\uD800b").ShouldBe("a�b");

    [Fact]
    public void It_is_bounded() => LoggedText.Of(string.Concat(Enumerable.Repeat("ab ", 3000))).Length.ShouldBe(501);

    [Fact]
    public void An_agent_is_printable_ascii_without_secrets() => LoggedText.Agent("curl/8 \u202Eé acs_abc " + new string(' ', 500)).ShouldStartWith("curl/8 ?? *** ");
}
