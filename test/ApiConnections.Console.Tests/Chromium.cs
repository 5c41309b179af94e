using Microsoft.Playwright;
using Xunit;

[assembly: AssemblyFixture(typeof(ApiConnections.Console.Tests.Chromium))]

namespace ApiConnections.Console.Tests;

/// <summary>The distribution's Chromium, where there is one without the windows around its pages, which cost more than the pages; started once for all tests.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] paths = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"];
    private IPlaywright playwright = null!;
    private IBrowser browser = null!;

    public async ValueTask InitializeAsync()
    {
        var path = Array.Find(paths, File.Exists);
        ApiConnections.Tests.Support.Machine.Needs(path is not null, "There is no Chromium here; ./test.sh installs it.");
        playwright = await Playwright.CreateAsync();
        // Root in a container has no sandbox to give.
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"] });
    }

    /// <summary>A window of a person who has never been here.</summary>
    public async Task<IPage> Open(Window? window = null)
    {
        window ??= new Window();
        var context = await browser.NewContextAsync(new()
        {
            JavaScriptEnabled = window.Script,
            ColorScheme = window.Dark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.NoPreference,
            Locale = window.Language,
            ViewportSize = new() { Width = window.Width, Height = window.Height },
        });
        context.SetDefaultTimeout(15_000);
        return await context.NewPageAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
            await browser.DisposeAsync();

        playwright?.Dispose();
    }
}

/// <summary>How a person's browser is.</summary>
public sealed record Window
{
    public bool Script { get; init; } = true;

    public bool Dark { get; init; }

    public string Language { get; init; } = "en-US";

    public int Width { get; init; } = 1280;

    public int Height { get; init; } = 800;
}
