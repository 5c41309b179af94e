using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>What holds for every page and dialog of the console.</summary>
public sealed class EveryConsolePageTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    public static TheoryData<string> Names => [.. EveryConsolePage.All.Keys];

    [Theory, MemberData(nameof(Names))]
    public async Task It_has_nothing_that_axe_finds_light_and_dark_fits_a_small_phone_and_keeps_to_its_policy(string name)
    {
        var (path, go) = EveryConsolePage.All[name];
        var page = await site.Open(chromium, path(site), new Window { Language = "es-CO" });
        var wrong = page.Watch(site.Node.Issuer);
        await page.ReloadAsync();
        await page.Locator("h1").First.WaitForAsync();
        await go(site, page);

        (await page.GetAttributeAsync("html", "lang")).ShouldBe("es");
        (await page.Locator("h1").CountAsync()).ShouldBe(1);
        await page.ShouldBeAccessible();
        await page.EvaluateAsync("consolePages.theme('dark')");
        await page.ShouldHaveReadableColours();
        await page.SetViewportSizeAsync(360, 740);
        await page.ShouldFit();
        // 200 % of a small laptop's window.
        await page.SetViewportSizeAsync(640, 400);
        await page.ShouldFit();
        wrong.ShouldBeEmpty();
        await page.Context.CloseAsync();
    }
}
