using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>The console for people who use no mouse.</summary>
public sealed class KeyboardJourneyTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    [Fact]
    public async Task A_consumer_is_made_and_deleted_with_the_keyboard_alone()
    {
        var page = await site.Open(chromium, ConsoleSite.Consumers);
        await Press(page, "main a[href$='/consumers/new']");
        await Reach(page, "#name");
        await page.Keyboard.TypeAsync("By keyboard");
        await Reach(page, "#group");
        await page.Keyboard.TypeAsync("Viewers");
        await Press(page, "main form button[type=submit]");

        site.Installation.Watch(await page.InnerTextAsync("#secret"));
        await Press(page, "main .check input", "Space");
        await Press(page, "main > .button");
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("By keyboard");

        const string Delete = "main button.danger";
        await Press(page, Delete);
        await Inside(page);
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Locator(".mud-dialog")).ToHaveCountAsync(0);
        (await site.Installation.Count("consumers where name = 'By keyboard' and status <> 'deleted'")).ShouldBe(1);

        await Press(page, Delete);
        await Press(page, ".mud-dialog button.danger");
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("OAuth consumers");
        await Assertions.Expect(page.Locator("tbody")).Not.ToContainTextAsync("By keyboard");
        (await site.Installation.Count("consumers where name = 'By keyboard' and status <> 'deleted'")).ShouldBe(0);
    }

    [Fact]
    public async Task A_page_begins_at_its_heading_and_every_stop_can_be_seen()
    {
        var page = await site.Open(chromium, ConsoleSite.Consumers);
        await Assertions.Expect(page.Locator("main h1")).ToBeFocusedAsync();
        await page.FocusAsync("a.skip");
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Tab");
        (await page.EvaluateAsync<bool>($"({InMain})()")).ShouldBeTrue();

        for (var i = 0; i < 15; i++)
        {
            (await page.EvaluateAsync<bool>("(() => { const at = document.activeElement, box = at.getBoundingClientRect(), look = getComputedStyle(at); return box.width > 0 && box.height > 0 && (look.outlineStyle !== 'none' || look.boxShadow !== 'none'); })()"))
                .ShouldBeTrue(await page.EvaluateAsync<string>("document.activeElement.outerHTML.slice(0, 200)"));
            await page.Keyboard.PressAsync("Tab");
        }
    }

    private const string InMain = "() => document.querySelector('main').contains(document.activeElement)";

    private static async Task Press(IPage page, string what, string key = "Enter")
    {
        await Reach(page, what);
        await page.Keyboard.PressAsync(key);
    }

    private static async Task Reach(IPage page, string what)
    {
        await page.Locator(what).First.WaitForAsync();
        for (var i = 0; i < 100; i++)
        {
            if (await page.EvaluateAsync<bool>("what => document.activeElement.matches(what)", what))
                return;

            await page.Keyboard.PressAsync("Tab");
        }

        throw new ShouldAssertException($"The keyboard does not reach {what}.");
    }

    // A dialog takes the focus and holds it until it is answered; where it would leave, the server brings it back, which takes a moment.
    private static async Task Inside(IPage page)
    {
        const string IsInside = "() => !!document.activeElement.closest('.mud-dialog, .mud-dialog-container')";
        await page.Locator(".mud-dialog").WaitForAsync();
        await page.WaitForFunctionAsync(IsInside);
        for (var i = 0; i < 6; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            await page.WaitForFunctionAsync(IsInside);
        }
    }
}
