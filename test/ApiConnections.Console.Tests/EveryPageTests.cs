using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>What holds for every page.</summary>
public sealed class EveryPageTests(Chromium chromium)
{
    public static TheoryData<string> Names => [.. EveryPage.All.Keys];

    [Theory, MemberData(nameof(Names))]
    public async Task It_has_nothing_that_axe_finds_light_and_dark_in_every_language_and_fits_a_small_phone(string name)
    {
        foreach (var (dark, language) in new[] { (false, "en-US"), (true, "es-CO"), (false, "pt-BR") })
        {
            await using var site = await Site.Start();
            var page = await chromium.Open(new Window { Dark = dark, Language = language, Width = 360, Height = 740 });
            var wrong = page.Watch(site.Node.Issuer, site.App.Address);
            await EveryPage.All[name](site, page);

            await page.ShouldBeAccessible();
            await page.ShouldFit();
            // A refused request is an error on the browser's console; everything else on it is ours to mend.
            wrong.Where(message => !message.StartsWith("Failed to load resource: the server responded with a status of 4", StringComparison.Ordinal)).ShouldBeEmpty();
            (await page.Locator("script, [style], [onclick]").CountAsync()).ShouldBe(0);
            (await page.GetAttributeAsync("html", "lang")).ShouldBe(language[..2]);
            (await page.Locator("h1").CountAsync()).ShouldBe(1);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public async Task It_can_be_read_at_twice_the_size(string name)
    {
        await using var site = await Site.Start();
        // 200 % of a small laptop's window.
        var page = await chromium.Open(new Window { Width = 640, Height = 400 });
        await EveryPage.All[name](site, page);

        await page.ShouldFit();
    }
}
