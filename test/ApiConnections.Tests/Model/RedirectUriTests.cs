using ApiConnections.Server.Model;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Model;

[Rfc("9700 s2.1", "8252 s7")]
public sealed class RedirectUriTests
{
    [Theory]
    [InlineData("https://app.example/callback")]
    [InlineData("https://app.example:8443/a/b?tenant=7")]
    [InlineData("https://app.example/%7Euser/callback")]
    [InlineData("https://xn--bcher-kva.example/cb")]
    [InlineData("http://127.0.0.1/callback")]
    [InlineData("http://[::1]:4711/callback")]
    [InlineData("http://localhost/callback")]
    [InlineData("com.example.app:/callback")]
    public void An_address_that_apps_use_can_be_registered(string address) => RedirectUri.WhyNot(address).ShouldBeNull();

    [Theory]
    [InlineData("", "characters")]
    [InlineData("/callback", "absolute")]
    [InlineData("//app.example/callback", "absolute")]
    [InlineData("app.example/callback", "absolute")]
    [InlineData("http://app.example/callback", "https")]
    [InlineData("http://127.0.0.1.evil.example/callback", "https")]
    [InlineData("http://localhost.evil.example/callback", "https")]
    [InlineData("https://app.example/callback#fragment", "fragment")]
    [InlineData("https://*.app.example/callback", "wildcard")]
    [InlineData("https://app.example/*", "wildcard")]
    [InlineData("https://user@app.example/callback", "user name")]
    [InlineData("https://user:password@app.example/callback", "user name")]
    [InlineData("http://127.0.0.1@evil.example/callback", "user name")]
    [InlineData("javascript:alert(1)", "javascript")]
    [InlineData("data:text/html,x", "data")]
    [InlineData("vbscript:x", "vbscript")]
    [InlineData("file:///etc/passwd", "file")]
    [InlineData("myapp:/callback", "dot")]
    [InlineData("https://app.example/callback?code=1", "code")]
    [InlineData("https://app.example/callback?a=b&state=1", "state")]
    [InlineData("https://app.example/callback?%63ode=1", "code")]
    [InlineData("https://app.example/callback?iss=x", "iss")]
    [InlineData("https://app.example/callback?error=x", "error")]
    [InlineData("https://app.example/call back", "characters of a URI")]
    [InlineData("https://app.example/call\\back", "characters of a URI")]
    [InlineData("https://app.example/call\tback", "characters of a URI")]
    [InlineData("https://app.example/call\r\nback", "characters of a URI")]
    [InlineData("https://bücher.example/callback", "characters of a URI")]
    [InlineData("https://app\uFF0Eexample/callback", "characters of a URI")]
    [InlineData("HTTPS://app.example/callback", "lower case")]
    [InlineData("https:app.example/callback", "absolute")]
    public void An_address_that_others_could_misread_is_refused_with_the_reason(string address, string reason) =>
        RedirectUri.WhyNot(address).ShouldNotBeNull().ShouldContain(reason);

    [Fact]
    public void An_endless_address_is_refused() => RedirectUri.WhyNot("https://app.example/" + new string('a', 2000)).ShouldNotBeNull();
}
