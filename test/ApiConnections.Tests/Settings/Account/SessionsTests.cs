using System.Net;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Settings.Account.AppsTests;

namespace ApiConnections.Tests.Settings.Account;

/// <summary>A person sees where they are signed in, and ends it there.</summary>
public sealed class SessionsTests
{
    private const string Sessions = "/account/sessions";

    [Theory, Engines]
    public async Task Each_browser_stands_there_and_is_ended_one_by_one_or_all_but_this(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var person = await node.Person();
        using var browser = node.Browser(installation);
        using var second = node.Browser(installation);
        using var third = node.Browser(installation);
        foreach (var each in new[] { browser, second, third })
            await each.SignIn(person);

        var page = await browser.Get(Sessions);
        Text(page).ShouldContain("test browser");
        Text(page).ShouldContain("127.0.0.1");
        var ids = Ends(page);
        ids.Count.ShouldBe(3, "two others, and all others");
        ids[^1].ShouldBe("others");

        (await browser.Submit(Sessions, ("end", ids[0]))).Location.ShouldBe(Sessions + "?done=session_ended");
        Text(await browser.Get(Sessions + "?done=session_ended")).ShouldContain("That session has ended.");
        (await browser.Submit(Sessions, ("end", ids[0]))).Status.ShouldBe(HttpStatusCode.NotFound);
        new[] { (await second.Get(Sessions)).Status, (await third.Get(Sessions)).Status }.ShouldBe([HttpStatusCode.OK, HttpStatusCode.SeeOther], ignoreOrder: true);

        await browser.Get(Sessions);
        (await browser.Submit(Sessions, ("end", "others"))).Location.ShouldBe(Sessions + "?done=sessions_ended");
        (await browser.Get(Sessions)).Status.ShouldBe(HttpStatusCode.OK);
        (await second.Get(Sessions)).Status.ShouldBe(HttpStatusCode.SeeOther);
        (await third.Get(Sessions)).Status.ShouldBe(HttpStatusCode.SeeOther);
        Ends(await browser.Get(Sessions)).ShouldBeEmpty();
        (await installation.Count("transactions_log where action like 'session.end%'")).ShouldBe(2);
    }

    [Theory, Engines]
    public async Task Another_persons_session_cannot_be_ended(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (person, other) = (await node.Person(), await node.Person());
        using var browser = node.Browser(installation);
        using var others = node.Browser(installation);
        await browser.SignIn(person);
        await others.SignIn(other);
        var theirs = (await installation.Query<Guid>("select id from sessions where user_id = @Id", new { other.Id })).Single();
        await browser.Get(Sessions);
        var token = await Token(browser);

        foreach (var end in new[] { theirs.ToString(), Guid.CreateVersion7().ToString(), "", "zqx" })
            (await browser.Post(Sessions, [("end", end), ("antiforgery", token)])).Status.ShouldBe(HttpStatusCode.NotFound);
        await browser.Post(Sessions, [("end", "others"), ("antiforgery", token)]);

        (await others.Get(Sessions)).Status.ShouldBe(HttpStatusCode.OK);
        (await browser.Post(Sessions, [("end", "others"), ("antiforgery", token)], ("Sec-Fetch-Site", "cross-site"))).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    private static List<string> Ends(PageAnswer page) =>
        [.. System.Text.RegularExpressions.Regex.Matches(page.Html, "name=\"end\" value=\"([^\"]*)\"").Select(found => found.Groups[1].Value)];
}
