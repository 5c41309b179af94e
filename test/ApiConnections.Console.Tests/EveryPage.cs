using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using OtpNet;

namespace ApiConnections.Console.Tests;

/// <summary>Every page that there is, each with the way to it; what must hold for all of them is tested on this list, and pictures are made from it.</summary>
internal static class EveryPage
{
    /// <summary>Those on which a passkey is made or shown.</summary>
    public static readonly IReadOnlySet<string> WithScript = new HashSet<string> { "sign-in-passkey", "sign-in-passkey-refused", "new-passkey-cancelled" };

    public static readonly IReadOnlyDictionary<string, Func<Site, IPage, Task>> All = new Dictionary<string, Func<Site, IPage, Task>>
    {
        ["sign-in"] = (site, page) => page.GotoAsync(site.Authorize()),
        ["sign-in-refused"] = async (site, page) =>
        {
            await page.GotoAsync(site.Authorize());
            await page.SignIn(site.Email, "not the password");
        },
        ["consent"] = async (site, page) =>
        {
            await page.GotoAsync(site.Authorize());
            await page.SignIn(site.Email, Site.Password);
            await page.WaitForSelectorAsync(Steps.Allow);
        },
        ["wrong-callback"] = (site, page) => page.GotoAsync(site.Authorize(("redirect_uri", "https://elsewhere.test/callback"))),
        ["unknown-app"] = (site, page) => page.GotoAsync(site.Authorize(("client_id", "nobody"))),
        ["form-expired"] = async (site, page) =>
        {
            await page.GotoAsync(site.Authorize());
            await page.Context.ClearCookiesAsync();
            await page.SignIn(site.Email, Site.Password);
        },
        ["apps-empty"] = (site, page) => SignedIn(site, page, "/account/apps"),
        ["apps"] = async (site, page) =>
        {
            await page.GotoAsync(site.Authorize());
            await page.SignIn(site.Email, Site.Password);
            await page.ClickAsync(Steps.Allow);
            await page.ShouldReach(site.App.Callback);
            await site.Redeem();
            await page.GotoAsync(site.Node.Issuer + "/account/apps");
        },
        ["sessions"] = (site, page) => SignedIn(site, page, "/account/sessions"),
        ["password"] = (site, page) => SignedIn(site, page, "/account/password"),
        ["second-factor"] = (site, page) => SignedIn(site, page, "/account/second-factor"),
        ["second-factor-set-up"] = BeginSecondFactor,
        ["recovery-codes"] = (site, page) => SetUpSecondFactor(site, page),
        ["sign-in-code"] = async (site, page) =>
        {
            await SetUpSecondFactor(site, page);
            await page.Context.ClearCookiesAsync();
            await page.GotoAsync(site.Node.Issuer + "/signin");
            await page.SignIn(site.Email, Site.Password);
            await page.ShouldReach(site.Node.Issuer + "/signin/code");
        },
        ["sign-in-second-factor"] = AskedForSecondFactor,
        ["sign-in-second-factor-set-up"] = async (site, page) =>
        {
            await AskedForSecondFactor(site, page);
            await page.ClickAsync("button[name=do][value=begin]");
            site.Installation.Watch((await page.InnerTextAsync("#key")).Replace(" ", "", StringComparison.Ordinal));
            await page.FillAsync("input[name=code]", "000000");
            await page.ClickAsync("button[name=do][value=confirm]");
            await page.WaitForSelectorAsync("#why");
        },
        ["sign-in-new-password"] = async (site, page) =>
        {
            await site.Installation.Run("security", "edit", "--password-months", "60");
            await site.Installation.Execute($"update users set password_changed_at = 1 where email = '{site.Email}'");
            await page.GotoAsync(site.Node.Issuer + "/signin");
            await page.SignIn(site.Email, Site.Password);
            await page.ShouldReach(site.Node.Issuer + "/signin/new-password");
            await page.FillAsync("input[name=password]", Site.Password);
            await page.ClickAsync("main button[type=submit]");
            await page.WaitForSelectorAsync("#password-problem");
        },
        ["sign-in-passkey"] = async (site, page) =>
        {
            await page.WithPasskeys();
            await page.GotoAsync(site.Node.Issuer + "/signin");
            await page.ClickAsync("a[href='/signin/passkey']");
            await page.WaitForSelectorAsync("[data-problem=cancelled]:not([hidden])");
        },
        ["sign-in-passkey-refused"] = async (site, page) =>
        {
            await page.WithPasskeys();
            await AddPasskey(site, page);
            await site.Installation.Do("user", "remove-passkeys", site.Email);
            await page.Context.ClearCookiesAsync();
            await page.GotoAsync(site.Node.Issuer + "/signin/passkey");
            await page.WaitForSelectorAsync("#why");
        },
        ["passkeys"] = async (site, page) =>
        {
            await page.WithPasskeys();
            await AddPasskey(site, page);
        },
        ["passkeys-refused"] = async (site, page) =>
        {
            await SignedIn(site, page, "/account/passkeys");
            await page.FillAsync("input[name=name]", "Phone");
            await page.FillAsync("input[name=password]", "not the password");
            await page.ClickAsync("button[name=do][value=add]");
            await page.WaitForSelectorAsync("#add-why");
        },
        ["passkey"] = async (site, page) =>
        {
            await page.WithPasskeys();
            await AddPasskey(site, page);
            await page.ClickAsync("li a.button");
            await page.FillAsync("input[name=name]", " ");
            await page.ClickAsync("button[name=do][value=rename]");
            await page.WaitForSelectorAsync("#name-why");
        },
        ["new-passkey-cancelled"] = async (site, page) =>
        {
            // Nobody proves to the device who they are.
            await page.WithPasskeys(verified: false);
            await BeginPasskey(site, page);
            await page.WaitForSelectorAsync("[data-problem=cancelled]:not([hidden])");
        },
        ["invitation"] = async (site, page) => await page.GotoAsync(site.Node.Issuer + await Link(site, "invite", "--email", $"{Guid.CreateVersion7():N}@acme.test", "--name", "Inés Rojas", "--role", "user")),
        ["invitation-refused"] = async (site, page) =>
        {
            await page.GotoAsync(site.Node.Issuer + await Link(site, "invite", "--email", $"{Guid.CreateVersion7():N}@acme.test", "--role", "user"));
            await page.FillAsync("input[name=password]", "password2026");
            await page.ClickAsync("main button[type=submit]");
            await page.WaitForSelectorAsync("#password-problem");
        },
        ["new-password"] = async (site, page) => await page.GotoAsync(site.Node.Issuer + await Link(site, "reset-password", site.Email, "--link")),
        ["link-void"] = async (site, page) =>
        {
            var first = await Link(site, "reset-password", site.Email, "--link");
            await Link(site, "reset-password", site.Email, "--link");
            await page.GotoAsync(site.Node.Issuer + first);
        },
        ["missing"] = (site, page) => page.GotoAsync(site.Node.Issuer + "/nowhere"),
        ["sign-out"] = (site, page) => SignedIn(site, page, "/signout"),
    };

    // The path of a one-time link that a command makes.
    private static async Task<string> Link(Site site, params string[] command)
    {
        var path = new Uri((await site.Installation.Reveal(["user", .. command])).GetProperty("link").GetString()!).AbsolutePath;
        site.Installation.Watch(path.Split('/')[^1]);
        return path;
    }

    private static async Task BeginPasskey(Site site, IPage page)
    {
        await SignedIn(site, page, "/account/passkeys");
        await page.FillAsync("input[name=name]", "Work laptop");
        await page.FillAsync("input[name=password]", Site.Password);
        await page.ClickAsync("button[name=do][value=add]");
    }

    private static async Task AddPasskey(Site site, IPage page)
    {
        await BeginPasskey(site, page);
        await page.ShouldReach(site.Node.Issuer + "/account/passkeys?done=passkey_added");
    }

    // Nobody else of this server is a super administrator.
    private static async Task AskedForSecondFactor(Site site, IPage page)
    {
        await site.Installation.Run("security", "edit", "--second-factor", "administrators");
        await site.Installation.Execute($"update users set role = 'super_administrator' where email = '{site.Email}'");
        await page.GotoAsync(site.Node.Issuer + "/signin");
        await page.SignIn(site.Email, Site.Password);
        await page.ShouldReach(site.Node.Issuer + "/signin/second-factor");
    }

    private static async Task BeginSecondFactor(Site site, IPage page)
    {
        await SignedIn(site, page, "/account/second-factor");
        await page.FillAsync("input[name=password]", Site.Password);
        await page.ClickAsync("button[name=do][value=begin]");
        await page.WaitForSelectorAsync("input[name=code]");
    }

    private static async Task SetUpSecondFactor(Site site, IPage page)
    {
        await BeginSecondFactor(site, page);
        var key = (await page.InnerTextAsync("#key")).Replace(" ", "", StringComparison.Ordinal);
        site.Installation.Watch(key);
        await page.FillAsync("input[name=code]", new TestFactor(Base32Encoding.ToBytes(key), []).Code(site.Installation));
        await page.ClickAsync("button[name=do][value=confirm]");
        await page.WaitForSelectorAsync(".codes");
    }

    private static async Task SignedIn(Site site, IPage page, string path)
    {
        await page.GotoAsync($"{site.Node.Issuer}/signin?return={Uri.EscapeDataString(path)}");
        await page.SignIn(site.Email, Site.Password);
        await page.ShouldReach(site.Node.Issuer + path);
    }
}
