using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Token;

/// <summary>The error table of the token endpoint: situation, status, code. The word "zqx" stands for what a caller made up.</summary>
[Rfc("6749 s5.2")]
public sealed class ErrorTable(TokenServer server) : IClassFixture<TokenServer>
{
    private const string Grant = "grant_type=client_credentials";

    /// <summary>With good credentials: what is wrong stands in the form.</summary>
    public static TheoryData<string, string, int, string> Forms => new()
    {
        { "empty form", "", 400, "invalid_request" },
        { "no grant_type", "scope=tasks:view", 400, "invalid_request" },
        { "empty grant_type", "grant_type=&scope=tasks:view", 400, "invalid_request" },
        { "grant_type twice", Grant + "&" + Grant, 400, "invalid_request" },
        { "grant_type twice, once in other spelling", Grant + "&grant%5Ftype=zqx", 400, "invalid_request" },
        { "client_id twice", Grant + "&client_id={key}&client_id={key}", 400, "invalid_request" },
        { "client_secret twice", Grant + "&client_secret={secret}&client_secret={secret}", 400, "invalid_request" },
        { "scope twice", Grant + "&scope=tasks:view&scope=assets:view", 400, "invalid_request" },
        { "scope twice, empty", Grant + "&scope=&scope=", 400, "invalid_request" },
        { "percent at the end", Grant + "&scope=zqx%", 400, "invalid_request" },
        { "percent and one digit", Grant + "&scope=%4", 400, "invalid_request" },
        { "percent and no hexadecimal", Grant + "&scope=%zqx", 400, "invalid_request" },
        { "percent in a name", Grant + "&%g0=1", 400, "invalid_request" },
        { "a byte that is no UTF-8", Grant + "&scope=%ff", 400, "invalid_request" },
        { "a raw byte that is no UTF-8", Grant + "&scope=\u00ff", 400, "invalid_request" },
        { "overlong UTF-8", Grant + "&scope=%c0%af", 400, "invalid_request" },
        { "half a surrogate in UTF-8", Grant + "&scope=%ed%a0%80", 400, "invalid_request" },
        { "no UTF-8 in an ignored parameter", Grant + "&zqx=%ff", 400, "invalid_request" },
        { "no UTF-8 in an ignored name", Grant + "&zqx%ff=1", 400, "invalid_request" },
        { "33 parameters", Grant + string.Concat(Enumerable.Range(0, 32).Select(i => $"&zqx{i}=1")), 400, "invalid_request" },
        { "a name of 65 bytes", Grant + "&" + new string('z', 65) + "=1", 400, "invalid_request" },
        { "a value of 8193 bytes", Grant + "&zqx=" + new string('z', 8193), 400, "invalid_request" },
        { "secret in header and form", Grant + "&client_secret={secret}", 400, "invalid_request" },
        { "secret in header and form, with client_id", Grant + "&client_id={key}&client_secret={secret}", 400, "invalid_request" },
        { "another client_id in the form", Grant + "&client_id=zqx", 400, "invalid_request" },
        { "client_id in other letters", Grant + "&client_id=%20{key}", 400, "invalid_request" },
        { "unknown grant", "grant_type=zqx", 400, "unsupported_grant_type" },
        { "password grant", "grant_type=password&username=zqx&password=zqx", 400, "unsupported_grant_type" },
        { "grant in other letters", "grant_type=Client_Credentials", 400, "unsupported_grant_type" },
        { "grant with a space", "grant_type=client_credentials%20", 400, "unsupported_grant_type" },
        { "code grant of a program", "grant_type=authorization_code&code=zqx", 400, "unauthorized_client" },
        { "refresh of a program", "grant_type=refresh_token&refresh_token=zqx", 400, "unauthorized_client" },
        { "two spaces in the scope", Grant + "&scope=tasks:view++assets:view", 400, "invalid_scope" },
        { "space before the scope", Grant + "&scope=+tasks:view", 400, "invalid_scope" },
        { "space after the scope", Grant + "&scope=tasks:view+", 400, "invalid_scope" },
        { "only a space in the scope", Grant + "&scope=+", 400, "invalid_scope" },
        { "quote in the scope", Grant + "&scope=tasks:view%22zqx", 400, "invalid_scope" },
        { "backslash in the scope", Grant + "&scope=tasks:view%5Czqx", 400, "invalid_scope" },
        { "tab in the scope", Grant + "&scope=tasks:view%09assets:view", 400, "invalid_scope" },
        { "line feed in the scope", Grant + "&scope=tasks:view%0Aassets:view", 400, "invalid_scope" },
        { "NUL in the scope", Grant + "&scope=tasks:view%00", 400, "invalid_scope" },
        { "DEL in the scope", Grant + "&scope=tasks:view%7F", 400, "invalid_scope" },
        { "letters beyond ASCII in the scope", Grant + "&scope=t%C3%A1sks:view", 400, "invalid_scope" },
        { "unknown scope", Grant + "&scope=zqx:view", 400, "invalid_scope" },
        { "unknown scope beside a known one", Grant + "&scope=tasks:view+zqx:view", 400, "invalid_scope" },
        { "scope in other letters", Grant + "&scope=Tasks:View", 400, "invalid_scope" },
        { "a star for a scope", Grant + "&scope=*", 400, "invalid_scope" },
        { "nothing left of the scope", Grant + "&scope=assets:delete+tasks:add", 400, "invalid_scope" },
        { "unknown resource", Grant + "&resource=https://zqx.test", 400, "invalid_target" },
        { "resource that is no URI", Grant + "&resource=zqx", 400, "invalid_target" },
        { "resource with a slash at its end", Grant + "&resource=https://api.test/", 400, "invalid_target" },
        { "resource with a fragment", Grant + "&resource=https://api.test%23zqx", 400, "invalid_target" },
        { "resource in other letters", Grant + "&resource=https://API.test", 400, "invalid_target" },
        { "another company's resource", Grant + "&resource=https://other.test", 400, "invalid_target" },
        { "two resources", Grant + "&resource=https://api.test&resource=https://other.test", 400, "invalid_target" },
        { "one resource twice", Grant + "&resource=https://api.test&resource=https://api.test", 400, "invalid_target" },
    };

    /// <summary>Without good credentials of the row's own making.</summary>
    public static TheoryData<string, string, string, int, string> Credentials => new()
    {
        { "none", Grant, "", 401, "invalid_client" },
        { "only a client_id", Grant + "&client_id={key}", "", 401, "invalid_client" },
        { "an empty secret", Grant + "&client_id={key}&client_secret=", "", 401, "invalid_client" },
        { "an empty client_id", Grant + "&client_id=&client_secret={secret}", "", 401, "invalid_client" },
        { "only a secret", Grant + "&client_secret={secret}", "", 401, "invalid_client" },
        { "unknown key", Grant + "&client_id=zqx&client_secret={secret}", "", 401, "invalid_client" },
        { "wrong secret", Grant + "&client_id={key}&client_secret=zqx", "", 401, "invalid_client" },
        { "cut secret", Grant + "&client_id={key}&client_secret={cut}", "", 401, "invalid_client" },
        { "secret with a letter more", Grant + "&client_id={key}&client_secret={secret}z", "", 401, "invalid_client" },
        { "secret with a NUL more", Grant + "&client_id={key}&client_secret={secret}%00", "", 401, "invalid_client" },
        { "secret of another consumer", Grant + "&client_id={key}&client_secret={other}", "", 401, "invalid_client" },
        { "key in other letters", Grant + "&client_id={swapped}&client_secret={secret}", "", 401, "invalid_client" },
        { "key with a space before", Grant + "&client_id=+{key}&client_secret={secret}", "", 401, "invalid_client" },
        { "key with control characters", Grant + "&client_id=%00%0D%0A%1b[31mzqx&client_secret={secret}", "", 401, "invalid_client" },
        { "key beyond ASCII", Grant + "&client_id=%F0%9F%92%A9&client_secret={secret}", "", 401, "invalid_client" },
        { "huge key", Grant + "&client_id=" + new string('z', 8000) + "&client_secret={secret}", "", 401, "invalid_client" },
        { "huge secret", Grant + "&client_id={key}&client_secret=" + new string('z', 8000), "", 401, "invalid_client" },
        { "SQL for a key", Grant + "&client_id='+or+1%3D1--&client_secret={secret}", "", 401, "invalid_client" },
        { "wildcards for a key", Grant + "&client_id=%25&client_secret={secret}", "", 401, "invalid_client" },
        { "Basic alone", Grant, "Authorization: Basic", 401, "invalid_client" },
        { "empty header", Grant, "Authorization: ", 401, "invalid_client" },
        { "Basic that is no base64", Grant, "Authorization: Basic zqx*zqx", 401, "invalid_client" },
        { "Basic without padding", Grant, "Authorization: Basic YTpiYw", 401, "invalid_client" },
        { "Basic without a colon", Grant, "Authorization: Basic {base64:zqx}", 401, "invalid_client" },
        { "Basic with an empty key", Grant, "Authorization: Basic {base64::zqx}", 401, "invalid_client" },
        { "Basic with an empty secret", Grant, "Authorization: Basic {base64:zqx:}", 401, "invalid_client" },
        { "Basic with both empty", Grant, "Authorization: Basic {base64::}", 401, "invalid_client" },
        { "Basic with malformed encoding of the key", Grant, "Authorization: Basic {base64:%zz:zqx}", 401, "invalid_client" },
        { "Basic that is no UTF-8", Grant, "Authorization: Basic {base64:zqx\u00ff:zqx}", 401, "invalid_client" },
        { "Basic with a wrong secret", Grant, "Authorization: Basic {base64:{key}:zqx}", 401, "invalid_client" },
        { "Basic with an unknown key", Grant, "Authorization: Basic {base64:zqx:{secret}}", 401, "invalid_client" },
        { "huge Basic", Grant, "Authorization: Basic {base64:" + new string('z', 6000) + ":zqx}", 401, "invalid_client" },
        { "another scheme", Grant, "Authorization: Bearer zqx", 401, "invalid_client" },
        { "another scheme beside a good form", Grant + "&client_id={key}&client_secret={secret}", "Authorization: Bearer zqx", 400, "invalid_request" },
        { "several Authorization headers", Grant, "Authorization: Basic {base64:{key}:{secret}}\r\nAuthorization: Basic {base64:{key}:{secret}}", 400, "invalid_request" },
        { "an app with a program's grant", Grant, "Authorization: Basic {base64:{app}}", 400, "unauthorized_client" },
    };

    public static TheoryData<string> Queries =>
        ["client_secret={secret}", "client_id={key}", "client%5Fsecret={secret}", "CLIENT_SECRET={secret}", "refresh_token=zqx", "code=zqx", "client_assertion=zqx", "access_token=zqx", "zqx=1&client_id="];

    [Theory, MemberData(nameof(Forms))]
    public async Task A_wrong_form_is_refused(string situation, string form, int status, string error) =>
        await Refuse(situation, Wire.Form(server.Fill(form), server.Basic), status, error);

    [Theory, MemberData(nameof(Credentials))]
    public async Task Wrong_credentials_are_refused(string situation, string form, string header, int status, string error) =>
        await Refuse(situation, Wire.Form(server.Fill(form), header.Length == 0 ? [] : [server.Fill(header)]), status, error);

    [Theory, MemberData(nameof(Queries))]
    public async Task Credentials_in_the_address_are_refused_beside_good_ones_too(string query) =>
        await Refuse(query, Wire.Request("POST", "/oauth/token?" + server.Fill(query), Grant, "Content-Type: application/x-www-form-urlencoded", server.Basic), 400, "invalid_request");

    private async Task Refuse(string situation, string request, int status, string error)
    {
        var answer = (await Wire.Exchange(server.Node, request)).ShouldNotBeNull(situation);

        answer.ShouldBeRefused((HttpStatusCode)status, error);
        answer.ShouldTellNothing("zqx", server.Consumer.Secret, server.Consumer.Key);
    }
}
