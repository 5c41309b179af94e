using ApiConnections.Tests.Samples;
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
            await using var site = await Site.StartOnLocalhost();
            var page = await chromium.Open(window);
            await EveryPage.All[name](site, page);
            await page.ScreenshotAsync(new() { Path = Path.Combine(Repository.Root, "docs", "images", $"{name}-{kind}.png"), FullPage = kind == "narrow", Animations = ScreenshotAnimations.Disabled });
        }
    }
}

/// <summary>The same of the console, with the data of the demo.</summary>
public sealed class DemoPictureTests(Chromium chromium)
{
    private const string Settings = "/settings/api-connections";

    // What waits until the page is there, after its name and its address.
    private static readonly (string Name, Func<RunningDemo, Task<string>> Path, string Ready)[] pages =
    [
        ("consumers", _ => At(Settings + "/consumers"), "tbody tr"),
        ("new-consumer", _ => At(Settings + "/consumers/new"), "#group"),
        ("consumer", demo => Of(demo, "Energy dashboard", ""), "#name"),
        ("consumer-credentials", demo => Of(demo, "Boiler telemetry", "/credentials"), "tbody tr"),
        ("consumer-requests", demo => Of(demo, "Boiler telemetry", "/requests"), "tbody .badge.bad"),
        ("authorizations", _ => At(Settings + "/authorizations?sort=last&desc=True"), "tbody tr"),
        ("apis", _ => At(Settings + "/apis"), "tbody tr"),
        ("group", Group, "#group-name"),
        ("log", _ => At($"/settings/log?to={TimeProvider.System.GetUtcNow().AddDays(-31):yyyy-MM-dd}"), "tbody tr"),
    ];

    [Fact(Explicit = true)]
    public async Task Pictures_of_the_console()
    {
        await using var demo = await RunningDemo.Start();
        foreach (var (kind, window) in new[]
        {
            ("light", new Window { Width = 1440, Height = 900 }),
            ("dark", new Window { Width = 1440, Height = 900, Dark = true, Language = "es-CO" }),
            ("narrow", new Window { Width = 360, Height = 740, Language = "pt-BR" }),
        })
        {
            var page = await chromium.Open(window);
            await page.GotoAsync(demo.Issuer + "/signin?return=/settings");
            await page.SignIn(demo.Administrator.Email, demo.Administrator.Password);
            await page.ShouldReach(demo.Issuer + "/settings");
            foreach (var (name, path, ready) in pages)
            {
                await page.GotoAsync(demo.Issuer + await path(demo));
                await page.WaitForSelectorAsync(ready);
                await page.WaitForFunctionAsync("document.fonts.status === 'loaded'");
                await page.ScreenshotAsync(new() { Path = Path.Combine(Repository.Root, "docs", "images", $"{name}-{kind}.png"), Animations = ScreenshotAnimations.Disabled });
            }

            await page.Context.CloseAsync();
        }
    }

    private static Task<string> At(string path) => Task.FromResult(path);

    private static async Task<string> Of(RunningDemo demo, string consumer, string tab)
    {
        var known = (await demo.Command("consumer", "list")).EnumerateArray().Single(known => known.GetProperty("name").GetString() == consumer);
        return $"{Settings}/consumers/{known.GetProperty("key").GetString()}{tab}";
    }

    private static async Task<string> Group(RunningDemo demo)
    {
        var group = (await demo.Command("group", "list")).EnumerateArray().Single(group => group.GetProperty("name").GetString() == "Stock and purchasing");
        return $"/settings/modules/groups/{group.GetProperty("id").GetString()}";
    }
}
