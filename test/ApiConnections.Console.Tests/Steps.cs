using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;
using Shouldly;

namespace ApiConnections.Console.Tests;

/// <summary>What people do on the pages, and what every page must be.</summary>
internal static class Steps
{
    public const string Allow = "button[name=decision][value=allow]";
    public const string Deny = "button[name=decision][value=deny]";

    private static readonly string axe = new BundledAxeScriptProvider().GetScript();

    public static async Task SignIn(this IPage page, string email, string password)
    {
        await page.FillAsync("input[name=email]", email);
        await page.FillAsync("input[name=password]", password);
        await page.ClickAsync("main button[type=submit]");
    }

    /// <summary>Gives the browser an authenticator of its own, which keeps passkeys in the device.</summary>
    /// <param name="verified">Whether the person proves to it who they are.</param>
    public static async Task WithPasskeys(this IPage page, bool verified = true)
    {
        var browser = await page.Context.NewCDPSessionAsync(page);
        await browser.SendAsync("WebAuthn.enable");
        await browser.SendAsync("WebAuthn.addVirtualAuthenticator", new Dictionary<string, object>
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2",
                ["transport"] = "internal",
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = true,
                ["isUserVerified"] = verified,
                ["automaticPresenceSimulation"] = true,
            },
        });
    }

    /// <summary>The browser arrives at an address that begins so. (Playwright's own waiting for an address can miss a load that is over already.)</summary>
    public static async Task ShouldReach(this IPage page, string address)
    {
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("^" + Regex.Escape(address)), new() { Timeout = 15_000 });
        await page.Locator("h1").First.WaitForAsync();
    }

    /// <summary>Nothing that axe calls a violation.</summary>
    public static Task ShouldBeAccessible(this IPage page) => ShouldBeAccessible(page, []);

    /// <summary>The same of the colours alone, which is all that differs between a light page and a dark one.</summary>
    public static Task ShouldHaveReadableColours(this IPage page) => ShouldBeAccessible(page, ["color-contrast", "link-in-text-block"]);

    // In the page itself: the library's own way opens a second page for each look, to put together what frames say, and there are none.
    private static async Task ShouldBeAccessible(IPage page, string[] rules)
    {
        (await page.Locator("iframe, frame").CountAsync()).ShouldBe(0);
        await page.EvaluateAsync(axe);
        // What passed need not be described: that takes longer than to look for what did not.
        var violations = await page.EvaluateAsync<string[]>(
            """
            async rules => {
                const found = await axe.run({ resultTypes: ['violations'], ...(rules.length > 0 && { runOnly: rules }) });
                return found.violations.map(violation => `${violation.id}: ${violation.nodes.map(node => node.html).join(' | ')}`);
            }
            """, rules);
        violations.ShouldBeEmpty(page.Url);
    }

    /// <summary>Nobody has to scroll sideways.</summary>
    public static async Task ShouldFit(this IPage page) =>
        (await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth")).ShouldBe(0, page.Url);

    /// <summary>Collects what a page must not do: break its own policy, or ask anybody else for anything.</summary>
    public static List<string> Watch(this IPage page, params string[] ours)
    {
        var wrong = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                wrong.Add(message.Text);
        };
        page.PageError += (_, error) => wrong.Add(error);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("data:", StringComparison.Ordinal) && !Array.Exists(ours, host => request.Url.StartsWith(host, StringComparison.Ordinal)))
                wrong.Add("asked for " + request.Url);
        };
        return wrong;
    }
}
