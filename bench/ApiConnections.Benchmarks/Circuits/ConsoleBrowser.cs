using System.Net.NetworkInformation;
using System.Text.Json;
using Microsoft.Playwright;

namespace ApiConnections.Benchmarks.Circuits;

/// <summary>What a browser loaded.</summary>
/// <param name="Bytes">As they came over the wire, with the headers.</param>
internal sealed record FirstLoad(double Bytes, int Requests, int OtherHosts);

/// <summary>The distribution's Chromium with a person's session: every tab of it holds a circuit of its own, as those of as many people would.</summary>
internal sealed class ConsoleBrowser(Uri server, IPlaywright playwright, IBrowser browser, IBrowserContext context) : IAsyncDisposable
{
    private const string Row = "tbody tr";

    public static async Task<ConsoleBrowser> Start(Uri server, string session)
    {
        var playwright = await Playwright.CreateAsync();
        // All tabs in one process of Chromium's: a hundred of these would take the machine from the server.
        var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--process-per-site"] });
        var context = await browser.NewContextAsync();
        context.SetDefaultTimeout(60_000);
        await context.AddCookiesAsync([new() { Name = "session", Value = session, Url = server.ToString() }]);
        return new ConsoleBrowser(server, playwright, browser, context);
    }

    /// <summary>With an empty cache, until the list is there and nothing is asked for any more. The tab stays open.</summary>
    public async Task<FirstLoad> FirstLoad(string path)
    {
        var page = await context.NewPageAsync();
        var protocol = await context.NewCDPSessionAsync(page);
        await protocol.SendAsync("Network.enable");
        var (bytes, requests, others) = (0.0, 0, 0);
        protocol.Event("Network.loadingFinished").OnEvent += (_, finished) => bytes += finished!.Value.GetProperty("encodedDataLength").GetDouble();
        protocol.Event("Network.requestWillBeSent").OnEvent += (_, sent) => Count(sent!.Value);
        await page.GotoAsync(new Uri(server, path).ToString());
        await page.WaitForSelectorAsync(Row);
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        return new FirstLoad(bytes, requests, others);

        void Count(JsonElement sent)
        {
            var address = sent.GetProperty("request").GetProperty("url").GetString()!;
            if (address.StartsWith("data:", StringComparison.Ordinal))
                return;

            requests++;
            others += address.StartsWith(server.ToString(), StringComparison.Ordinal) ? 0 : 1;
        }
    }

    /// <summary>How many connections the server holds by now; a tab whose circuit is alive has one.</summary>
    public int Connections => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections().Count(connection => connection.LocalEndPoint.Port == server.Port && connection.State == TcpState.Established);

    /// <summary>So many tabs more, each until its list is there.</summary>
    public async Task Open(string path, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var page = await context.NewPageAsync();
            await page.GotoAsync(new Uri(server, path).ToString());
            await page.WaitForSelectorAsync(Row);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }
}
