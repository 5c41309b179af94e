using System.Net;
using System.Text.RegularExpressions;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.SignIn;

public sealed partial class SignInTests
{
    [Theory, Engines]
    public async Task The_right_password_begins_a_session_and_says_so_in_the_log(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        using var browser = node.Browser(installation);

        var page = await browser.SignInAs(login.Email.ToUpperInvariant(), login.Password, "?return=%2Faccount%2Fsessions");

        (page.Status, page.Location).ShouldBe((HttpStatusCode.SeeOther, "/account/sessions"));
        (await browser.IsSignedIn()).ShouldBeTrue();
        var sessions = (await installation.Run("user", "sessions", login.Email, "--json")).Json();
        sessions.GetArrayLength().ShouldBe(1);
        sessions[0].GetProperty("methods").GetString().ShouldBe("pwd");
        sessions[0].GetProperty("ip").GetString().ShouldBe("127.0.0.1");
        (await installation.Actions("session.%")).ShouldBe(["session.begin"]);
        (await installation.Do("user", "list"))[0].GetProperty("last_signed_in_at").GetDateTimeOffset().ToUnix().ShouldBe(installation.Clock.GetUtcNow().ToUnix());
        await installation.Do("log", "verify");
    }

    [Theory, Engines]
    public async Task Nobody_can_tell_unknown_people_from_known_ones_by_the_answer(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        var disabled = await installation.Login();
        await installation.Do("user", "disable", disabled.Email);
        var without = await node.Person();
        var log = await installation.Count("transactions_log");
        var answers = new List<string>();
        foreach (var (email, password) in new (string?, string?)[]
        {
            (login.Email, "wrong password"), ("nobody@acme.test", "wrong password"), (disabled.Email, disabled.Password), (without.Email, "wrong password"), (login.Email, ""), (login.Email, null),
            (null, null), ("no address", "x"), ("", login.Password), (login.Email, new string('x', 129)), (login.Email, new string('x', 8000)), (login.Email, login.Password + "x"), (login.Email, login.Password[1..]),
            ("a\u0001b@acme.test", "x"), ("a\r\nSet-Cookie: x=y@acme.test", "x"), ("\u202Enobody@acme.test", "x"), (new string('a', 300) + "@acme.test", "x"), ("' or 1=1 --@acme.test", "x"), ("\"><script>alert(1)</script>@acme.test", "x"),
        })
        {
            // As if each were the first.
            using var browser = node.Browser(installation);
            await browser.Get("/signin");
            installation.Clock.Advance(TimeSpan.FromMinutes(15));
            var page = await browser.Submit("/signin", ("email", email), ("password", password));
            page.Html.ShouldNotContain("<script");
            page.Html.ShouldNotContain("\u202E");
            browser.Cookie("session").ShouldBeNull();
            answers.Add($"{(int)page.Status} {Headers(page)} {Bare(page.Html)}");
        }

        using (var browser = node.Browser(installation))
            (await browser.SignInAs("a\0b@acme.test", "x")).Status.ShouldBe(HttpStatusCode.BadRequest); // no form: the framework reads none with it
        answers.Distinct().ShouldHaveSingleItem();
        answers[0].ShouldStartWith("200 ");
        answers[0].ShouldContain("role=\"alert\"");
        (await installation.Count("sessions")).ShouldBe(0);
        (await installation.Count("transactions_log")).ShouldBe(log);

        static string Headers(PageAnswer page) => string.Join(';', page.Headers.Where(header => header.Key is not ("Date" or "Content-Length")).Select(header => header.Key + "=" + Bare(header.Value)));
    }

    [Fact]
    public async Task As_much_is_hashed_for_nobody_as_for_somebody()
    {
        using var hashing = new PasswordHashing();
        var real = (await hashing.Hash("a password of somebody")).Granted();
        var start = Environment.TickCount64;
        (await hashing.Compare(real, "wrong")).Granted().ShouldBe(PasswordMatch.Wrong);
        var somebody = Environment.TickCount64 - start;
        start = Environment.TickCount64;
        (await hashing.Compare(null, "wrong")).Granted().ShouldBe(PasswordMatch.Wrong);
        (await hashing.Compare(real, null)).Granted().ShouldBe(PasswordMatch.Wrong);
        (await hashing.Compare(real, new string('x', 100_000))).Granted().ShouldBe(PasswordMatch.Wrong);
        var nobody = (Environment.TickCount64 - start) / 3;

        // Steps, not time: what is skipped altogether would take none.
        nobody.ShouldBeGreaterThan(somebody / 5);
        Convert.FromBase64String(real)[..9].ShouldBe([1, 0, 0, 0, 2, 0, 3, 0x34, 0x50]); // version 3, HMAC-SHA-512, 210,000 rounds
    }

    [Theory]
    [InlineData("/\\evil.test")]
    [InlineData("//evil.test")]
    [InlineData("/\t/evil.test")]
    [InlineData("~//evil.test")]
    [InlineData("https:evil.test")]
    [InlineData("https://evil.test/")]
    [InlineData("http://127.0.0.1/")]
    [InlineData("evil.test")]
    [InlineData("\\\\evil.test")]
    [InlineData("/\n/evil.test")]
    [InlineData("/ok\r\nLocation: https://evil.test")]
    [InlineData("javascript:alert(1)")]
    [InlineData("")]
    [InlineData("/ñ")]
    public async Task Peer_CVE_2024_39694_An_address_elsewhere_is_no_place_to_return_to(string path)
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var login = await installation.Login();
        using var browser = node.Browser(installation);
        var query = "?return=" + Uri.EscapeDataString(path);

        (await browser.SignInAs(login, query)).Location.ShouldBe("/account/apps");
        (await browser.Get("/signin" + query)).Location.ShouldBe("/account/apps");
        await browser.Get("/signin?again=1");
        (await browser.Submit("/signin", ("email", login.Email), ("password", login.Password), ("return", path))).Location.ShouldBe("/account/apps");
        browser.Page.Headers.ShouldNotContainKey("Refresh");
    }

    [Theory]
    [InlineData("/oauth/authorize?request=CfDJ8%2Fa&x=1")]
    [InlineData("/account/apps?lang=es")]
    [InlineData("/")]
    [InlineData("/%09/ours")]
    public async Task A_path_of_ours_is_where_a_person_goes_after_signing_in(string path)
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var login = await installation.Login();
        using var browser = node.Browser(installation);

        (await browser.SignInAs(login, "?return=" + Uri.EscapeDataString(path))).Location.ShouldBe(path);
        (await browser.Get("/signin?return=" + Uri.EscapeDataString(path))).Location.ShouldBe(path);
    }

    [Fact]
    public async Task An_issuer_with_a_path_has_its_pages_below_it()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start(settings: ("ApiConnections:Issuer", "http://localhost/access"));
        var login = await installation.Login();
        using var browser = node.Browser(installation);

        var page = await browser.Get("/access/signin?return=%2Fconsent");
        page.Html.ShouldContain("action=\"/access/signin\"");
        page.Html.ShouldContain("href=\"/access/assets/");
        (await browser.Submit("/access/signin", ("email", login.Email), ("password", login.Password))).Location.ShouldBe("/access/consent");
    }

    [Fact]
    public async Task The_hint_of_an_app_fills_the_address_and_nothing_else()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        using var browser = node.Browser(installation);

        (await browser.Get("/signin?login_hint=pat%40acme.test")).Html.ShouldContain("value=\"pat@acme.test\"");
        var hostile = (await browser.Get("/signin?login_hint=" + Uri.EscapeDataString("\"><script>alert(1)</script>"))).Html;
        hostile.ShouldNotContain("<script");
        hostile.ShouldContain("&quot;&gt;&lt;script&gt;");
        (await browser.Get("/signin?login_hint=" + new string('a', 255))).Html.ShouldContain("type=\"email\" value=\"\"");
        (await browser.Get("/signin?login_hint=" + Uri.EscapeDataString("\u202Emoc.live@\u2066"))).Html.ShouldContain("type=\"email\" value=\"\"");
        (await browser.Get("/signin?login_hint=a&login_hint=b")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("en", "Sign in")]
    [InlineData("es", "Iniciar sesión")]
    [InlineData("pt", "Entrar")]
    public async Task The_page_speaks_three_languages(string language, string title)
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        using var browser = node.Browser(installation);

        (await browser.Get("/signin", ("Accept-Language", language + "-XX,fr;q=0.1"))).Html.ShouldContain($"<h1>{WebUtility.HtmlEncode(title)}</h1>".Replace("&#243;", "&#xF3;", StringComparison.Ordinal));
        (await browser.Get("/signin?lang=" + language)).Html.ShouldContain($"<html lang=\"{language}\">");
        (await browser.Get("/signin")).Html.ShouldContain($"<html lang=\"{language}\">");
    }

    [Fact]
    public async Task The_page_with_its_style_is_light_and_loads_nothing_from_elsewhere()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();

        var page = await node.Http.GetAsync("/signin");
        var html = await page.Content.ReadAsStringAsync();
        var style = await node.Http.GetByteArrayAsync(Regex.Match(html, "href=\"([^\"]+\\.css)\"").Groups[1].Value);

        (html.Length + style.Length + 1500).ShouldBeLessThan(15 * 1024); // with the headers of both
        Regex.Matches(html, "(?:href|src|action)=\"([^\"]*)\"").ShouldAllBe(match => match.Groups[1].Value.StartsWith('/'));
        html.ShouldNotContain("<script");
        html.ShouldNotContain("style=");
        page.Headers.GetValues("Content-Security-Policy").Single().ShouldBe("default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
        page.Headers.GetValues("X-Frame-Options").Single().ShouldBe("DENY");
        page.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
        page.Headers.GetValues("Referrer-Policy").Single().ShouldBe("same-origin");
        page.Headers.GetValues("Cross-Origin-Opener-Policy").Single().ShouldBe("same-origin");
        page.Headers.GetValues("Cross-Origin-Resource-Policy").Single().ShouldBe("same-origin");
        page.Headers.CacheControl!.ToString().ShouldBe("no-store");
        page.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
    }

    [Fact]
    public async Task Cookies_are_for_this_host_alone_and_under_https_nobody_else_can_set_them()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var login = await installation.Login();
        var plain = await installation.Start();
        using (var browser = plain.Browser(installation))
            (await browser.SignInAs(login)).Headers["Set-Cookie"].ShouldMatch("^session=[0-9A-Za-z]{43}; path=/; samesite=lax; httponly$");
        await plain.Stop();

        var node = await installation.Start(settings: ("ApiConnections:Issuer", "https://localhost"));
        var page = await node.Http.GetAsync("/signin");
        var antiforgery = page.Headers.GetValues("Set-Cookie").Single();
        antiforgery.ShouldMatch("^__Host-antiforgery=[^;]+; path=/; secure; samesite=lax; httponly$");
        using var post = new HttpRequestMessage(HttpMethod.Post, "/signin")
        {
            Content = new FormUrlEncodedContent([.. (await PageAnswer.Read(page)).Hidden.Select(field => KeyValuePair.Create(field.Name, field.Value)), KeyValuePair.Create("email", login.Email), KeyValuePair.Create("password", login.Password)]),
            Headers = { { "Cookie", antiforgery.Split(';')[0] }, { "X-Forwarded-Host", "evil.test" }, { "X-Forwarded-Proto", "http" }, { "Forwarded", "host=evil.test" } },
        };
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(node.Issuer) };
        using var answer = await client.SendAsync(post);

        // ZITADEL CVE-2026-29067: nothing is built from what a request says about its host.
        answer.Headers.Location!.OriginalString.ShouldBe("/account/apps");
        answer.Headers.GetValues("Set-Cookie").Single().ShouldMatch("^__Host-session=[0-9A-Za-z]{43}; path=/; secure; samesite=lax; httponly$");
    }

    [Theory, Engines]
    public async Task A_hash_of_less_work_is_made_anew_at_the_next_sign_in(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        var weak = new PasswordHasher<object>(Options.Create(new PasswordHasherOptions { IterationCount = 1000 })).HashPassword(new object(), login.Password);
        await installation.Execute("update users set password_hash = @weak", new { weak });
        using var browser = node.Browser(installation);

        (await browser.SignInAs(login)).Status.ShouldBe(HttpStatusCode.SeeOther);

        var strong = (await installation.Query<string>("select password_hash from users")).Single();
        Convert.FromBase64String(strong)[5..9].ShouldBe([0, 3, 0x34, 0x50]);
        (await browser.SignInAs(login, "?again=1")).Status.ShouldBe(HttpStatusCode.SeeOther);
        (await installation.Query<string>("select password_hash from users")).Single().ShouldBe(strong);
    }

    [Theory, OnlyPostgres]
    public async Task While_the_storage_is_away_there_is_a_page_that_says_so_and_the_retry_works(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var proxy = PostgresProxy.Before(installation);
        var node = await installation.Start(settings: proxy.Setting);
        var login = await installation.Login();
        using var browser = node.Browser(installation);
        var form = (await browser.Get("/signin")).Hidden;
        (string, string)[] filled = [.. form, ("email", login.Email), ("password", login.Password)];

        proxy.Cut();
        var away = await browser.Post("/signin", filled);
        away.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        away.Headers["Content-Type"].ShouldStartWith("text/html");
        away.Headers["Retry-After"].ShouldBe("1");
        away.Html.ShouldContain("Just a moment");

        proxy.Restore();
        await Within(TimeSpan.FromSeconds(9), async () => (await browser.Post("/signin", filled)).Status == HttpStatusCode.SeeOther, "the retry");
        (await installation.Count("sessions")).ShouldBe(1);
    }

    [Fact]
    public async Task A_flood_of_sign_ins_is_refused_and_tokens_flow_on()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        (await node.Token(consumer)).ShouldBeIssued();
        using var hashing = node.App.Services.GetRequiredService<PasswordHashing>();

        using var over = new CancellationTokenSource();
        var flood = Task.Run(async () =>
        {
            var hashes = new List<Task<Protocol.Outcome<PasswordMatch>>>();
            while (!over.IsCancellationRequested)
            {
                hashes.AddRange(Enumerable.Range(0, 100).Select(_ => hashing.Compare(null, "x")));
                await Task.Delay(1);
            }

            return (await Task.WhenAll(hashes)).Count(hash => hash.RefusedAs() == "sign_in_busy");
        });
        using var browser = node.Browser(installation);
        var sent = 0;
        await Within(TimeSpan.FromSeconds(30), async () => (await browser.SignInAs($"nobody{sent++}@acme.test", "x")).Status == HttpStatusCode.TooManyRequests, "a refusal");
        var page = browser.Page;
        (await node.Token(consumer)).ShouldBeIssued();
        await over.CancelAsync();

        page.Headers["Retry-After"].ShouldBe("3");
        page.Html.ShouldContain("Try again in a few seconds");
        (await flood).ShouldBeGreaterThan(50);
        (await browser.SignInAs("nobody@acme.test", "x")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [GeneratedRegex("CfDJ8[-_A-Za-z0-9]+|value=\"[^\"]*\"")]
    private static partial Regex Changing();

    private static string Bare(string text) => Regex.Replace(Changing().Replace(text, "…"), "( autofocus(=\"\")?)|\\s+", " ").Replace("  ", " ", StringComparison.Ordinal);
}
