using System.Net;
using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>An administrator finds out which apps act for whom, and ends what should not go on.</summary>
public sealed class AuthorizationsJourneyTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    [Fact]
    public async Task A_persons_authorization_is_found_and_revoked_and_the_app_is_refused()
    {
        var person = await chromium.Open();
        await person.GotoAsync(site.Site.Authorize());
        await person.SignIn(site.Site.Email, Site.Password);
        await person.ClickAsync(Steps.Allow);
        await person.ShouldReach(site.Site.App.Callback);
        var token = await site.Site.Redeem();
        token.Status.ShouldBe(HttpStatusCode.OK);

        var page = await site.Open(chromium, ConsoleSite.Authorizations);
        var wrong = page.Watch(site.Node.Issuer);
        await page.FillAsync("input[type=search]", site.Site.Email);
        await page.PressAsync("input[type=search]", "Enter");
        await Assertions.Expect(page.Locator(".foot")).ToContainTextAsync("Showing 1–1 of 1");
        await page.ClickAsync("tbody button.danger");
        await Assertions.Expect(page.Locator(".mud-dialog")).ToContainTextAsync($"stops acting for {site.Site.Email}");
        await page.FillAsync("#reason", "Left the company.");
        await page.ClickAsync(".mud-dialog .danger");
        await Assertions.Expect(page.Locator("[role=status]")).ToContainTextAsync("Revoked. APIs refuse its tokens now.");

        var refused = await site.Node.Post([("grant_type", "refresh_token"), ("refresh_token", token.RefreshToken!)], Node.Basic(site.Site.Consumer.Key, site.Site.Consumer.Secret));
        refused.Error.ShouldBe("invalid_grant");
        await page.SelectOptionAsync("select >> nth=2", "revoked");
        await Assertions.Expect(page.Locator("tbody")).ToContainTextAsync("Left the company.");
        (await page.ContentAsync()).ShouldNotContain(token.RefreshToken!);
        (await page.EvaluateAsync<string>("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + location.href")).ShouldNotContain(token.RefreshToken!);
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_program_is_revoked_and_allowed_again()
    {
        var page = await site.Open(chromium, $"{ConsoleSite.Authorizations}?consumer={site.Program.Key}&status=all");
        await page.ClickAsync("tbody button.danger");
        await page.ClickAsync(".mud-dialog .danger");
        await Assertions.Expect(page.Locator("tbody")).ToContainTextAsync("Revoked by an administrator.");
        await site.Node.Hear();
        (await site.Node.Token(site.Program)).Status.ShouldNotBe(HttpStatusCode.OK);

        await page.ClickAsync("tbody button:has-text('Allow again')");
        await Assertions.Expect(page.Locator("[role=status]")).ToContainTextAsync("Nightly report may ask for tokens again.");
        await site.Node.Hear();
        (await site.Node.Token(site.Program)).Status.ShouldBe(HttpStatusCode.OK);
        await Assertions.Expect(page.Locator("tbody button:has-text('Allow again')")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Chosen_ones_are_revoked_together_and_the_address_can_be_opened_again()
    {
        var page = await site.Open(chromium, ConsoleSite.Authorizations);
        await Assertions.Expect(page.Locator(".foot")).ToContainTextAsync("Showing 1–25 of");
        await page.FillAsync("input[aria-label='Filter: Person']", "technician3");
        await page.PressAsync("input[aria-label='Filter: Person']", "Enter");
        await Assertions.Expect(page.Locator(".foot")).ToContainTextAsync("of 11");
        await page.SelectOptionAsync("select >> nth=0", "never");
        await Assertions.Expect(page.Locator(".foot")).ToContainTextAsync("of 10");
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator(".foot")).ToContainTextAsync("of 10");
        page.Url.ShouldContain("used=never");

        await page.CheckAsync("tbody tr:nth-child(1) input");
        await page.CheckAsync("tbody tr:nth-child(2) input");
        await page.ClickAsync(".bulk .danger");
        await page.ClickAsync(".mud-dialog .danger");
        await Assertions.Expect(page.Locator("[role=status]")).ToContainTextAsync("Revoked: 2.");
        await Assertions.Expect(page.Locator(".foot")).ToContainTextAsync("of 8");
    }
}
