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
        ["consumer-test"] = (site => $"{ConsoleSite.Consumers}/{site.Program.Key}/test", async (site, page) =>
        {
            await page.FillAsync("#test-secret", site.Program.Secret);
            await page.FillAsync("#test-scope", "tasks:view warehouses:delete");
            await page.ClickAsync("form button[type=submit]");
            await page.WaitForSelectorAsync("#token");
        }
        ),
        ["consumer-test-refused"] = (site => $"{ConsoleSite.Consumers}/{site.Program.Key}/test", async (site, page) =>
        {
            await page.FillAsync("#test-secret", site.Site.Consumer.Secret);
            await page.ClickAsync("form button[type=submit]");
            await page.WaitForSelectorAsync("#refused");
        }
        ),
        ["consumer-test-nothing-typed"] = (site => $"{ConsoleSite.Consumers}/{site.Site.Consumer.Key}/test", async (_, page) =>
        {
            await page.ClickAsync("form button[type=submit]");
            await page.WaitForSelectorAsync("#test-secret-problem");
        }
        ),
        ["consumer-test-waiting"] = (site => $"{ConsoleSite.Consumers}/{site.Site.Consumer.Key}/test", async (site, page) =>
        {
            await page.FillAsync("#test-secret", site.Site.Consumer.Secret);
            await page.ClickAsync("form button[type=submit]");
            await page.WaitForSelectorAsync("#waiting");
        }
        ),
        ["authorizations"] = (_ => ConsoleSite.Authorizations, (_, page) => page.ClickAsync("tbody tr:nth-child(2) summary")),
        ["authorizations-revoked"] = (_ => ConsoleSite.Authorizations + "?status=revoked&used=never", (_, page) => page.WaitForSelectorAsync(".empty")),
        ["authorizations-of-one-app"] = (site => $"{ConsoleSite.Authorizations}?consumer={site.Site.Consumer.Key}", async (_, page) =>
        {
            await page.ClickAsync(".bulk .danger");
            await page.WaitForSelectorAsync("#reason");
        }
        ),
        ["apis"] = (_ => ConsoleSite.Apis, (_, page) => page.WaitForSelectorAsync("tbody tr")),
        ["new-api"] = (_ => ConsoleSite.Apis + "/new", async (_, page) =>
        {
            await page.ClickAsync("form button[type=submit]");
            await page.WaitForSelectorAsync("main [role=alert]");
        }
        ),
        ["created-api"] = (_ => ConsoleSite.Apis + "/new", async (site, page) =>
        {
            var name = "Warehouse " + Guid.CreateVersion7();
            await page.FillAsync("#name", name);
            await page.FillAsync("#audience", "https://" + name[10..] + ".example.com");
            await page.ClickAsync("form button[type=submit]");
            site.Installation.Watch(await page.InnerTextAsync("#secret"));
        }
        ),
        ["api"] = (site => $"{ConsoleSite.Apis}/{site.Api}", (_, page) => page.WaitForSelectorAsync("tbody tr")),
        ["groups"] = (_ => ConsoleSite.Groups, (_, page) => page.ClickAsync("tbody tr:nth-child(1) summary")),
        ["new-group"] = (_ => ConsoleSite.Groups + "/groups/new", (_, page) => page.CheckAsync("#group-read-only")),
        ["group"] = (site => $"{ConsoleSite.Groups}/groups/{site.Group}", (_, page) => page.WaitForSelectorAsync("#group-name")),
        ["group-narrowed"] = (site => $"{ConsoleSite.Groups}/groups/{site.Group}", async (_, page) =>
        {
            await page.CheckAsync("#group-read-only");
            await page.ClickAsync("form button[type=submit]");
            await page.WaitForSelectorAsync(".lost");
        }
        ),
        ["modules"] = (_ => ConsoleSite.Groups + "/switches", (_, page) => page.WaitForSelectorAsync("tbody tr")),
        ["new-consumer-new-group"] = (_ => ConsoleSite.Consumers + "/new", async (_, page) =>
        {
            await page.ClickAsync("#new-group-button");
            await page.WaitForSelectorAsync("#group-name");
        }
        ),
        ["general"] = (_ => ConsoleSite.General, async (_, page) =>
        {
            await page.ClickAsync("#add-link");
            await page.WaitForSelectorAsync("#address-0");
        }
        ),
        ["general-refused"] = (_ => ConsoleSite.General, async (_, page) =>
        {
            await page.FillAsync("#name", "");
            await page.FillAsync("#time-zone", "Nowhere");
            await page.ClickAsync("#add-link");
            await page.FillAsync("#address-0", "http://erp.example.com");
            await page.ClickAsync("form button[type=submit]");
            await page.WaitForSelectorAsync("#address-0-problem");
        }
        ),
        ["log"] = (_ => "/settings/log", (_, page) => page.WaitForSelectorAsync("tbody tr")),
        ["log-verified"] = (_ => "/settings/log?module=api_connections", async (_, page) =>
        {
            await page.ClickAsync(".head .actions button");
            await page.WaitForSelectorAsync(".note.good");
        }
        ),
        ["people"] = (_ => ConsoleSite.People, (_, page) => page.WaitForSelectorAsync("tbody tr")),
        ["people-chosen"] = (_ => ConsoleSite.People + "?q=technician&sort=email&desc=True", async (_, page) =>
        {
            await page.CheckAsync("tbody tr:nth-child(1) input");
            await page.WaitForSelectorAsync(".bulk");
        }
        ),
        ["people-found-nothing"] = (_ => ConsoleSite.People + "?status=invited&factor=yes", (_, page) => page.WaitForSelectorAsync(".empty")),
        ["invite"] = (_ => ConsoleSite.People + "/invite", (_, page) => page.CheckAsync("input[value=integration_developer]")),
        ["invite-refused"] = (_ => ConsoleSite.People + "/invite", async (_, page) =>
        {
            await page.FillAsync("#email", ConsoleSite.Admin);
            await page.ClickAsync("form button[type=submit]");
            await page.WaitForSelectorAsync("main [role=alert]");
        }
        ),
        ["invited"] = (_ => ConsoleSite.People + "/invite", async (site, page) =>
        {
            await page.FillAsync("#email", $"{Guid.CreateVersion7():N}@acme.test");
            await page.ClickAsync("form button[type=submit]");
            site.Installation.Watch((await page.InnerTextAsync("#link")).Split('/')[^1]);
        }
        ),
        ["person"] = (site => $"{ConsoleSite.People}/{site.Person}", (_, page) => page.WaitForSelectorAsync("#name")),
        ["person-self"] = (site => $"{ConsoleSite.People}/{site.Self}", (_, page) => page.WaitForSelectorAsync("tbody tr")),
        ["person-invited"] = (site => $"{ConsoleSite.People}/{site.Invited}", (_, page) => page.WaitForSelectorAsync("h1 .badge")),
        ["person-disable-dialog"] = (site => $"{ConsoleSite.People}/{site.Person}", async (_, page) =>
        {
            await page.ClickAsync(".head .danger");
            await page.WaitForSelectorAsync(".mud-dialog .danger");
        }
        ),
        ["person-password-dialog"] = (site => $"{ConsoleSite.People}/{site.Person}", async (_, page) =>
        {
            await page.ClickAsync(".facts button >> nth=1");
            await page.FillAsync("#fresh", "short");
            await page.ClickAsync(".mud-dialog [type=submit]");
            await page.WaitForSelectorAsync(".mud-dialog [role=alert]");
        }
        ),
        ["security"] = (_ => ConsoleSite.Security, (_, page) => page.WaitForSelectorAsync("#known")),
        ["security-refused"] = (_ => ConsoleSite.Security, async (_, page) =>
        {
            await page.FillAsync("#password-length", "4");
            await page.FillAsync("#idle", "");
            await page.ClickAsync("form button[type=submit]");
            await page.WaitForSelectorAsync("#idle-problem");
        }
        ),
        ["person-menu"] = (_ => ConsoleSite.Consumers, (_, page) => page.ClickAsync(".person summary")),
        ["delete-dialog"] = (site => $"{ConsoleSite.Consumers}/{site.Program.Key}", async (_, page) =>
        {
            await page.ClickAsync(".head .danger");
            await page.WaitForSelectorAsync(".mud-dialog .danger");
        }
        ),
    };
}
