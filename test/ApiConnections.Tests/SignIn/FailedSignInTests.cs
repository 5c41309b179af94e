using System.Net;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Model;
using ApiConnections.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.SignIn;

public sealed class FailedSignInTests
{
    [Theory, Engines]
    public async Task After_five_failures_there_is_a_wait_that_grows_also_for_the_right_password(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var login = await installation.Login();
        using var browser = node.Browser(installation);
        for (var i = 0; i < 5; i++)
            (await browser.SignInAs(login.Email, "wrong")).Status.ShouldBe(HttpStatusCode.OK);

        var page = await browser.SignInAs(login);
        page.Status.ShouldBe(HttpStatusCode.TooManyRequests);
        page.Headers["Retry-After"].ShouldBe("2");
        page.Html.ShouldContain("also for the right password");
        page.Html.ShouldContain($"value=\"{login.Email}\"");
        (await installation.Count("sessions")).ShouldBe(0);

        installation.Clock.Advance(TimeSpan.FromSeconds(2));
        (await browser.SignInAs(login.Email, "wrong")).Status.ShouldBe(HttpStatusCode.OK);
        (await browser.SignInAs(login)).Headers["Retry-After"].ShouldBe("4");
        installation.Clock.Advance(TimeSpan.FromSeconds(4));
        (await browser.SignInAs(login)).Status.ShouldBe(HttpStatusCode.SeeOther);

        // Forgotten with the success.
        for (var i = 0; i < 4; i++)
            (await browser.SignInAs(login.Email, "wrong", "?again=1")).Status.ShouldBe(HttpStatusCode.OK);
        (await browser.SignInAs(login, "?again=1")).Status.ShouldBe(HttpStatusCode.SeeOther);
        await Within(TimeSpan.FromSeconds(5), async () => (await installation.Actions("sign_in.%")).Count == 2, "one record for each time the wait grew");
    }

    [Fact]
    public async Task Peer_CVE_2026_47203_However_an_address_is_written_it_is_one_person_and_strangers_are_counted_alike()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        using var browser = node.Browser(installation);
        foreach (var email in new[] { "nobody@acme.test", "NOBODY@acme.test", " nobody@ACME.test ", "ｎｏｂｏｄｙ@acme.test", "nobody@Acme.Test" })
            (await browser.SignInAs(email, "wrong")).Status.ShouldBe(HttpStatusCode.OK);

        (await browser.SignInAs("Nobody@acme.test", "wrong")).Status.ShouldBe(HttpStatusCode.TooManyRequests);
        (await browser.SignInAs("somebody@acme.test", "wrong")).Status.ShouldBe(HttpStatusCode.OK);

        // Whoever fills the log fills it with people's own records, not with names that are nobody's.
        (await installation.Count("transactions_log where action = 'sign_in.delayed'")).ShouldBe(0);
    }

    [Fact]
    public void A_network_waits_after_the_failures_of_many_people()
    {
        var clock = new FakeTimeProvider();
        var failures = new FailedSignIns(clock);
        var (office, elsewhere) = (IPAddress.Parse("2001:db8:1:2::1"), IPAddress.Parse("203.0.113.9"));
        for (var i = 0; i < FailedSignIns.FreeForNetwork; i++)
            failures.Begin($"person {i}", office, SecurityPolicy.Default).Wait.ShouldBeNull();

        failures.Begin("another", IPAddress.Parse("2001:db8:1:2:ffff::7"), SecurityPolicy.Default).Wait.ShouldBe(TimeSpan.FromSeconds(2));
        failures.Begin("another", elsewhere, SecurityPolicy.Default).Wait.ShouldBeNull();
        failures.Begin("another", IPAddress.Parse("2001:db8:1:3::1"), SecurityPolicy.Default).Wait.ShouldBeNull();

        clock.Advance(TimeSpan.FromMinutes(15));
        failures.Begin("another", office, SecurityPolicy.Default).Wait.ShouldBeNull();
        failures.Begin("another", office, SecurityPolicy.Default).Wait.ShouldBeNull();
        Network.Of(IPAddress.Parse("::ffff:203.0.113.9")).ShouldBe(Network.Of(elsewhere));
        Network.Of(IPAddress.Parse("203.0.113.8")).ShouldNotBe(Network.Of(elsewhere));
    }

    [Fact]
    public void The_wait_grows_to_a_minute_and_no_further_and_is_announced_each_time_it_grows()
    {
        var clock = new FakeTimeProvider();
        var failures = new FailedSignIns(clock);
        var waits = new List<double>();
        var announced = new List<double?>();
        for (var i = 0; i < 14; i++)
        {
            announced.Add(failures.Begin("person", IPAddress.Parse($"203.0.113.{i}"), SecurityPolicy.Default).Delays?.TotalSeconds);
            var next = failures.Begin("person", IPAddress.Parse($"203.0.113.{i}"), SecurityPolicy.Default);
            waits.Add(next.Wait?.TotalSeconds ?? 0);
            if (next.Wait is null)
                failures.TakeBack(next);
            clock.Advance(next.Wait ?? TimeSpan.Zero);
        }

        // What is taken back leaves no wait behind.
        var half = failures.Begin("person", null, SecurityPolicy.Default);
        half.Wait.ShouldBeNull();
        failures.TakeBack(half);
        failures.Begin("person", null, SecurityPolicy.Default).Wait.ShouldBeNull();

        waits.ShouldBe([0, 0, 0, 0, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
        announced.ShouldBe([null, null, null, null, 2, 4, 8, 16, 32, 60, null, null, null, null]);
    }

    [Fact]
    public async Task A_hundred_at_once_are_not_a_hundred_guesses()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var login = await installation.Login();
        using var browser = node.Browser(installation);
        (string, string)[] form = [.. (await browser.Get("/signin")).Hidden, ("email", login.Email), ("password", "wrong")];
        var cookies = browser.Cookies.GetCookieHeader(new Uri(node.Issuer));
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(node.Issuer) };

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            using var post = new HttpRequestMessage(HttpMethod.Post, "/signin") { Content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Item1, field.Item2))), Headers = { { "Cookie", cookies } } };
            using var answer = await client.SendAsync(post);
            return answer.StatusCode;
        }));

        answers.Count(status => status == HttpStatusCode.OK).ShouldBe(SecurityPolicy.Default.LockOutAttempts);
        answers.Count(status => status == HttpStatusCode.TooManyRequests).ShouldBe(100 - SecurityPolicy.Default.LockOutAttempts);
    }
}
