using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

public sealed class FuzzTests(TokenServer server) : IClassFixture<TokenServer>
{
    private const int Requests = 2000;
    private static readonly TimeSpan longest = TimeSpan.FromSeconds(2);
    private static readonly string[] names = ["grant_type", "client_id", "client_secret", "scope", "resource", "grant%5ftype", "SCOPE", "code", "redirect_uri", "code_verifier", "refresh_token", "", "%", "%00", "\u00ff", "a[b]", "scope[]"];
    private static readonly string[] values =
        ["client_credentials", "authorization_code", "refresh_token", "{key}", "{secret}", "tasks:view", "assets:view+tasks:view", "https://api.test", "", "%", "%zz", "%00", "%ff", "\u00c3\u00a9", "'", "\"", "\\", "{", "<script>", "=", ";", "+", "%0d%0aX:+y"];
    private static readonly string[] headers =
    [
        "Authorization: Basic {base64:{key}:{secret}}", "Authorization: Basic {base64:{key}:zqx}", "Authorization: Basic {base64:%:%}", "Authorization: Basic !", "Authorization: Bearer x", "Authorization:",
        "Authorization: basic \u00ff", "User-Agent: \u00c3\u00a9", "User-Agent: \u0001", "X-Forwarded-For: zqx", "Cookie: a=\"", "Accept: */*;q=zqx", "Expect: zqx", "Origin: null", "Host: b",
        "Content-Encoding: gzip", "Content-Type: text/plain", "Content-Type: application/x-www-form-urlencoded; charset=utf-7", "Connection: zqx", "Upgrade: h2c", "Accept-Encoding: \t", "Range: bytes=9-1", "If-None-Match: *",
    ];

    [Fact]
    public async Task Two_thousand_odd_requests_are_answered_each_soon_and_none_by_an_error_of_ours()
    {
        var random = new Seeded(20260101);
        var issued = 0;
        var wire = await Wire.Open(server.Node);
        for (var i = 0; i < Requests; i++)
        {
            var request = Odd(random);
            var start = TimeProvider.System.GetTimestamp();
            await wire.Send(request);
            var answer = await wire.Read();
            TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(longest, request);
            ((int?)answer?.Status ?? 400).ShouldBeLessThan(500, request);
            issued += answer?.AccessToken is null ? 0 : 1;
            if (answer is null || answer.Headers.GetValueOrDefault("Connection") == "close")
            {
                wire.Dispose();
                wire = await Wire.Open(server.Node);
            }
        }

        wire.Dispose();
        issued.ShouldBeGreaterThan(0, "some of them are right");
        server.Installation.Log.Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal)).ShouldBeEmpty();
        (await server.Node.Token(server.Consumer)).ShouldBeIssued();
    }

    [Fact]
    public async Task Thirty_two_requests_at_once_are_all_answered()
    {
        for (var round = 0; round < 4; round++)
        {
            foreach (var answer in await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => server.Node.Token(server.Consumer))))
                answer.ShouldBeIssued();
        }
    }

    private string Odd(Seeded random)
    {
        var form = random.Below(10) == 0
            ? random.Bytes(400)
            : string.Join('&', Enumerable.Range(0, random.Below(random.Below(8) == 0 ? 40 : 6)).Select(_ => random.Pick(names) + "=" + random.Pick(values) + (random.Below(6) == 0 ? random.Bytes(5) : "")));
        if (random.Below(3) == 0)
            form = "grant_type=client_credentials&" + form;

        var lines = Enumerable.Range(0, random.Below(3)).Select(_ => random.Pick(headers)).Prepend(random.Below(2) == 0 ? headers[0] : "Accept: */*");
        return Wire.Form(server.Fill(form), [.. lines.Select(server.Fill)]);
    }
}
