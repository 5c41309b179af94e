using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>People sign in with what their browser keeps for them, in the place of a password.</summary>
public sealed class PasskeyJourneyTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    [Fact]
    public async Task A_passkey_is_added_signs_in_on_the_way_to_a_consent_and_is_removed()
    {
        var person = await site.Site.AsSomebodyElse();
        var page = await chromium.Open();
        var wrong = page.Watch(person.Node.Issuer, person.App.Address);
        await page.WithPasskeys();
        await page.GotoAsync(person.Node.Issuer + "/signin?return=%2Faccount%2Fpasskeys");
        await page.SignIn(person.Email, Site.Password);
        await page.ShouldReach(person.Node.Issuer + "/account/passkeys");
        (await page.InputValueAsync("input[name=name]")).ShouldContain("Chrome");
        await page.FillAsync("input[name=name]", "Work laptop");
        await page.FillAsync("input[name=password]", Site.Password);
        await page.ClickAsync("button[name=do][value=add]");
        await page.ShouldReach(person.Node.Issuer + "/account/passkeys?done=passkey_added");
        await Assertions.Expect(page.Locator("li.item strong")).ToHaveTextAsync("Work laptop");

        // An app asks, and nobody is signed in: one press, no password, and the consent is there.
        await page.Context.ClearCookiesAsync();
        await page.GotoAsync(person.Authorize());
        await page.ClickAsync("a[href^='/signin/passkey']");
        await page.WaitForSelectorAsync(Steps.Allow);
        (await site.Installation.Query<string>($"select s.methods from sessions s join users u on u.id = s.user_id where u.email = '{person.Email}' and s.methods <> 'pwd'")).ShouldBe(["hwk user mfa"]);
        await page.ClickAsync(Steps.Allow);
        await page.ShouldReach(person.App.Callback);
        (await person.Redeem()).ShouldBeIssued();

        await page.GotoAsync(person.Node.Issuer + "/account/passkeys");
        await page.ClickAsync("li a.button");
        await page.FillAsync("input[name=password]", Site.Password);
        await page.ClickAsync("button[name=do][value=remove]");
        await page.ShouldReach(person.Node.Issuer + "/account/passkeys?done=passkey_removed");
        (await page.Locator("li.item").CountAsync()).ShouldBe(0);
        await page.Context.ClearCookiesAsync();
        await page.GotoAsync(person.Node.Issuer + "/signin/passkey");
        await page.WaitForSelectorAsync("#why");
        (await page.InnerTextAsync("#why")).ShouldContain("That passkey was not accepted");
        (await site.Installation.Count($"sessions s join users u on u.id = s.user_id where u.email = '{person.Email}' and s.methods like 'hwk%'")).ShouldBe(1);
        wrong.ShouldBeEmpty();
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task In_the_console_a_passkey_shows_anew_who_it_is_before_a_secret_is_made()
    {
        const string Admin = "lea.novak@acme.test";
        await site.Installation.DoWith(Site.Password, "user", "create", "--company", "Acme", "--email", Admin, "--name", "Lea Novak", "--role", "super_administrator");
        var page = await chromium.Open();
        var wrong = page.Watch(site.Node.Issuer);
        await page.WithPasskeys();
        await page.GotoAsync(site.Node.Issuer + "/signin?return=%2Faccount%2Fpasskeys");
        await page.SignIn(Admin, Site.Password);
        await page.FillAsync("input[name=name]", "Work laptop");
        await page.FillAsync("input[name=password]", Site.Password);
        await page.ClickAsync("button[name=do][value=add]");
        await page.ShouldReach(site.Node.Issuer + "/account/passkeys?done=passkey_added");
        await page.GotoAsync($"{site.Node.Issuer}{ConsoleSite.Consumers}/{site.Program.Key}/credentials");
        await page.Locator("tbody tr").First.WaitForAsync();
        await site.Installation.Execute("update sessions set authenticated_at = authenticated_at - 3600000");

        await page.ClickAsync("form button[type=submit]");
        await page.Locator("#anew-passkey").WaitForAsync();
        await page.ShouldBeAccessible();
        await page.ClickAsync("#anew-passkey");
        await page.Locator("#secret").WaitForAsync();

        site.Installation.Watch(await page.InnerTextAsync("#secret"));
        await Assertions.Expect(page.Locator(".mud-dialog")).ToHaveCountAsync(0);
        (await site.Installation.Count("passkeys where last_used_at is not null")).ShouldBe(1);
        wrong.ShouldBeEmpty();
        await page.Context.CloseAsync();
    }
}
