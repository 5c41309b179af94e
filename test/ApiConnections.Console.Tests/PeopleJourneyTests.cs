using System.Text.RegularExpressions;
using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>An administrator lets people in, and out again.</summary>
public sealed class PeopleJourneyTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    [Fact]
    public async Task Somebody_is_invited_chooses_a_password_in_their_browser_is_signed_in_and_is_out_when_disabled()
    {
        var page = await site.Open(chromium, ConsoleSite.People);
        var wrong = page.Watch(site.Node.Issuer);
        await page.ClickAsync(".head .button");
        await page.FillAsync("#email", "noor.haddad@acme.test");
        await page.FillAsync("#name", "Noor Haddad");
        await page.CheckAsync("input[value=auditor]");
        await page.SelectOptionAsync("#group", "Viewers");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("Noor Haddad is invited");
        var link = await page.InnerTextAsync("#link");
        site.Installation.Watch(link.Split('/')[^1]);
        (await page.EvaluateAsync<string>("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + location.href")).ShouldNotContain(link.Split('/')[^1]);

        // Another browser, without script.
        var theirs = await chromium.Open(new Window { Script = false, Language = "pt-BR" });
        var theirWrong = theirs.Watch(site.Node.Issuer);
        await theirs.GotoAsync(link);
        await Assertions.Expect(theirs.Locator("h1")).ToHaveTextAsync("Boas-vindas, Noor Haddad");
        await theirs.FillAsync("input[name=password]", site.Installation.NewPassword());
        await theirs.ClickAsync("main button[type=submit]");
        await theirs.ShouldReach(site.Node.Issuer + "/account/apps");

        await page.ClickAsync("main .actions a.button");
        await Assertions.Expect(page.Locator("h1 .badge.good")).ToHaveTextAsync("Active");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        (await page.ContentAsync()).ShouldNotContain(link.Split('/')[^1]);
        await page.ClickAsync(".head .actions .danger");
        await Assertions.Expect(page.Locator(".mud-dialog")).ToContainTextAsync("signed out everywhere (1 session)");
        await page.ClickAsync(".mud-dialog .danger");
        await Assertions.Expect(page.Locator("[role=status]")).ToContainTextAsync("Noor Haddad is disabled");

        await theirs.GotoAsync(site.Node.Issuer + "/account/apps");
        await theirs.ShouldReach(site.Node.Issuer + "/signin");
        await page.GotoAsync(site.Node.Issuer + ConsoleSite.People + "?status=disabled&q=noor");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        wrong.ShouldBeEmpty();
        theirWrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_invitation_is_made_anew_and_withdrawn()
    {
        var page = await site.Open(chromium, $"{ConsoleSite.People}/{site.Invited}");
        await page.ClickAsync(".head .actions .second");
        var link = await page.InnerTextAsync("#link");
        site.Installation.Watch(link.Split('/')[^1]);
        await page.ClickAsync(".head .actions .danger");
        await page.ClickAsync(".mud-dialog .danger");
        await Assertions.Expect(page.Locator("[role=status]")).ToContainTextAsync("is withdrawn");

        await page.GotoAsync(link);
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("It was withdrawn");
    }

    [Fact]
    public async Task A_list_in_the_address_is_what_is_shown_whatever_the_address_says()
    {
        var page = await site.Open(chromium, ConsoleSite.People + "?q=technician&sort=email&desc=True&page=2");
        await Assertions.Expect(page.Locator(".foot")).ToContainTextAsync("Showing 26–40 of 40");
        await page.ClickAsync("th button >> nth=0");
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("sort=name"));
        await Assertions.Expect(page.Locator("th[aria-sort=ascending]")).ToContainTextAsync("Name");
        await page.GotoAsync(site.Node.Issuer + ConsoleSite.People + "?page=x&group=%00&desc=perhaps&role=king&q=%00technician1");
        await Assertions.Expect(page.Locator(".foot")).ToContainTextAsync("of 11");
    }

    [Fact]
    public async Task Name_role_and_groups_are_saved_and_the_last_super_administrator_stays_one()
    {
        var page = await site.Open(chromium, $"{ConsoleSite.People}/{site.Person}");
        await page.FillAsync("#name", "Ana Torres Vega");
        await page.SelectOptionAsync("#role", "IntegrationDeveloper");
        await page.CheckAsync("fieldset.plain input >> nth=0");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator("[role=status]")).ToContainTextAsync("Saved.");
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("Ana Torres Vega");
        (await site.Installation.Count("user_groups h join users u on u.id = h.user_id where u.name = 'Ana Torres Vega' and u.role = 'integration_developer'")).ShouldBe(1);

        await page.GotoAsync($"{site.Node.Issuer}{ConsoleSite.People}/{site.Self}");
        await page.SelectOptionAsync("#role", "User");
        await page.ClickAsync("form button[type=submit]");
        await page.ClickAsync(".mud-dialog .danger");
        await Assertions.Expect(page.Locator("main [role=alert]").First).ToContainTextAsync("is the last active super administrator");
        (await site.Installation.Count($"users where email = '{ConsoleSite.Admin}' and role = 'super_administrator'")).ShouldBe(1);
    }

    [Fact]
    public async Task An_auditor_sees_people_and_can_press_nothing_that_changes_them()
    {
        const string Auditor = "otto.auditor@acme.test";
        await site.Installation.DoWith(Site.Password, "user", "create", "--company", "Acme", "--email", Auditor, "--role", "auditor");
        var page = await site.Open(chromium, ConsoleSite.People, email: Auditor);
        await page.WaitForSelectorAsync("tbody tr");
        (await page.Locator("tbody input, .head .button").CountAsync()).ShouldBe(0);

        await page.GotoAsync($"{site.Node.Issuer}{ConsoleSite.People}/{site.Self}");
        await page.WaitForSelectorAsync("#name");
        (await page.Locator("main button:not([disabled])").CountAsync()).ShouldBe(0);
        (await page.Locator("#name").IsDisabledAsync()).ShouldBeTrue();
        await page.GotoAsync($"{site.Node.Issuer}{ConsoleSite.People}/invite");
        await Assertions.Expect(page.Locator("main [role=alert]")).ToContainTextAsync("Only super administrators");
    }
}
