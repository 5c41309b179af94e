using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>The transactions log in the hands of an administrator.</summary>
public sealed class LogJourneyTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    [Fact]
    public async Task An_administrator_finds_who_made_a_consumer_and_sees_that_the_log_holds()
    {
        var page = await site.Open(chromium, "/settings/log");
        await page.Locator("tbody tr").First.WaitForAsync();

        await page.FillAsync("[aria-label='Filter: Key or id']", site.Program.Key);
        await page.PressAsync("[aria-label='Filter: Key or id']", "Enter");
        await page.ShouldReach($"{site.Node.Issuer}/settings/log?subject={site.Program.Key}");
        await page.Locator("tbody tr").Filter(new() { HasText = "consumer.create" }).WaitForAsync();
        await Microsoft.Playwright.Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        (await page.InnerTextAsync("tbody")).ShouldNotContain(site.Program.Secret);

        await page.ClickAsync(".head .actions button");
        await page.Locator(".note.good").WaitForAsync();
        (await page.InnerTextAsync(".note.good")).ShouldContain("holds from record 1 to record");

        await page.ClickAsync("tbody a");
        await page.ShouldReach($"{site.Node.Issuer}{ConsoleSite.Consumers}/{site.Program.Key}");
        await page.Context.CloseAsync();
    }
}
