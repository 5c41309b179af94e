using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

/// <summary>What the token endpoint does not even read, and what it takes.</summary>
[Rfc("6749 s3.2", "6749 s5.2", "9110 s15.5")]
public sealed class ErrorTableOfHttp(TokenServer server) : IClassFixture<TokenServer>
{
    private const string Grant = "grant_type=client_credentials";
    private const string FormType = "Content-Type: application/x-www-form-urlencoded";
    private const int Longest = 64 * 1024;

    /// <summary>What stands here for the header after good credentials, and the form.</summary>
    public static TheoryData<string, string, string> Taken => new()
    {
        { "unknown parameters", FormType, Grant + "&audience=zqx&nonce=zqx" },
        { "an unknown parameter twice", FormType, Grant + "&zqx=1&zqx=2" },
        { "empty parameters count as absent", FormType, Grant + "&scope=&resource=&client_secret=&client_id=" },
        { "the same client_id as in the header", FormType, Grant + "&client_id={key}" },
        { "empty pairs", FormType, "&&" + Grant + "&&" },
        { "a parameter without a name", FormType, Grant + "&=1" },
        { "32 parameters", FormType, Grant + string.Concat(Enumerable.Range(0, 31).Select(i => $"&zqx{i}=1")) },
        { "a name of 64 bytes", FormType, Grant + "&" + new string('z', 64) + "=1" },
        { "a value of 8192 bytes", FormType, Grant + "&zqx=" + new string('z', 8192) },
        { "encoded letters", FormType, "gr%61nt_type=client%5fcredentials&scope=tasks%3aview" },
        { "charset", FormType + "; charset=UTF-8", Grant },
        { "charset in quotes", FormType + ";charset=\"utf-8\"", Grant },
        { "type in other letters", "content-type: Application/X-WWW-Form-URLEncoded", Grant },
        { "other parameters in the address", FormType, Grant },
    };

    public static TheoryData<string> WrongTypes =>
    [
        "", "Content-Type: ", "Content-Type: text/plain", "Content-Type: application/json", "Content-Type: multipart/form-data; boundary=zqx", "Content-Type: zqx",
        "Content-Type: application/x-www-form-urlencoded-zqx", "Content-Type: application/x-www-form-urlencoded; charset=iso-8859-1", "Content-Type: application/x-www-form-urlencoded, text/plain",
    ];

    [Theory, MemberData(nameof(Taken))]
    public async Task What_is_unusual_but_right_is_taken(string situation, string header, string form)
    {
        var target = situation.EndsWith("address", StringComparison.Ordinal) ? "/oauth/token?zqx=1" : "/oauth/token";

        var answer = (await Wire.Exchange(server.Node, Wire.Request("POST", target, server.Fill(form), header, server.Basic))).ShouldNotBeNull(situation);

        answer.ShouldBeIssued();
    }

    [Theory]
    [InlineData("GET"), InlineData("PUT"), InlineData("DELETE"), InlineData("PATCH"), InlineData("TRACE"), InlineData("OPTIONS"), InlineData("ZQX")]
    public async Task Only_POST_is_allowed(string method)
    {
        var answer = (await Wire.Exchange(server.Node, Wire.Request(method, "/oauth/token", "", FormType, server.Basic))).ShouldNotBeNull();

        answer.ShouldBeRefused(HttpStatusCode.MethodNotAllowed, "invalid_request");
        answer.Headers["Allow"].ShouldBe("POST, OPTIONS");
    }

    [Fact]
    public async Task HEAD_is_refused_without_a_body()
    {
        using var wire = await Wire.Open(server.Node);
        await wire.Send(Wire.Request("HEAD", "/oauth/token", "", FormType, server.Basic));
        var answer = (await wire.Read(head: true)).ShouldNotBeNull();
        await wire.Send(Wire.Form(Grant, server.Basic));

        answer.Status.ShouldBe(HttpStatusCode.MethodNotAllowed);
        answer.Headers["Allow"].ShouldBe("POST, OPTIONS");
        answer.Headers["Cache-Control"].ShouldBe("no-store");
        (await wire.Read()).ShouldNotBeNull("the next request on the connection").ShouldBeIssued();
    }

    [Theory, MemberData(nameof(WrongTypes))]
    public async Task Only_a_form_is_read(string type)
    {
        var answer = (await Wire.Exchange(server.Node, Wire.Request("POST", "/oauth/token", Grant, type.Length == 0 ? [server.Basic] : [type, server.Basic]))).ShouldNotBeNull();

        answer.ShouldBeRefused(HttpStatusCode.UnsupportedMediaType, "invalid_request");
        answer.ShouldTellNothing("zqx");
    }

    [Fact]
    public async Task A_form_of_64_KiB_is_read_and_a_longer_one_refused_however_it_is_sent()
    {
        var (fits, long1) = (Padded(Longest), Padded(Longest + 1));

        (await Wire.Exchange(server.Node, Wire.Form(fits, server.Basic))).ShouldNotBeNull().ShouldBeIssued();
        (await Wire.Exchange(server.Node, Chunked(fits))).ShouldNotBeNull().ShouldBeIssued();
        foreach (var request in new[] { Wire.Form(long1, server.Basic), Chunked(long1), Chunked(Padded(Longest + 3000)), Wire.Form(Padded(4 * Longest), server.Basic), Chunked(Padded(4 * Longest)) })
        {
            var answer = (await Wire.Exchange(server.Node, request)).ShouldNotBeNull();
            answer.ShouldBeRefused(HttpStatusCode.RequestEntityTooLarge, "invalid_request");
        }

        server.Installation.Log.Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Critical", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_length_that_is_too_much_is_refused_before_anything_is_sent()
    {
        using var wire = await Wire.Open(server.Node);
        await wire.Send($"POST /oauth/token HTTP/1.1\r\nHost: localhost\r\n{FormType}\r\n{server.Basic}\r\nContent-Length: 999999999999\r\nExpect: 100-continue\r\n\r\n");

        (await wire.Read()).ShouldNotBeNull().ShouldBeRefused(HttpStatusCode.RequestEntityTooLarge, "invalid_request");
    }

    // Values of at most 8 KiB, so that only the length of the whole is in question.
    private static string Padded(int length)
    {
        var form = Grant;
        while (form.Length < length)
            form += "&p=" + new string('z', Math.Clamp(length - form.Length - 3, 0, 8000));

        return form[..length];
    }

    private string Chunked(string form) =>
        $"POST /oauth/token HTTP/1.1\r\nHost: localhost\r\n{FormType}\r\n{server.Basic}\r\nTransfer-Encoding: chunked\r\n\r\n"
        + string.Concat(form.Chunk(5000).Select(part => $"{part.Length:x}\r\n{new string(part)}\r\n")) + "0\r\n\r\n";
}
