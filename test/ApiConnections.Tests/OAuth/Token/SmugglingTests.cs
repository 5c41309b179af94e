using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

/// <summary>HTTP that two readers could understand in two ways, byte by byte.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc9112#section-11.2"/>
[Rfc("9112 s11.2")]
public sealed class SmugglingTests(TokenServer server) : IClassFixture<TokenServer>
{
    private const string Form = "Host: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    private const string Post = "POST /oauth/token HTTP/1.1\r\n" + Form;
    private const string Hidden = "GET /.well-known/jwks.json HTTP/1.1\r\nHost: localhost\r\n\r\n";

    /// <summary>Requests in which <c>{hidden}</c> stands where it may be taken for a second request.</summary>
    public static TheoryData<string, string> Corpus => new()
    {
        { "two lengths", Post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\na={hidden}" },
        { "two lengths that differ", Post + "Content-Length: 2\r\nContent-Length: 60\r\n\r\na={hidden}" },
        { "a list of lengths", Post + "Content-Length: 2, 2\r\n\r\na={hidden}" },
        { "a negative length", Post + "Content-Length: -1\r\n\r\na={hidden}" },
        { "a length in hexadecimal", Post + "Content-Length: 0x2\r\n\r\na={hidden}" },
        { "a length too big for a number", Post + "Content-Length: 99999999999999999999999\r\n\r\na={hidden}" },
        { "length and chunks", Post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}" },
        { "chunks and length", Post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{hidden}" },
        { "an unknown coding", Post + "Transfer-Encoding: zqx\r\n\r\n0\r\n\r\n{hidden}" },
        { "chunked not last", Post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{hidden}" },
        { "coding in disguise", Post + "Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n{hidden}" },
        { "space before the colon", Post + "Content-Length : 2\r\n\r\na={hidden}" },
        { "a folded header", Post + "X: 1\r\n Content-Length: 60\r\n\r\n{hidden}" },
        { "chunk extension with a bare line feed", Post + "Transfer-Encoding: chunked\r\n\r\n2;x\na=\r\n0\r\n\r\n{hidden}" },
        { "chunk extension ended by a line feed", Post + "Transfer-Encoding: chunked\r\n\r\n2;\n\r\na=\r\n0\r\n\r\n{hidden}" },
        { "chunk extension with a bare carriage return", Post + "Transfer-Encoding: chunked\r\n\r\n2;\rx\r\na=\r\n0\r\n\r\n{hidden}" },
        { "chunk size that is no number", Post + "Transfer-Encoding: chunked\r\n\r\nzz\r\na=\r\n0\r\n\r\n{hidden}" },
        { "negative chunk", Post + "Transfer-Encoding: chunked\r\n\r\n-1\r\na=\r\n0\r\n\r\n{hidden}" },
        { "huge chunk", Post + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\na=\r\n0\r\n\r\n{hidden}" },
        { "chunk longer than it says", Post + "Transfer-Encoding: chunked\r\n\r\n1\r\na={hidden}\r\n0\r\n\r\n" },
        { "chunk without its end", Post + "Transfer-Encoding: chunked\r\n\r\n2\r\na=0\r\n\r\n{hidden}" },
        { "bare carriage returns", "POST /oauth/token HTTP/1.1\rHost: localhost\r\r{hidden}" },
        { "NUL in a header", Post + "X: \u0000\r\nContent-Length: 2\r\n\r\na={hidden}" },
        { "no host", "POST /oauth/token HTTP/1.1\r\nContent-Length: 2\r\n\r\na={hidden}" },
        { "two hosts", Post + "Host: other\r\nContent-Length: 2\r\n\r\na={hidden}" },
        { "unknown version", "POST /oauth/token HTTP/9.9\r\n" + Form + "Content-Length: 2\r\n\r\na={hidden}" },
        { "HTTP/0.9", "GET /oauth/token\r\n\r\n{hidden}" },
        { "no HTTP at all", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003{hidden}" },
        { "HTTP/2 without being asked", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{hidden}" },
        { "space in the address", "POST /oauth/token x HTTP/1.1\r\n" + Form + "Content-Length: 2\r\n\r\na={hidden}" },
        { "NUL in the address", "POST /oauth/token%00 HTTP/1.1\r\n" + Form + "Content-Length: 2\r\n\r\na={hidden}" },
        { "41 headers", Post + string.Concat(Enumerable.Range(0, 41).Select(i => $"X-{i}: 1\r\n")) + "Content-Length: 2\r\n\r\na={hidden}" },
        { "17 KiB of headers", Post + string.Concat(Enumerable.Range(0, 17).Select(i => $"X-{i}: {new string('z', 1000)}\r\n")) + "Content-Length: 2\r\n\r\na={hidden}" },
        { "an address of 9 KiB", $"POST /oauth/token?{new string('z', 9000)} HTTP/1.1\r\n" + Form + "Content-Length: 2\r\n\r\na={hidden}" },
    };

    /// <summary>What Kestrel takes though it need not (RFC 9112 s2.2, s6.2): the length is what it says, nothing runs over.</summary>
    public static TheoryData<string, string> Lenient => new()
    {
        { "a length with a sign", Post + "Content-Length: +2\r\n\r\na={hidden}" },
        { "bare line feeds", "POST /oauth/token HTTP/1.1\nHost: localhost\nContent-Length: 2\n\na={hidden}" },
        { "malformed encoding in the address", "POST /oauth/%zz/token HTTP/1.1\r\n" + Form + "Content-Length: 2\r\n\r\na={hidden}" },
    };

    [Theory, MemberData(nameof(Lenient))]
    public async Task What_is_lenient_has_one_meaning(string situation, string request)
    {
        using var wire = await Wire.Open(server.Node);
        await wire.Send(request.Replace("{hidden}", Hidden, StringComparison.Ordinal));

        ((int)(await wire.Read()).ShouldNotBeNull().Status).ShouldBeInRange(400, 499, situation);
        (await wire.Read()).ShouldNotBeNull().Body.TryGetProperty("keys", out _).ShouldBeTrue();
        ((await wire.Read(atMost: TimeSpan.FromMilliseconds(200))) is null).ShouldBeTrue(wire.LastText);
    }

    [Theory, MemberData(nameof(Corpus))]
    public async Task Peer_71_A_request_of_two_meanings_is_refused_and_hides_no_second_one(string situation, string request)
    {
        using var wire = await Wire.Open(server.Node);
        await wire.Send(request.Replace("{hidden}", Hidden, StringComparison.Ordinal));

        // None at all where the server still waits for what was announced.
        var first = await wire.Read(atMost: TimeSpan.FromSeconds(2));
        var second = first is null ? null : await wire.Read(atMost: TimeSpan.FromMilliseconds(300));

        if (first is not null)
            ((int)first.Status).ShouldBeOneOf(400, 401, 404, 405, 411, 413, 414, 415, 431, 505);
        (second?.Status).ShouldBeNull(situation + ": the second request was answered " + wire.LastText);
        (await server.Node.Token(server.Consumer)).ShouldBeIssued();
        server.Installation.Log.Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal)).ShouldBeEmpty(situation);
    }

    [Fact]
    public async Task Requests_of_one_meaning_share_a_connection_and_do_not_mix()
    {
        using var wire = await Wire.Open(server.Node);
        await wire.Send(Wire.Form("grant_type=zqx", server.Basic) + Wire.Form("grant_type=client_credentials", server.Basic) + Wire.Form("grant_type=client_credentials") + Hidden);

        (await wire.Read()).ShouldNotBeNull().Error.ShouldBe("unsupported_grant_type");
        (await wire.Read()).ShouldNotBeNull().ShouldBeIssued();
        (await wire.Read()).ShouldNotBeNull().Error.ShouldBe("invalid_client");
        (await wire.Read()).ShouldNotBeNull().Body.TryGetProperty("keys", out _).ShouldBeTrue();
    }
}
