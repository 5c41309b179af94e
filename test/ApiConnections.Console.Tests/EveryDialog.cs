using ApiConnections.Tests.Support;
using Microsoft.Playwright;

namespace ApiConnections.Console.Tests;

/// <summary>A step on a page: what is pressed one after the other, and what appears then. A dialog is cancelled before the next step.</summary>
internal sealed record Step(string[] Press, string Appears);

/// <summary>What a press opens on the pages of the console: every dialog, and every secret shown once. (Pages as they open are <see cref="EveryConsolePage"/>.)</summary>
internal static class EveryDialog
{
    private const string Dialog = ".mud-dialog .button.danger";

    public static readonly IReadOnlyDictionary<string, (Func<ConsoleSite, string> Path, Func<ConsoleSite, IPage, Task>? First, Step[] Steps)> All =
        new Dictionary<string, (Func<ConsoleSite, string>, Func<ConsoleSite, IPage, Task>?, Step[])>
        {
            ["consumers"] = (_ => ConsoleSite.Consumers + "?q=integration", null,
            [
                new(["tbody tr:nth-child(1) input", "tbody tr:nth-child(2) input", ".bulk .button:nth-of-type(2)"], Dialog),
                new([".bulk .danger"], Dialog),
            ]),
            ["consumer"] = (site => $"{ConsoleSite.Consumers}/{site.Program.Key}", null, [new([".head .actions .second"], Dialog)]),
            ["created-consumer"] = (_ => ConsoleSite.Consumers + "/new", Create, [new(["nav a[href$='/settings/log']"], Dialog)]),
            ["credentials"] = (site => $"{ConsoleSite.Consumers}/{site.Program.Key}/credentials", null,
            [
                new(["tbody tr:nth-child(1) .danger"], Dialog),
                new(["section.card > .danger, section.card .actions .danger"], Dialog),
                new(["form button[type=submit]"], "#secret"),
            ]),
            ["signed-in-long-ago"] = (site => $"{ConsoleSite.Consumers}/{site.Program.Key}/credentials", SignedInLongAgo,
            [
                new(["form button[type=submit]"], "#anew-password"),
                new(["form button[type=submit]", ".mud-dialog button[type=submit]"], ".mud-dialog [role=alert]"),
            ]),
            ["new-group"] = (_ => ConsoleSite.Consumers + "/new", null, [new(["#new-group-button", ".mud-dialog button[type=submit]"], ".mud-dialog [role=alert]")]),
            ["consumer-authorizations"] = (site => $"{ConsoleSite.Consumers}/{site.Program.Key}/authorizations", null, [new(["tbody tr:nth-child(1) .danger"], Dialog)]),
            ["authorizations"] = (_ => ConsoleSite.Authorizations, null,
            [
                new(["tbody tr:nth-child(1) .danger"], "#reason"),
                new(["tbody tr:nth-child(1) .tick input", "tbody tr:nth-child(2) .tick input", ".bulk .danger"], "#reason"),
            ]),
            ["api"] = (site => $"{ConsoleSite.Apis}/{site.Api}", null,
            [
                new(["tbody tr:nth-child(1) .danger"], Dialog),
                new([".head .actions .danger"], Dialog),
                new([".head.section .actions .second >> nth=0"], "#secret"),
            ]),
            ["group"] = (site => $"{ConsoleSite.Groups}/groups/{site.Group}", null, [new([".head .actions .danger"], Dialog)]),
            ["modules"] = (_ => ConsoleSite.Groups + "/switches", null, [new(["tbody tr:nth-child(1) .danger"], Dialog)]),
        };

    private static async Task Create(ConsoleSite site, IPage page)
    {
        await page.FillAsync("#name", "Bridge " + Guid.CreateVersion7());
        await page.SelectOptionAsync("#group", "Viewers");
        await page.ClickAsync("form button[type=submit]");
        site.Installation.Watch(await page.InnerTextAsync("#secret"));
    }

    private static Task SignedInLongAgo(ConsoleSite site, IPage page) => site.Installation.Execute("update sessions set authenticated_at = authenticated_at - 3600000");
}
