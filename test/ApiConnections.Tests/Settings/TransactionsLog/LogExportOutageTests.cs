using System.Net;
using ApiConnections.Server.Model;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Settings.TransactionsLog;

/// <summary>A long log as a file, when somebody or something goes away in the middle.</summary>
public sealed class LogExportOutageTests
{
    [Theory, OnlyPostgres]
    public async Task A_file_that_was_broken_off_does_not_look_whole_and_who_goes_away_disturbs_nobody(On engine)
    {
        await using var installation = await Installation.New(engine);
        await using var proxy = PostgresProxy.Before(installation);
        var node = await installation.Start(settings: proxy.Setting);
        using var browser = node.Browser(installation);
        await browser.SignIn(await node.Person(role: UserRole.SuperAdministrator));
        await installation.Execute(
            """
            insert into transactions_log (chain, number, made_at, actor, ip, module, action, subject, data, mac)
            select h.chain, h.number + n, 0, 'nobody', '', 'general', 'company.edit', 'x', '{"text":"' || repeat('x', 4000) || '"}', h.mac
            from log_heads h join companies c on c.id = h.chain cross join generate_series(1, 15000) n
            """);
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(node.Issuer) };
        foreach (var path in new[] { "/settings/log.csv", "/settings/log.jsonl" })
        {
            using (var left = await Open(http, browser, path))
            {
                left.StatusCode.ShouldBe(HttpStatusCode.OK);
                await (await left.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[10_000]);
            }

            using var cut = await Open(http, browser, path);
            var stream = await cut.Content.ReadAsStreamAsync();
            await stream.ReadExactlyAsync(new byte[10_000]);
            proxy.Cut();
            await Shouldly.Should.ThrowAsync<Exception>(() => stream.CopyToAsync(Stream.Null));
            proxy.Restore();
            await Support.Should.Within(TimeSpan.FromSeconds(20), async () => (await node.Http.GetAsync("/health/ready")).IsSuccessStatusCode, "it is ready again");
            (await browser.Get(path + "?action=group.create")).Status.ShouldBe(HttpStatusCode.OK);
        }

        installation.Log.Lines.ShouldAllBe(line => !line.Contains("NullReferenceException", StringComparison.Ordinal) && !line.Contains("ObjectDisposedException", StringComparison.Ordinal));
    }

    private static Task<HttpResponseMessage> Open(HttpClient http, Browser browser, string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Cookie", browser.Cookies.GetCookieHeader(http.BaseAddress!));
        return http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
