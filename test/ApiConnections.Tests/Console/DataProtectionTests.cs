using System.Net;
using System.Text;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using Installation = ApiConnections.Tests.Support.Installation;

namespace ApiConnections.Tests.Console;

/// <summary>What seals forms is shared by all nodes, outlives them, and lies sealed.</summary>
public sealed class DataProtectionTests
{
    [Theory, OnlyPostgres]
    public async Task A_form_of_one_node_is_taken_by_another(On engine)
    {
        await using var installation = await Installation.New(engine);
        var (one, two) = (await installation.Start(), await installation.Start());
        var login = await installation.Login();
        using var browser = one.Browser(installation);
        await browser.Get("/signin");
        var answer = await Elsewhere(browser, two, login);

        answer.ShouldBe(HttpStatusCode.SeeOther);
        (await installation.Count("data_protection_keys")).ShouldBe(1);
    }

    [Theory, Engines]
    public async Task A_form_outlives_a_restart(On engine)
    {
        await using var installation = await Installation.New(engine);
        var before = await installation.Start();
        var login = await installation.Login();
        using var browser = before.Browser(installation);
        await browser.Get("/signin");
        await before.Stop();

        (await Elsewhere(browser, await installation.Start(), login)).ShouldBe(HttpStatusCode.SeeOther);
    }

    [Theory, Engines]
    public async Task Of_a_hundred_first_pages_at_once_each_is_answered_and_the_ring_is_made_once(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var server = await ServerProcess.Start(installation);
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(20));

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            using var answer = await server.Http.GetAsync("/signin", soon.Token);
            return answer.StatusCode;
        }));

        answers.ShouldAllBe(status => status == HttpStatusCode.OK);
        (await installation.Count("data_protection_keys")).ShouldBe(1);
    }

    [Theory, Engines]
    public async Task Nothing_of_the_ring_lies_open(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        using (var browser = node.Browser(installation))
            await browser.Get("/signin");

        var kek = node.App.Services.GetRequiredService<KeyEncryptionKey>();
        var stored = await installation.Read(DataProtectionKeyStore.All);
        stored.Count.ShouldBe(1);
        foreach (var (_, box) in stored)
        {
            Encoding.UTF8.GetString(box).ShouldNotContain("<key");
            Encoding.UTF8.GetString(kek.Open(DataProtectionRing.Purpose, box)!).ShouldStartWith("<key");
            KeyEncryptionKey.New().Open(DataProtectionRing.Purpose, box).ShouldBeNull();
        }
    }

    [Theory, OnlyPostgres]
    public async Task Somebody_between_password_and_code_is_told_of_an_outage_of_the_ring_and_goes_on_after_it(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var proxy = PostgresProxy.Before(installation);
        var (here, there) = (await installation.Start(), await installation.Start(settings: proxy.Setting));
        var login = await installation.Login();
        await here.SecondFactor(installation, login);
        using var browser = here.Browser(installation);
        (await browser.SignInAs(login)).Location.ShouldBe("/signin/code");
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(there.Issuer) };
        client.DefaultRequestHeaders.Add("Cookie", browser.Cookies.GetCookieHeader(new Uri(here.Issuer)));

        proxy.Cut();
        (await client.GetAsync("/signin/code")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        proxy.Restore();
        await Support.Should.Within(TimeSpan.FromSeconds(9), async () => (await client.GetAsync("/signin/code")).StatusCode == HttpStatusCode.OK, "the retry");
    }

    // The form that the browser has open, sent to another node with its cookies.
    private static async Task<HttpStatusCode> Elsewhere(Browser browser, Node node, Login login)
    {
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(node.Issuer) };
        using var post = new HttpRequestMessage(HttpMethod.Post, "/signin")
        {
            Content = new FormUrlEncodedContent([.. browser.Page.Hidden.Select(field => KeyValuePair.Create(field.Name, field.Value)), KeyValuePair.Create("email", login.Email), KeyValuePair.Create("password", login.Password)]),
            Headers = { { "Cookie", browser.Cookies.GetCookieHeader(new Uri(browser.Node.Issuer)) } },
        };
        using var answer = await client.SendAsync(post);
        return answer.StatusCode;
    }
}
