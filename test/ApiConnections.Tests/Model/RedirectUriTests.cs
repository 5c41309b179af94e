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
    [InlineData("https://app.example")]
    [InlineData("https://app.example:8443/a/b;c/d?tenant=7&x=%20y")]
    [InlineData("https://xn--bcher-kva.example/cb")]
    [InlineData("https://192.0.2.7/cb")]
    [InlineData("https://[2001:db8::1]/cb")]
    [InlineData("https://app.example/callback?decode=1&codes=2&my_state=3")]
    [InlineData("http://127.0.0.1/callback")]
    [InlineData("http://127.0.0.1:5000/callback")]
    [InlineData("http://[::1]:5000/callback")]
    [InlineData("http://localhost:3000/callback")]
    [InlineData("com.example.app:/callback")]
    [InlineData("com.example.app://callback/here")]
    public void These_can_be_registered(string uri) => RedirectUri.WhyNot(uri).ShouldBeNull();

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("/callback")]
    [InlineData("//app.example/callback")]
    [InlineData("app.example/callback")]
    [InlineData("callback")]
    [InlineData("https:")]
    [InlineData("https:///callback")]
    [InlineData("https:app.example")]
    [InlineData("https:/app.example")]
    [InlineData("https://")]
    [InlineData("https://?x")]
    [InlineData("HTTPS://app.example/")]
    [InlineData("https://app.example/callback#")]
    [InlineData("https://app.example/callback#fragment")]
    [InlineData("https://*.app.example/")]
    [InlineData("https://app.example/*")]
    [InlineData("https://user@app.example/")]
    [InlineData("https://user:word@app.example/")]
    [InlineData("https://@app.example/")]
    [InlineData("https://app.example@evil.example/")]
    [InlineData("http://127.0.0.1@evil.example/")]
    [InlineData("http://localhost:80@evil.example/")]
    [InlineData("http://app.example/callback")]
    [InlineData("http://localhost.evil.example/")]
    [InlineData("http://127.0.0.1.evil.example/")]
    [InlineData("http://localhost./")]
    [InlineData("http://0.0.0.0/")]
    [InlineData("http://[::]/")]
    [InlineData("http://127.0.0.2/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("JavaScript:alert(1)")]
    [InlineData("data:text/html,hello")]
    [InlineData("vbscript:x")]
    [InlineData("file:///etc/passwd")]
    [InlineData("blob:https://app.example/x")]
    [InlineData("about:blank")]
    [InlineData("ws://app.example/")]
    [InlineData("ftp://app.example/")]
    [InlineData("mailto:me@app.example")]
    [InlineData("myapp:/callback")]
    [InlineData("myapp://callback")]
    [InlineData("com.example.app://user:word@host/callback")]
    [InlineData("com.example.app:/callback?code=x")]
    [InlineData("https://app.example/?code=x")]
    [InlineData("https://app.example/?a=b&state=x")]
    [InlineData("https://app.example/?iss")]
    [InlineData("https://app.example/?error=x")]
    [InlineData("https://app.example/?error_description=x")]
    [InlineData("https://app.example/?%63ode=x")]
    [InlineData("https://app.example/?CODE=x")]
    [InlineData("https://app.example/call back")]
    [InlineData(" https://app.example/")]
    [InlineData("https://app.example/\n")]
    [InlineData("https://app.example/\t")]
    [InlineData("ht\ntps://app.example/")]
    [InlineData("https://app.example\\@evil.example/")]
    [InlineData("https:\\\\app.example/")]
    [InlineData("https://bücher.example/")]
    [InlineData("https://app。example/")]
    [InlineData("https://app.example/\u202Egnp")]
    [InlineData("https://app.example/\0")]
    [InlineData("https://app.example/<script>")]
    [InlineData("https://app.example/\"quoted\"")]
    [InlineData("https://app.example:99999/")]
    [InlineData("https://app.example:port/")]
    [InlineData("https://[2001:db8::1/cb")]
    public void These_cannot(string uri)
    {
        var why = RedirectUri.WhyNot(uri);
        why.ShouldNotBeNull();
        why.ToString().ShouldEndWith(".");
    }

    [Fact]
    public void A_longer_one_than_two_thousand_characters_cannot()
    {
        const string Start = "https://app.example/";
        RedirectUri.WhyNot(Start + new string('a', 2000 - Start.Length)).ShouldBeNull();
        RedirectUri.WhyNot(Start + new string('a', 2001 - Start.Length)).ShouldNotBeNull();
    }
}
