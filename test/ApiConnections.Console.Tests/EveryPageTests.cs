using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>What holds for every page.</summary>
public sealed class EveryPageTests(Chromium chromium, EveryPageTests.OneSite sites) : IClassFixture<EveryPageTests.OneSite>
{
    /// <summary>One server for all pages, where each is seen by a person of its own.</summary>
    public sealed class OneSite : IAsyncLifetime
    {
        public Site Site { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Site = await Site.StartOnLocalhost();

        public ValueTask DisposeAsync() => Site.DisposeAsync();
    }

    public static TheoryData<string> Names => [.. EveryPage.All.Keys];

    [Theory, MemberData(nameof(Names))]
    public async Task It_has_nothing_that_axe_finds_light_and_dark_in_every_language_and_fits_a_small_phone_and_twice_the_size(string name)
    {
        foreach (var (dark, language) in new[] { (false, "en-US"), (true, "es-CO"), (false, "pt-BR") })
        {
            var site = await sites.Site.AsSomebodyElse();
            var page = await chromium.Open(new Window { Dark = dark, Language = language, Width = 360, Height = 740 });
            var wrong = page.Watch(site.Node.Issuer, site.App.Address);
            await EveryPage.All[name](site, page);

            await page.ShouldBeAccessible();
            await page.ShouldFit();
            // 200 % of a small laptop's window.
            await page.SetViewportSizeAsync(640, 400);
            await page.ShouldFit();
            // A refused request is an error on the browser's console; everything else on it is ours to mend.
            wrong.Where(message => !message.StartsWith("Failed to load resource: the server responded with a status of 4", StringComparison.Ordinal)).ShouldBeEmpty();
            (await page.Locator("script:not([src^='/assets/passkeys-']), [style], [onclick]").CountAsync()).ShouldBe(0);
            (await page.Locator("script").CountAsync()).ShouldBe(EveryPage.WithScript.Contains(name) ? 1 : 0);
            (await page.GetAttributeAsync("html", "lang")).ShouldBe(language[..2]);
            (await page.Locator("h1").CountAsync()).ShouldBe(1);
            await page.Context.CloseAsync();
        }
    }
}
