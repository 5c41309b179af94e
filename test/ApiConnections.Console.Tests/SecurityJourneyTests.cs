using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>An administrator says how the people of the company sign in.</summary>
public sealed class SecurityJourneyTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    [Fact]
    public async Task The_policy_is_edited_refused_beside_its_fields_and_saved_again_after_somebody_else()
    {
        var page = await site.Open(chromium, ConsoleSite.Security);
        var wrong = page.Watch(site.Node.Issuer);
        await Assertions.Expect(page.Locator("#password-length")).ToHaveValueAsync("10");
        await Assertions.Expect(page.Locator("nav.menu a.active")).ToContainTextAsync("Security");

        await page.FillAsync("#password-length", "7");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator("#password-length-problem")).ToContainTextAsync("is 8 to 64 characters");
        (await site.Installation.Count("companies where security_version = 1")).ShouldBe(1);

        await page.FillAsync("#password-length", "12");
        await page.FillAsync("#known", "Green Valley Tools\ngreen valley tools\nRiver Street 7");
        await page.CheckAsync("input[value='security.administrators']");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator("[role=status]").First).ToContainTextAsync("Saved.");
        await Assertions.Expect(page.Locator("#known")).ToHaveValueAsync("Green Valley Tools\nRiver Street 7");
        (await site.Installation.Do("security", "show")).GetProperty("second_factor").GetString().ShouldBe("administrators");

        await site.Installation.Do("security", "edit", "--idle-minutes", "90");
        await page.FillAsync("#password-months", "12");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator(".note.warn")).ToContainTextAsync("Changed: Sessions.");
        await Assertions.Expect(page.Locator(".messages")).ToHaveTextAsync("");
        await Assertions.Expect(page.Locator("#password-months")).ToHaveValueAsync("12");
        await page.ClickAsync(".note.warn button");
        await Assertions.Expect(page.Locator("#idle")).ToHaveValueAsync("90");
        await Assertions.Expect(page.Locator("#password-months")).ToHaveValueAsync("");
        await page.FillAsync("#password-months", "12");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator("[role=status]").First).ToContainTextAsync("Saved.");

        var shown = await site.Installation.Do("security", "show");
        (shown.GetProperty("idle_minutes").GetInt32(), shown.GetProperty("password_months").GetInt32()).ShouldBe((90, 12));
        await site.Installation.Do("security", "edit", "--second-factor", "nobody", "--password-months", "0");
        wrong.ShouldBeEmpty();
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task An_auditor_reads_it_and_can_change_nothing()
    {
        const string Auditor = "rita.lopez@acme.test";
        await site.Installation.DoWith(Site.Password, "user", "create", "--company", "Acme", "--email", Auditor, "--name", "Rita López", "--role", "auditor");
        var page = await site.Open(chromium, ConsoleSite.Security, email: Auditor);

        await page.Locator("#idle").WaitForAsync();
        (await page.Locator("form button[type=submit]").CountAsync()).ShouldBe(0);
        (await page.Locator("input:not([readonly]):not([type=radio]), textarea:not([readonly])").CountAsync()).ShouldBe(0);
        (await page.Locator("input[type=radio]:enabled").CountAsync()).ShouldBe(1);
        await page.Context.CloseAsync();
    }
}
