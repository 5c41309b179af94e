using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>Makes the pictures of <c>docs/images</c>; <c>docs/pictures.sh</c> runs it.</summary>
public sealed class PictureTests(Chromium chromium)
{
    public static TheoryData<string> Names => [.. EveryPage.All.Keys];

    [Theory(Explicit = true), MemberData(nameof(Names))]
    public async Task Pictures_of_a_page(string name)
    {
        foreach (var (kind, window) in new[]
        {
            ("light", new Window { Height = 900 }),
            ("dark", new Window { Height = 900, Dark = true, Language = "es-CO" }),
            ("narrow", new Window { Width = 360, Height = 740, Language = "pt-BR" }),
        })
        {
            await using var site = await Site.Start();
            var page = await chromium.Open(window);
            await EveryPage.All[name](site, page);
            await page.ScreenshotAsync(new() { Path = Path.Combine(Repository.Root, "docs", "images", $"{name}-{kind}.png"), FullPage = kind == "narrow", Animations = ScreenshotAnimations.Disabled });
        }
    }
}

/// <summary>The same of the console.</summary>
public sealed class ConsolePictureTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    public static TheoryData<string> Names => [.. EveryConsolePage.All.Keys];

    [Theory(Explicit = true), MemberData(nameof(Names))]
    public async Task Pictures_of_a_page(string name)
    {
        foreach (var (kind, window) in new[]
        {
            ("light", new Window { Height = 900 }),
            ("dark", new Window { Height = 900, Dark = true, Language = "es-CO" }),
            ("narrow", new Window { Width = 360, Height = 740, Language = "pt-BR" }),
        })
        {
            var (path, go) = EveryConsolePage.All[name];
            var page = await site.Open(chromium, path(site), window);
            await go(site, page);
            await page.ScreenshotAsync(new() { Path = Path.Combine(Repository.Root, "docs", "images", $"{name}-{kind}.png"), FullPage = kind == "narrow", Animations = ScreenshotAnimations.Disabled });
            await page.Context.CloseAsync();
        }
    }
}
