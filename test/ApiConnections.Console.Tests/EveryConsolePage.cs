using Microsoft.Playwright;

namespace ApiConnections.Console.Tests;

/// <summary>Every page of the console and every dialog, each with the way to it from the page that its address names.</summary>
internal static class EveryConsolePage
{
    public static readonly IReadOnlyDictionary<string, (Func<ConsoleSite, string> Path, Func<ConsoleSite, IPage, Task> Go)> All = new Dictionary<string, (Func<ConsoleSite, string>, Func<ConsoleSite, IPage, Task>)>
    {
        ["consumers"] = (_ => ConsoleSite.Consumers, (_, page) => page.WaitForSelectorAsync("tbody tr")),
        ["consumers-chosen"] = (_ => ConsoleSite.Consumers + "?q=integration&sort=status&desc=True", async (_, page) =>
        {
            await page.CheckAsync("tbody tr:nth-child(1) input");
            await page.CheckAsync("tbody tr:nth-child(2) input");
            await page.WaitForSelectorAsync(".bulk");
        }
        ),
        ["consumers-found-nothing"] = (_ => ConsoleSite.Consumers + "?q=nothing-like-this", (_, page) => page.WaitForSelectorAsync(".empty")),
        ["new-consumer"] = (_ => ConsoleSite.Consumers + "/new", (_, page) => page.SelectOptionAsync("#group", "Technicians")),
        ["new-consumer-refused"] = (_ => ConsoleSite.Consumers + "/new", async (_, page) =>
        {
            await page.CheckAsync("input[value=authorization_code]");
            await page.FillAsync(".row-field input", "http://app.example.com/callback");
            await page.ClickAsync("summary:not(.person summary)");
            await page.ClickAsync("form button[type=submit]");
            await page.WaitForSelectorAsync("[role=alert] .icon");
        }
        ),
        ["created-consumer"] = (_ => ConsoleSite.Consumers + "/new", async (site, page) =>
        {
            await page.FillAsync("#name", "Bridge " + Guid.CreateVersion7());
            await page.SelectOptionAsync("#group", "Viewers");
            await page.ClickAsync("form button[type=submit]");
            site.Installation.Watch(await page.InnerTextAsync("#secret"));
        }
        ),
        ["consumer"] = (site => $"{ConsoleSite.Consumers}/{site.Site.Consumer.Key}", (_, page) => page.WaitForSelectorAsync("#name")),
        ["consumer-credentials"] = (site => $"{ConsoleSite.Consumers}/{site.Program.Key}/credentials", (_, page) => page.WaitForSelectorAsync("tbody tr")),
        ["consumer-requests"] = (site => $"{ConsoleSite.Consumers}/{site.Program.Key}/requests", (_, page) => page.WaitForSelectorAsync("tbody .badge.bad")),
        ["consumer-authorizations"] = (site => $"{ConsoleSite.Consumers}/{site.Program.Key}/authorizations", (_, page) => page.WaitForSelectorAsync("tbody tr")),
        ["person-menu"] = (_ => ConsoleSite.Consumers, (_, page) => page.ClickAsync(".person summary")),
        ["delete-dialog"] = (site => $"{ConsoleSite.Consumers}/{site.Program.Key}", async (_, page) =>
        {
            await page.ClickAsync(".head .danger");
            await page.WaitForSelectorAsync(".mud-dialog .danger");
        }
        ),
    };
}
