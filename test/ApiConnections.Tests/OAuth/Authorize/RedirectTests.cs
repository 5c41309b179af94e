using System.Net;
using ApiConnections.Server.Model;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Authorize;

[Rfc("9700 s2.1", "8252 s7.3")]
public sealed class RedirectTests(AppServer server) : IClassFixture<AppServer>
{
    [Theory]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1:5000/cb")]
    [InlineData("http://127.0.0.1:80/cb", "http://127.0.0.1:65535/cb")]
    [InlineData("http://[::1]/cb?a=1", "http://[::1]:1/cb?a=1")]
    [InlineData("http://localhost:3000", "http://localhost:3001")]
    [InlineData("http://localhost?x", "http://localhost:3001?x")]
    public void N01_The_port_of_a_loopback_address_is_the_apps_to_choose(string registered, string requested) => new RedirectUri(registered).Allows(requested).ShouldBeTrue();

    [Theory]
    [InlineData("https://app.test/cb", "https://app.test:443/cb")]
    [InlineData("https://app.test/cb", "https://app.test:8443/cb")]
    [InlineData("https://127.0.0.1/cb", "https://127.0.0.1:8443/cb")]
    [InlineData("https://app.test/cb", "http://127.0.0.1:5000/cb")]
    [InlineData("https://app.test/cb", "http://localhost/cb")]
    [InlineData("http://127.0.0.1/cb", "http://localhost/cb")]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.2/cb")]
    [InlineData("http://127.0.0.1/cb", "https://127.0.0.1/cb")]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1:0/cb")]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1:/cb")]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1:65536/cb")]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1:999999999999/cb")]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1:5000/cb?x=1")]
    [InlineData("http://127.0.0.1/cb?x=1", "http://127.0.0.1:5000/cb")]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1:5000@evil.test/cb")]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1.evil.test/cb")]
    [InlineData("http://127.0.0.1", "http://127.0.0.1@evil.test")]
    [InlineData("http://127.0.0.1", "http://127.0.0.1#x")]
    [InlineData("http://localhost", "http://localhost.evil.test")]
    [InlineData("com.example.app:/cb", "com.example.app:80/cb")]
    public void N01_Nothing_else_may_differ(string registered, string requested) => new RedirectUri(registered).Allows(requested).ShouldBeFalse();

    /// <summary>What others let through, against <c>https://app.test/callback?tenant=7</c>.</summary>
    [Theory]
    [InlineData("https://app.test/CALLBACK?tenant=7")]
    [InlineData("https://APP.test/callback?tenant=7")]
    [InlineData("HTTPS://app.test/callback?tenant=7")]
    [InlineData("http://app.test/callback?tenant=7")]
    [InlineData("https://app.test/callback/?tenant=7")]
    [InlineData("https://app.test//callback?tenant=7")]
    [InlineData("https://app.test/./callback?tenant=7")]
    [InlineData("https://app.test/x/../callback?tenant=7")]
    [InlineData("https://app.test/callback;x?tenant=7")]
    [InlineData("https://app.test/callback\\x?tenant=7")]
    [InlineData("https://app.test\\callback?tenant=7")]
    [InlineData("https:\\\\app.test/callback?tenant=7")]
    [InlineData("https://app.test:443/callback?tenant=7")]
    [InlineData("https://app.test@evil.test/callback?tenant=7")]
    [InlineData("https://evil.test@app.test/callback?tenant=7")]
    [InlineData("https://app.test/callback?tenant=7#x")]
    [InlineData("https://app.test/callback?tenant=7&code=x")]
    [InlineData("https://app.test/callback?tenant=8")]
    [InlineData("https://app.test/callback")]
    [InlineData("https://app.test/callback?tenant=7 ")]
    [InlineData(" https://app.test/callback?tenant=7")]
    [InlineData("https://app.test/callback?tenant=7\0")]
    [InlineData("https://app.test/callback?tenant=7\r\nX: y")]
    [InlineData("https://app.test/\tcallback?tenant=7")]
    [InlineData("https://app.test/c%61llback?tenant=7")]
    [InlineData("https://app.test/%2e/callback?tenant=7")]
    [InlineData("https://app.test/%252e/callback?tenant=7")]
    [InlineData("https://app\u3002test/callback?tenant=7")]
    [InlineData("https://xn--app-.test/callback?tenant=7")]
    [InlineData("https://appxtest/callback?tenant=7")]
    [InlineData("https://fooapp.test/callback?tenant=7")]
    [InlineData("https://app.test.evil.test/callback?tenant=7")]
    [InlineData("//app.test/callback?tenant=7")]
    [InlineData("/callback?tenant=7")]
    [InlineData("javascript:alert(1)//https://app.test/callback?tenant=7")]
    [InlineData("data:text/html,x")]
    [InlineData("http://127.0.0.1/callback?tenant=7")]
    [InlineData("http://localhost:8080/callback?tenant=7")]
    [InlineData("*")]
    public async Task Peer_1_Peer_2_Peer_3_Peer_4_Peer_5_Peer_6_Peer_8_An_address_that_is_not_the_registered_one_is_never_used(string address)
    {
        using var browser = await server.SignedIn();
        foreach (var wrong in new[] { "", " response_type=token", " prompt=none" })
        {
            var page = await browser.Get(server.Ask("redirect_uri=" + Uri.EscapeDataString(address) + wrong));
            page.ShouldBePage(HttpStatusCode.BadRequest);
            // What was asked for is shown, and nothing that could be clicked.
            page.Html.ShouldNotContain("href=\"" + WebUtility.HtmlEncode(address));
        }

        await server.NothingGranted();
    }

    [Fact]
    public async Task Peer_3_Without_a_registered_address_nobody_is_sent_anywhere()
    {
        var bare = await server.Another("--callback", AppServer.Callback);
        await server.Installation.Execute("update consumers set callback_urls = '' where key = @Key", new { bare.Key });
        using var browser = await server.SignedIn();

        (await browser.Get(server.Ask("", bare))).ShouldBePage(HttpStatusCode.BadRequest);
        (await browser.Get(server.Ask("-redirect_uri", bare))).ShouldBePage(HttpStatusCode.BadRequest);
        (await server.Installation.Query<string>("select callback_urls from consumers where key = @Key", new { bare.Key })).ShouldBe([""]);
    }

    [Fact]
    [Rfc("6749 s3.1.2.3")]
    public async Task N03_It_may_be_left_out_where_there_is_one_and_must_not_where_there_are_several()
    {
        var two = await server.Another("--callback", "https://two.test/a", "--callback", "https://two.test/b");
        using var browser = await server.SignedIn();

        await browser.Visit(server.Ask("-redirect_uri"));
        (await browser.Allow()).HandOver.ShouldNotBeNull().ShouldStartWith(AppServer.Callback + "&code=acc_");
        (await server.Installation.Query<long>("select redirect_uri_given from authorization_codes")).ShouldBe([0]);
        (await browser.Get(server.Ask("-redirect_uri", two))).ShouldBePage(HttpStatusCode.BadRequest);
        (await browser.Get(server.Ask("redirect_uri=", two))).ShouldBePage(HttpStatusCode.BadRequest);
        (await browser.Visit(server.Ask("redirect_uri=https://two.test/b", two))).ShouldAsk();
        await server.Installation.Execute("delete from authorization_codes");
        await server.Installation.Execute("delete from authorizations where user_id is not null");
        await server.Installation.Execute("delete from transactions_log where action = 'authorization.grant'");
    }

    [Theory]
    [InlineData("https://q.test/cb", "https://q.test/cb?code=")]
    [InlineData("https://q.test", "https://q.test?code=")]
    [InlineData("https://q.test/cb?", "https://q.test/cb?code=")]
    [InlineData("https://q.test/cb?a=%20b&c", "https://q.test/cb?a=%20b&c&code=")]
    [InlineData("https://q.test/cb?a&", "https://q.test/cb?a&code=")]
    [InlineData("com.example.app:/cb", "com.example.app:/cb?code=")]
    [InlineData("com.example.app://cb/x?y=1", "com.example.app://cb/x?y=1&code=")]
    [InlineData("http://[::1]:5000/cb", "http://[::1]:5000/cb?code=")]
    [Rfc("6749 s3.1.2", "6749 s4.1.2")]
    public async Task N05_A_registered_query_stays_and_the_answer_follows_it(string registered, string start)
    {
        await using var mine = await AppServer.New(On.Sqlite);
        var app = await mine.Another("--callback", registered);
        using var browser = await mine.SignedIn();
        await browser.Visit(mine.Ask("redirect_uri=" + Uri.EscapeDataString(registered), app));

        var page = await browser.Allow();

        page.HandOver.ShouldNotBeNull().ShouldStartWith(start);
        page.ShouldGiveCode(mine.Node);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("a b+c&d=e%41#f?g/h'i\"j<k>l\\m;n,o:p@q[r]")]
    [InlineData("\r\nSet-Cookie: zqx=1\r\n\r\n<script>")]
    [InlineData("\0\u0001\u007f")]
    [InlineData("é€😀\u202e\u200b")]
    [InlineData("javascript:alert(1)")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    public async Task N19_The_state_comes_back_as_it_came(string state)
    {
        using var browser = await server.SignedIn();

        var page = await browser.Get(server.Ask($"state={Uri.EscapeDataString(state)} response_type=token"));

        page.ShouldRefuse(server.Node, "unsupported_response_type", state);
        page.Headers.ShouldNotContainKey("Set-Cookie");
    }

    [Fact]
    public async Task A_state_that_was_not_sent_does_not_come_back_and_one_that_was_sent_twice_neither()
    {
        using var browser = await server.SignedIn();

        (await browser.Get(server.Ask("-state response_type=token"))).ShouldRefuse(server.Node, "unsupported_response_type", null);
        (await browser.Get(server.Ask("state="))).Location.ShouldNotBeNull().ShouldStartWith("/consent");
        (await browser.Get(server.Ask("+state=b"))).ShouldRefuse(server.Node, "invalid_request", null);
    }
}
