using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.SignIn;

/// <summary>Forms that are not ours, or not as we made them, do nothing.</summary>
public sealed class FormTests
{
    [Theory, Engines]
    public async Task Forms_of_other_sites_and_of_other_browsers_are_refused(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        using var browser = node.Browser(installation);
        using var other = node.Browser(installation);
        (string, string)[] credentials = [("email", login.Email), ("password", login.Password)];
        (string Name, string Value)[] ours = [.. (await browser.Get("/signin")).Hidden, .. credentials];
        (string Name, string Value)[] others = [.. (await other.Get("/signin")).Hidden, .. credentials];

        await Refused(browser.Post("/signin", credentials));
        await Refused(browser.Post("/signin", [.. credentials, ("antiforgery", "")]));
        await Refused(browser.Post("/signin", [.. credentials, ("antiforgery", "CfDJ8" + new string('A', 150))]));
        await Refused(browser.Post("/signin", others));
        foreach (var site in new[] { "cross-site", "same-site", "nonsense" })
            await Refused(browser.Post("/signin", ours, ("Sec-Fetch-Site", site)));
        using (var json = new HttpRequestMessage(HttpMethod.Post, "/signin") { Content = new StringContent("{\"email\":1}", System.Text.Encoding.UTF8, "application/json") })
            await Refused(browser.Send(json));
        using (var empty = new HttpRequestMessage(HttpMethod.Post, "/signin"))
            await Refused(browser.Send(empty));
        foreach (var (type, body) in new[] { ("multipart/form-data; boundary=zqx", "--zqx"), ("multipart/form-data; boundary=zqx", "--zqx\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nx\r\n--zqx--\r\n"), ("multipart/form-data", "x"), ("zqx", "x") })
        {
            using var odd = new HttpRequestMessage(HttpMethod.Post, "/signin") { Content = new ByteArrayContent(System.Text.Encoding.ASCII.GetBytes(body)) };
            odd.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            await Refused(browser.Send(odd));
        }

        using (var large = new HttpRequestMessage(HttpMethod.Post, "/signin") { Content = new FormUrlEncodedContent(Enumerable.Range(0, 1000).Select(i => KeyValuePair.Create($"f{i}", "x"))) })
            await Refused(browser.Send(large));
        (await installation.Count("sessions")).ShouldBe(0);
        installation.Log.Lines.ShouldNotContain(line => line.StartsWith("Error", StringComparison.Ordinal));

        (await browser.Post("/signin", ours, ("Sec-Fetch-Site", "same-origin"))).Status.ShouldBe(HttpStatusCode.SeeOther);

        // The form was for nobody; now it would be for somebody.
        await Refused(browser.Post("/signin", ours));
        (await installation.Count("sessions")).ShouldBe(1);

        static async Task Refused(Task<PageAnswer> post)
        {
            var page = await post;
            page.Status.ShouldBe(HttpStatusCode.BadRequest);
            page.Location.ShouldBeNull();
            page.Headers["Content-Security-Policy"].ShouldContain("frame-ancestors 'none'");
        }
    }

    [Fact]
    public async Task Fields_twice_or_left_out_never_sign_anybody_in_and_their_order_does_not_matter()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var login = await installation.Login();
        using var browser = node.Browser(installation);
        var hidden = (await browser.Get("/signin")).Hidden;
        (string, string) email = ("email", login.Email), password = ("password", login.Password);

        foreach (var form in new (string, string)[][] { [], [email], [password], [email, password, password], [email, email, password], [("Email ", login.Email), password] })
        {
            installation.Clock.Advance(TimeSpan.FromMinutes(15));
            (await browser.Post("/signin", [.. hidden, .. form])).Status.ShouldBe(HttpStatusCode.OK);
        }

        (await installation.Count("sessions")).ShouldBe(0);
        (await browser.Post("/signin", [password, .. hidden.Reverse(), ("role", "super_administrator"), email])).Status.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Theory]
    [InlineData("/signin")]
    [InlineData("/signin/code")]
    [InlineData("/signout")]
    [InlineData("/setup/x")]
    public async Task Other_methods_are_refused_and_do_nothing(string path)
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        foreach (var method in new[] { "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS" })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path + "?email=a%40acme.test&password=x");
            using var answer = await node.Http.SendAsync(request);
            answer.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed, method);
            answer.Content.Headers.Allow.Order().ShouldBe(["GET", "POST"]);
            answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Credentials_in_an_address_sign_nobody_in()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var login = await installation.Login();
        using var browser = node.Browser(installation);

        var page = await browser.Get($"/signin?email={Uri.EscapeDataString(login.Email)}&password={login.Password}");

        page.Status.ShouldBe(HttpStatusCode.OK);
        page.Html.ShouldNotContain($"value=\"{login.Password}\"");
        (await installation.Count("sessions")).ShouldBe(0);
    }

    [Fact]
    public async Task Peer_GHSA_mp8m_wcxp_w648_A_password_never_stands_in_an_address()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        using var browser = node.Browser(installation);
        var password = installation.NewPassword();

        var page = await browser.SignInAs("@corp", password, "?return=%2Fconsent");

        page.Location.ShouldBeNull();
        page.Html.ShouldNotContain(password);
        page.Html.ShouldNotContain("method=\"get\"");
    }
}
