using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>What holds for every dialog of the console.</summary>
public sealed class EveryDialogTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    public static TheoryData<string> Names => [.. EveryDialog.All.Keys];

    [Theory, MemberData(nameof(Names))]
    public async Task It_has_nothing_that_axe_finds_light_and_dark_has_a_name_and_the_focus_and_is_cancelled_by_its_first_button(string name)
    {
        var (path, first, steps) = EveryDialog.All[name];
        var page = await site.Open(chromium, path(site));
        var wrong = page.Watch(site.Node.Issuer);
        if (first is not null)
            await first(site, page);

        var dialog = page.Locator(".mud-dialog");
        foreach (var (press, appears) in steps)
        {
            foreach (var button in press)
                await page.ClickAsync(button);

            await page.Locator(appears).WaitForAsync();
            await page.ShouldBeAccessible();
            await page.EvaluateAsync("consolePages.theme('dark')");
            await page.ShouldHaveReadableColours();
            await page.EvaluateAsync("consolePages.theme('light')");
            if (appears == "#secret")
            {
                site.Installation.Watch(await page.InnerTextAsync(appears));
                continue;
            }

            (await page.Locator(".mud-dialog-title").InnerTextAsync()).ShouldNotBeEmpty();
            (await dialog.EvaluateAsync<bool>("dialog => dialog.contains(document.activeElement)")).ShouldBeTrue(name);
            await dialog.Locator(".button").First.ClickAsync();
            await Assertions.Expect(dialog).ToHaveCountAsync(0);
        }

        wrong.ShouldBeEmpty();
        await page.Context.CloseAsync();
    }
}
