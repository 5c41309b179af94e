using System.Net;
using ApiConnections.Server.Model;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using Installation = ApiConnections.Tests.Support.Installation;

namespace ApiConnections.Tests.Console;

/// <summary>Who only wants tokens does not pay for the console.</summary>
public sealed class ConsoleServicesTests
{
    [Theory, Engines]
    public async Task A_node_loads_the_code_of_the_console_when_somebody_who_may_opens_it_and_not_for_tokens_or_the_pages_of_everybody(On engine)
    {
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        var cookies = await Cookies(installation);
        await using var server = await ServerProcess.Start(installation);

        using var asked = new HttpRequestMessage(HttpMethod.Post, "/oauth/token") { Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]) };
        asked.Headers.Authorization = Node.Basic(consumer.Key, consumer.Secret);
        (await server.Http.SendAsync(asked)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await server.Http.GetAsync("/signin")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await server.Http.GetAsync("/settings")).RequestMessage!.RequestUri!.AbsolutePath.ShouldBe("/signin");
        Loaded(server).ShouldNotContain("MudBlazor.dll");

        (await Open(server, cookies)).ShouldBe(HttpStatusCode.OK);
        Loaded(server).ShouldContain("MudBlazor.dll");
    }

    [Theory, Engines]
    public async Task Of_twenty_who_open_it_first_at_one_moment_each_gets_in(On engine)
    {
        await using var installation = await Installation.New(engine);
        var cookies = await Cookies(installation);
        await using var server = await ServerProcess.Start(installation);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Open(server, cookies)));

        answers.ShouldAllBe(status => status == HttpStatusCode.OK);
    }

    private static async Task<HttpStatusCode> Open(ServerProcess server, string cookies)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/settings") { Headers = { { "Cookie", cookies } } };
        using var answer = await server.Http.SendAsync(request);
        return answer.StatusCode;
    }

    private static async Task<string> Cookies(Installation installation)
    {
        var node = await installation.Start();
        using var browser = node.Browser(installation);
        await browser.SignIn(await node.Person(role: UserRole.SuperAdministrator));
        await node.Stop();
        return browser.Cookies.GetCookieHeader(new Uri(node.Issuer));
    }

    // The files that are mapped into the process.
    private static string Loaded(ServerProcess server) => File.ReadAllText($"/proc/{server.ProcessId}/maps");
}
