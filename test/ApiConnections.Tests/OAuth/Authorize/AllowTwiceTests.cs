using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.OAuth.Authorize;

public sealed class AllowTwiceTests
{
    [Theory, Engines]
    public async Task Allow_pressed_twice_gives_another_code_in_the_place_of_the_first(On engine)
    {
        await using var server = await AppServer.New(engine);
        using var browser = await server.SignedIn();
        await browser.Visit(server.Ask());
        var open = browser.Page;

        var first = (await browser.Allow("tasks:view")).ShouldGiveCode(server.Node);
        var second = (await Press(browser, open, "assets:view")).ShouldGiveCode(server.Node);

        second.ShouldNotBe(first);
        (await server.LiveCodes()).ShouldBe(1);
        // What was decided stays decided.
        (await server.Installation.Query<string>("select scope from authorization_codes")).ShouldAllBe(scope => scope == "tasks:view");
        (await server.Grants()).ShouldHaveSingleItem().Scope.ShouldBe("tasks:view");
        (await server.Installation.Count("transactions_log where action = 'authorization.grant'")).ShouldBe(1);
    }

    [Theory, Engines]
    public async Task After_the_code_was_redeemed_there_is_a_page_and_no_second_code(On engine)
    {
        await using var server = await AppServer.New(engine);
        using var browser = await server.SignedIn();
        await browser.Visit(server.Ask());
        var open = browser.Page;
        await browser.Allow("tasks:view");
        await server.Installation.Execute("update authorization_codes set redeemed_at = 1");

        (await Press(browser, open, "tasks:view")).ShouldBePage(HttpStatusCode.OK);

        browser.Page.Html.ShouldContain("answered already");
        (await server.Codes()).ShouldBe(1);
        (await browser.Get("/consent?request=" + open.Hidden.Single(field => field.Name == "request").Value)).ShouldBePage(HttpStatusCode.OK);
        (await browser.Post("/consent", [.. open.Hidden, ("decision", "deny")])).ShouldBePage(HttpStatusCode.OK);
        (await server.Codes()).ShouldBe(1);
    }

    [Theory, Engines]
    public async Task After_the_authorization_was_revoked_there_is_no_second_code(On engine)
    {
        await using var server = await AppServer.New(engine);
        using var browser = await server.SignedIn();
        await browser.Visit(server.Ask());
        var open = browser.Page;
        await browser.Allow("tasks:view");
        await server.Installation.Do("authorization", "revoke", (await server.Installation.Do("authorization", "list"))[0].GetProperty("id").GetString()!);

        (await Press(browser, open, "tasks:view")).ShouldBePage(HttpStatusCode.OK);

        (await server.Codes()).ShouldBe(1);
        (await server.Grants()).ShouldHaveSingleItem().Status.ShouldBe("revoked");
    }

    [Theory, Engines]
    public async Task Pressed_at_once_one_grants_and_one_code_lives(On engine)
    {
        await using var server = await AppServer.New(engine);
        using var browser = await server.SignedIn();
        for (var round = 0; round < 5; round++)
        {
            await browser.Visit(server.Ask("prompt=consent"));
            var form = browser.Page.Hidden.Concat([("decision", "allow"), ("scope", "tasks:view")]).Select(field => new KeyValuePair<string, string>(field.Item1, field.Item2)).ToArray();
            var cookies = browser.Cookies.GetCookieHeader(new Uri(server.Node.Issuer));

            var pages = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
            {
                using var http = new HttpClient(new HttpClientHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(server.Node.Issuer) };
                using var post = new HttpRequestMessage(HttpMethod.Post, "/consent") { Content = new FormUrlEncodedContent(form) };
                post.Headers.Add("Cookie", cookies);
                using var response = await http.SendAsync(post);
                return await PageAnswer.Read(response);
            }));

            pages.ShouldAllBe(page => page.Status == HttpStatusCode.OK);
            // The browser shows the last answer only, whichever that is.
            pages.ShouldAllBe(page => page.HandOver != null);
            (await server.Installation.Count("authorization_codes where redeemed_at is null and ended_at is null")).ShouldBe(1, $"round {round}");
            (await server.Installation.Count("transactions_log where action = 'authorization.grant'")).ShouldBe(round + 1);
            await server.Installation.Execute("update authorization_codes set redeemed_at = 1 where ended_at is null");
        }

        (await server.Grants()).ShouldHaveSingleItem();
        (await server.Installation.Run("log", "verify")).Exit.ShouldBe(0);
    }

    [Theory, Engines]
    public async Task Two_tabs_at_once_make_one_authorization(On engine)
    {
        await using var server = await AppServer.New(engine);
        using var browser = await server.SignedIn();
        var pages = new List<PageAnswer>();
        for (var i = 0; i < 8; i++)
            pages.Add(await browser.Visit(server.Ask("scope=" + AppServer.Everything[i % 4])));
        var cookies = browser.Cookies.GetCookieHeader(new Uri(server.Node.Issuer));

        var answers = await Task.WhenAll(pages.Select(async page =>
        {
            using var http = new HttpClient(new HttpClientHandler { UseCookies = false }) { BaseAddress = new Uri(server.Node.Issuer) };
            using var post = new HttpRequestMessage(HttpMethod.Post, "/consent")
            {
                Content = new FormUrlEncodedContent(page.Hidden.Concat([("decision", "allow"), ("scope", page.Boxes()[0])]).Select(field => new KeyValuePair<string, string>(field.Item1, field.Item2))),
            };
            post.Headers.Add("Cookie", cookies);
            using var response = await http.SendAsync(post);
            return await PageAnswer.Read(response);
        }));

        answers.ShouldAllBe(answer => answer.HandOver != null);
        var grant = (await server.Grants()).ShouldHaveSingleItem();
        (grant.Scope, grant.Declined).ShouldBe((string.Join(' ', AppServer.Everything), ""));
        // RFC 6819 s4.4.1.11: codes are not heaped up.
        (await server.LiveCodes()).ShouldBe(5);
    }

    private static Task<PageAnswer> Press(Browser browser, PageAnswer open, string scope) => browser.Post("/consent", [.. open.Hidden, ("decision", "allow"), ("scope", scope)]);
}
