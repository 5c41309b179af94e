using System.Net;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;
using ApiConnections.Tests.OAuth.Authorize;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Settings.ApiConnections.Consumers;

/// <summary>Our own page takes one answer, of one request, in one session, for ten minutes; everything else that comes there, or asks to, gets a page.</summary>
[Rfc("9700 s2.1", "9207 s2.4")]
public sealed class TrialAbuseTests
{
    private static string CallbackOf(TrialDesk desk, string key) => desk.Server.Node.App.Services.GetRequiredService<Trials>().Callback(key);

    [Theory, Engines]
    public async Task Without_a_request_that_was_begun_our_page_is_no_address_of_any_app(On engine)
    {
        await using var desk = await TrialDesk.Open(engine);
        var begun = await desk.Begin();
        var callback = CallbackOf(desk, desk.App.Key);
        var state = begun.State.Reveal();
        var challenge = System.Web.HttpUtility.ParseQueryString(new Uri(begun.Address).Query)["code_challenge"];
        string[] wrong =
        [
            "", // the state and challenge of an app
            "state=" + state, // another challenge
            $"code_challenge={challenge}", // another state
            $"-state code_challenge={challenge}",
            $"state={TrialState.New(desk.Installation.Clock.GetUtcNow()).Reveal()} code_challenge={challenge}",
            $"state={state[..^1]}{(state[^1] == 'A' ? 'B' : 'A')} code_challenge={challenge}",
            $"state={state[..32]} code_challenge={challenge}",
            $"state={state} +state={state} code_challenge={challenge}",
            $"state={state} code_challenge={challenge} -client_id",
        ];
        foreach (var change in wrong)
            (await desk.Browser.Visit(desk.Server.Ask($"redirect_uri={Uri.EscapeDataString(callback)} {change}"))).ShouldBePage(HttpStatusCode.BadRequest);

        // With the right state, an address that is not exactly ours.
        foreach (var address in new[] { callback + "/", callback + "?x=1", callback.Replace("/test/", "/Test/", StringComparison.Ordinal), callback.Replace("127.0.0.1", "localhost", StringComparison.Ordinal), callback.Replace("/callback", "/../test/callback", StringComparison.Ordinal) })
            (await desk.Browser.Visit(desk.Server.Ask($"redirect_uri={Uri.EscapeDataString(address)} state={state} code_challenge={challenge}"))).ShouldBePage(HttpStatusCode.BadRequest);

        await desk.Server.NothingGranted();
        (await desk.People.Look(desk.Actor, desk.App.Key, begun)).Granted().IsOver.ShouldBeFalse();
    }

    [Theory, Engines]
    public async Task What_comes_back_is_taken_once_and_only_with_everything_right(On engine)
    {
        await using var desk = await TrialDesk.Open(engine);
        var other = await desk.Server.Another("--callback", AppServer.Callback);
        await using var somebody = await TrialDesk.Open(desk.Server);
        var begun = await desk.Begin();
        var back = await desk.Allow(begun);
        using var nobody = desk.Server.Browser();
        using var elsewhere = desk.Server.Browser();
        await elsewhere.SignIn(desk.Person);

        // Nobody, another person, the same person in another browser; another consumer's page; another state, issuer, or half an answer.
        (await nobody.Get(back)).ShouldBePage(HttpStatusCode.BadRequest);
        (await somebody.Browser.Get(back)).ShouldBePage(HttpStatusCode.BadRequest);
        (await elsewhere.Get(back)).ShouldBePage(HttpStatusCode.BadRequest);
        (await desk.Browser.Get(back.Replace(desk.App.Key, other.Key, StringComparison.Ordinal))).ShouldBePage(HttpStatusCode.BadRequest);
        (await desk.Browser.Get(back.Replace("state=", "state=0", StringComparison.Ordinal))).ShouldBePage(HttpStatusCode.BadRequest);
        (await desk.Browser.Get(back.Replace("iss=", "iss=x", StringComparison.Ordinal))).ShouldBePage(HttpStatusCode.BadRequest);
        (await desk.Browser.Get(back + "&error=access_denied")).ShouldBePage(HttpStatusCode.BadRequest);
        (await desk.Browser.Get(back + "&code=acc_other")).ShouldBePage(HttpStatusCode.BadRequest);
        ((await desk.Browser.Post(back, [])).Location ?? "").ShouldNotContain("answered");
        (await somebody.People.Look(somebody.Actor, desk.App.Key, begun)).Refused().ShouldBe("conflict");
        (await desk.People.Look(desk.Actor, desk.App.Key, begun)).Granted().IsOver.ShouldBeFalse();

        (await desk.Browser.Get(back)).Status.ShouldBe(HttpStatusCode.SeeOther);
        (await desk.Browser.Get(back)).ShouldBePage(HttpStatusCode.BadRequest);
        (await desk.Browser.Visit(TrialDesk.Local(begun.Address))).ShouldBePage(HttpStatusCode.BadRequest);
        await desk.Redeem(begun);
        (await desk.People.Look(desk.Actor, desk.App.Key, begun)).Refused().ShouldBe("conflict");
        (await desk.Installation.Count("consumer_trials where sealed_code is not null")).ShouldBe(0);
    }

    [Theory, Engines]
    public async Task Another_person_or_sign_in_cannot_answer_a_test(On engine)
    {
        await using var desk = await TrialDesk.Open(engine);
        var begun = await desk.Begin();
        await using var somebody = await TrialDesk.Open(desk.Server);
        using var nobody = desk.Server.Browser();
        using var elsewhere = desk.Server.Browser();
        await elsewhere.SignIn(desk.Person);

        foreach (var browser in new[] { somebody.Browser, nobody, elsewhere })
            (await browser.Visit(TrialDesk.Local(begun.Address))).ShouldBePage(HttpStatusCode.BadRequest);

        await desk.Server.NothingGranted();
    }

    [Theory, Engines]
    public async Task After_ten_minutes_nothing_is_asked_and_nothing_taken(On engine)
    {
        await using var desk = await TrialDesk.Open(engine);
        var (early, late) = (await desk.Begin(), await desk.Begin());
        var back = await desk.Allow(late);
        (await desk.Browser.Visit(TrialDesk.Local(early.Address))).ShouldAsk();
        desk.Installation.Clock.Advance(Trial.Lifetime);

        (await desk.Browser.Allow()).ShouldBePage(HttpStatusCode.BadRequest);
        (await desk.Browser.Visit(TrialDesk.Local(early.Address))).ShouldBePage(HttpStatusCode.BadRequest);
        (await desk.Browser.Get(back)).ShouldBePage(HttpStatusCode.BadRequest);
        (await desk.People.Look(desk.Actor, desk.App.Key, late)).Granted().ShouldSatisfyAllConditions(progress => progress.IsOver.ShouldBeTrue(), progress => progress.Code.ShouldBeNull());
    }

    [Theory, Engines]
    public async Task A_closed_test_takes_nothing(On engine)
    {
        await using var desk = await TrialDesk.Open(engine);
        var begun = await desk.Begin();
        (await desk.Browser.Visit(TrialDesk.Local(begun.Address))).ShouldAsk();
        await using var somebody = await TrialDesk.Open(desk.Server);
        (await somebody.People.Close(somebody.Actor, desk.App.Key, begun.Id)).Refused().ShouldBe("conflict");

        (await desk.People.Close(desk.Actor, desk.App.Key, begun.Id)).Granted().ShouldBeTrue();

        (await desk.Browser.Allow()).ShouldBePage(HttpStatusCode.BadRequest);
        await desk.Server.NothingGranted();
        (await desk.People.Close(desk.Actor, desk.App.Key, begun.Id)).Refused().ShouldBe("conflict");
    }

    [Theory, Engines]
    public async Task A_consumer_that_was_disabled_meanwhile_gets_nothing(On engine)
    {
        await using var desk = await TrialDesk.Open(engine);
        var (asked, allowed) = (await desk.Begin(), await desk.Begin());
        var back = await desk.Allow(allowed);
        (await desk.Browser.Visit(TrialDesk.Local(asked.Address))).ShouldAsk();
        (await desk.Server.Node.App.Services.GetRequiredService<ConsumerAccess>().Disable(desk.Actor, desk.App.Key)).Granted();
        await desk.Server.Node.Hear();

        (await desk.Browser.Allow()).ShouldBePage(HttpStatusCode.BadRequest);
        (await desk.Browser.Get(back)).ShouldBePage(HttpStatusCode.BadRequest);
        (await desk.Browser.Visit(TrialDesk.Local(asked.Address))).ShouldBePage(HttpStatusCode.BadRequest);
        (await desk.People.Look(desk.Actor, desk.App.Key, allowed)).Granted().Code.ShouldBeNull();
    }

    [Theory, Engines]
    public async Task Who_was_demoted_or_signed_out_meanwhile_gets_nothing_back(On engine)
    {
        await using var desk = await TrialDesk.Open(engine);
        var begun = await desk.Begin();
        var back = await desk.Allow(begun);

        await desk.Installation.Execute($"update users set role = 'auditor' where email = '{desk.Person.Email}'");
        (await desk.Browser.Get(back)).ShouldBePage(HttpStatusCode.BadRequest);
        (await desk.People.Look(desk.Actor, desk.App.Key, begun)).Refused().ShouldBe("not_allowed");
        (await desk.People.Begin(desk.Actor, desk.App.Key, "", "")).Refused().ShouldBe("not_allowed");

        await desk.Installation.Execute($"update users set role = 'super_administrator' where email = '{desk.Person.Email}'");
        await desk.Installation.Execute("update sessions set ended_at = 1");
        (await desk.Browser.Get(back)).ShouldBePage(HttpStatusCode.BadRequest);
        (await desk.People.Look(desk.Actor, desk.App.Key, begun)).Refused().ShouldBe("signed_out");
    }

    [Theory, Engines]
    public async Task A_no_comes_back_as_what_the_app_would_be_told(On engine)
    {
        await using var desk = await TrialDesk.Open(engine);
        var begun = await desk.Begin();
        (await desk.Browser.Visit(TrialDesk.Local(begun.Address))).ShouldAsk();

        (await desk.Browser.Get(TrialDesk.Local((await desk.Browser.Deny()).HandOver!))).Status.ShouldBe(HttpStatusCode.SeeOther);

        var progress = (await desk.People.Look(desk.Actor, desk.App.Key, begun)).Granted();
        (progress.Error, progress.Code).ShouldBe(("access_denied", null));
        await desk.Server.NothingGranted();
    }

    [Theory, OnlyPostgres]
    public async Task A_test_that_was_begun_on_one_node_is_answered_on_another(On engine)
    {
        await using var desk = await TrialDesk.Open(engine);
        var second = await desk.Installation.Start(settings: ("ApiConnections:Issuer", desk.Server.Node.Issuer));
        using var browser = second.Browser(desk.Installation);
        browser.Cookies.Add(desk.Browser.Cookies.GetAllCookies());
        var begun = await desk.Begin();

        (await browser.Visit(TrialDesk.Local(begun.Address))).ShouldAsk();
        var page = await browser.Allow();
        desk.Installation.Watch(page.Leads["code"]);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            using var tab = (i % 2 == 0 ? second : desk.Server.Node).Browser(desk.Installation);
            tab.Cookies.Add(desk.Browser.Cookies.GetAllCookies());
            return (await tab.Get(TrialDesk.Local(page.HandOver!))).Status;
        }));

        answers.Count(status => status == HttpStatusCode.SeeOther).ShouldBe(1);
        (await desk.Redeem(begun)).Claim("sub").ShouldBe(desk.Person.Id.ToString());
    }
}
