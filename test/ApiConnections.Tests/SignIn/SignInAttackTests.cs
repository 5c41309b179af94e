using System.Net;
using ApiConnections.Server.Model;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.SignIn;

/// <summary>Steps of a sign-in that somebody swaps, skips or sends again, and links that many open at once.</summary>
public sealed class SignInAttackTests
{
    [Theory, Engines]
    public async Task What_one_person_has_begun_another_cannot_finish_and_what_is_over_begins_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (victim, thief) = (await installation.Login(), await installation.Login());
        var victims = await node.SecondFactor(installation, victim);
        var thiefs = await node.SecondFactor(installation, thief);
        using var hers = node.Browser(installation);
        using var his = node.Browser(installation);
        (await hers.SignInAs(victim)).Location.ShouldBe("/signin/code");
        (await his.SignInAs(thief)).Location.ShouldBe("/signin/code");
        var kept = hers.Cookie("signin")!;

        // Her first step with his code, and no step at all.
        await his.Get("/signin/code");
        his.Cookies.Add(new Uri(node.Issuer), new Cookie("signin", kept));
        (await his.Submit("/signin/code", ("code", thiefs.Code(installation)))).Status.ShouldBe(HttpStatusCode.OK);
        (await his.IsSignedIn()).ShouldBeFalse();
        foreach (var path in new[] { "/signin/new-password", "/signin/second-factor" })
        {
            await his.Get("/signin/code");
            (await his.Submit(path, ("password", "four words in a row"), ("code", thiefs.Code(installation)), ("do", "begin"))).Location.ShouldBe("/signin/code", path);
        }

        (await installation.Count("sessions")).ShouldBe(0);

        // She signs in and out: what he kept of it needs another code, and her code was taken.
        var code = victims.Code(installation);
        await hers.Get("/signin/code");
        (await hers.Submit("/signin/code", ("code", code))).Location.ShouldBe("/account/apps");
        await hers.Get("/signout");
        await hers.Submit("/signout");
        await his.Get("/signin/code");
        (await his.Submit("/signin/code", ("code", code))).Location.ShouldBeNull();
        (await his.IsSignedIn()).ShouldBeFalse();

        // With another password it is worth nothing.
        (await installation.Type(installation.NewPassword(), "user", "reset-password", victim.Email)).Exit.ShouldBe(0);
        (await his.Get("/signin/code")).Location.ShouldBe("/signin");
        foreach (var odd in new[] { kept[..^1], kept + "A", "x", new string('A', 5000), "%00", "{}" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/signin/code");
            request.Headers.TryAddWithoutValidation("Cookie", "signin=" + odd);
            using var handler = new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false };
            using var http = new HttpClient(handler) { BaseAddress = new Uri(node.Issuer) };
            using var answer = await http.SendAsync(request);
            ((int)answer.StatusCode).ShouldBeLessThan(500, odd);
        }
    }

    [Theory, Engines]
    public async Task What_is_no_character_is_nobody_and_no_password(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        using var browser = node.Browser(installation);
        foreach (var odd in new[] { "\uFFFE", "\uFFFF", "a\uFFFE@acme.test", "\uFFFE@acme.test", "a@\uFFFE.test", "\0", "a\0@acme.test", "\uFDD0@acme.test", "\U0001FFFE@acme.test" })
        {
            ((int)(await browser.SignInAs(odd, login.Password)).Status).ShouldBeLessThan(500);
            ((int)(await browser.SignInAs(login.Email, odd)).Status).ShouldBeLessThan(500);
            ((int)(await browser.Get("/signin?login_hint=" + Uri.EscapeDataString(odd))).Status).ShouldBeLessThan(500);
        }

        (await installation.Count("sessions")).ShouldBe(0);
        installation.Log.Lines.ShouldAllBe(line => !line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Theory, Engines]
    public async Task Of_twenty_who_open_one_link_at_once_one_chooses_the_password(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start(configure: null);
        var login = await installation.Login();
        foreach (var (command, action) in new (string[], string)[] { (["user", "invite", "--email", "new@acme.test", "--role", "user"], "invitation.accept"), (["user", "reset-password", login.Email, "--link"], "password.reset_by_link") })
        {
            var path = new Uri((await installation.Reveal(command)).GetProperty("link").GetString()!).AbsolutePath;
            var browsers = Enumerable.Range(0, 20).Select(_ => node.Browser(installation)).ToArray();
            foreach (var browser in browsers)
                (await browser.Get(path)).Status.ShouldBe(HttpStatusCode.OK);

            var answers = await Task.WhenAll(browsers.Select(browser => browser.Submit(path, ("password", installation.NewPassword()))));

            answers.Count(answer => answer.Status == HttpStatusCode.SeeOther).ShouldBe(1, action);
            // Used by somebody else, or too many passwords to hash at this moment.
            answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.SeeOther || answer.Status == HttpStatusCode.Gone || answer.Status == HttpStatusCode.TooManyRequests);
            (await installation.Actions(action)).Count.ShouldBe(1);
            Array.ForEach(browsers, browser => browser.Dispose());
        }
    }

    [Theory, Engines]
    public async Task An_invitation_is_accepted_wholly_or_not_at_all_when_the_server_is_killed(On engine)
    {
        const int People = 8;
        await using var installation = await Installation.New(engine);
        var links = new List<string>();
        for (var i = 0; i < People; i++)
            links.Add(new Uri((await installation.Reveal("user", "invite", "--email", $"person{i}@acme.test", "--role", "user")).GetProperty("link").GetString()!).AbsolutePath);

        await using (var server = await ServerProcess.Start(installation))
        {
            var accepting = links.Select(path => Accept(server, path, installation.NewPassword())).ToArray();
            // As soon as the first is through, others are on their way.
            await Task.WhenAny(accepting);
            await server.Kill();
            (await Task.WhenAll(accepting)).Where(status => status is not null).ShouldAllBe(status => status == HttpStatusCode.SeeOther);
        }

        var accepted = await installation.Query<Guid>("select id from users where invited_until is null order by id");
        accepted.Count.ShouldBeGreaterThan(0);
        (await installation.Query<Guid>("select user_id from person_links where used_at is not null order by user_id")).ShouldBe(accepted);
        (await installation.Query<Guid>("select id from users where password_hash is not null order by id")).ShouldBe(accepted);
        (await installation.Query<string>("select subject from transactions_log where action = 'invitation.accept'")).Order().ShouldBe(accepted.Select(id => id.ToString()).Order());
        (await installation.Query<Guid>("select user_id from sessions order by user_id")).ShouldBe(accepted);
        await installation.Do("log", "verify");
    }

    [Theory, Engines]
    public async Task A_name_that_is_markup_is_shown_and_does_nothing(On engine)
    {
        const string Markup = "<img src=x onerror=alert(1)>{{7*7}}\"'&amp;";
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "edit", "Acme", "--name", Markup, "--contact", "</p><script>alert(1)</script>");
        await installation.Do("company", "link", "add", "--address", "https://x.test/\"><script>alert(1)</script>", "--en", "<b>One</b>", "--es", "<b>Uno</b>", "--pt", "<b>Um</b>");
        var node = await installation.Start();
        var path = new Uri((await installation.Reveal("user", "invite", "--email", "new@acme.test", "--role", "super_administrator")).GetProperty("link").GetString()!).AbsolutePath;
        using var browser = node.Browser(installation);
        (await browser.Get(path)).Html.ShouldContain("&lt;img src=x onerror=alert(1)&gt;");
        await browser.Submit(path, ("password", installation.NewPassword()));
        foreach (var page in new[] { path, "/account/apps", "/settings/general", "/settings/log?text=%3Cscript%3E" })
        {
            (await browser.Visit(page)).Status.ShouldNotBe(HttpStatusCode.InternalServerError, page);
            browser.Page.Html.ShouldNotContain("<img src=x", Case.Sensitive, page);
            browser.Page.Html.ShouldNotContain("<script>alert", Case.Sensitive, page);
            browser.Page.Html.ShouldNotContain("<b>One", Case.Sensitive, page);
        }
    }

    [Theory, Engines]
    public async Task Nothing_that_an_address_of_a_list_or_file_says_wrong_breaks_it(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        using var browser = node.Browser(installation);
        await browser.SignIn(await node.Person(role: UserRole.SuperAdministrator));
        string[] odd = ["-1", "0", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e9", "NaN", "' or 1=1 --", "%00", "%EF%BF%BE", "%F0%9F%98%80", "%25", "_", "\\", "0001-01-01", "9999-12-31", "1971-01-01", "9000-12-31", new string('x', 3000)];
        foreach (var list in new[] { "/settings/log.csv", "/settings/log.jsonl", "/settings/users.csv", "/settings/api-connections/consumers.csv" })
        {
            foreach (var name in new[] { "before", "from", "to", "text", "actor", "ip", "module", "action", "subject", "q", "name", "email", "role", "group", "status", "seen", "factor", "sort", "desc", "page", "key", "grant", "used" })
            {
                foreach (var value in odd)
                {
                    var answer = await browser.Get($"{list}?{name}={(value.StartsWith('%') ? value : Uri.EscapeDataString(value))}");
                    ((int)answer.Status).ShouldBeLessThan(500, $"{list}?{name}={value}");
                }
            }
        }

        installation.Log.Lines.ShouldAllBe(line => !line.StartsWith("Error", StringComparison.Ordinal) && !line.StartsWith("Critical", StringComparison.Ordinal));
    }

    private static async Task<HttpStatusCode?> Accept(ServerProcess server, string path, string password)
    {
        try
        {
            using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = server.Http.BaseAddress };
            using var opened = await http.GetAsync(path);
            var page = await PageAnswer.Read(opened);
            using var form = new FormUrlEncodedContent([.. page.Hidden.Select(field => KeyValuePair.Create(field.Name, field.Value)), KeyValuePair.Create("password", password)]);
            using var answer = await http.PostAsync(path, form);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            // It was killed.
            return null;
        }
    }
}
