using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>An administrator says what the company is called, how its people see the console, and where else its menu leads.</summary>
public sealed class GeneralJourneyTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    [Fact]
    public async Task A_company_gets_another_name_language_zone_and_contact_and_everything_on_the_page_follows()
    {
        await Begin();
        var page = await site.Open(chromium, ConsoleSite.General);
        var wrong = page.Watch(site.Node.Issuer);
        await page.FillAsync("#name", "Acme Ltda");
        await page.SelectOptionAsync("#language", "pt");
        await page.FillAsync("#time-zone", "são");
        await page.ClickAsync(".suggested button:has-text('America/Sao_Paulo')");
        await Assertions.Expect(page.Locator("#time-zone-hint")).ToContainTextAsync("America/Sao_Paulo (UTC-03:00)");
        await page.FillAsync("#time-zone", "Bogotá");
        await page.PressAsync("#time-zone", "Tab");
        await Assertions.Expect(page.Locator("#time-zone")).ToHaveValueAsync("America/Bogota");
        await Assertions.Expect(page.Locator("#time-zone-hint")).ToContainTextAsync("America/Bogota (UTC-05:00)");
        await page.FillAsync("#contact", "help@acme.test");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator("[role=status]").First).ToContainTextAsync("Saved.");
        await Assertions.Expect(page.Locator(".bar .company")).ToHaveTextAsync("Acme Ltda");

        // The language of whoever chose none is the company's now, and times are those of its zone.
        await page.GotoAsync(site.Node.Issuer + "/settings/log");
        await page.Locator("tbody tr").First.WaitForAsync();
        (await page.GetAttributeAsync("html", "lang")).ShouldBe("pt");
        (await page.Locator("tbody time").First.GetAttributeAsync("title"))!.ShouldEndWith("America/Bogota (UTC-05:00)");
        wrong.ShouldBeEmpty();
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_link_of_the_product_stands_in_the_menu_in_the_language_of_the_person_and_opens_apart()
    {
        await Begin();
        var page = await site.Open(chromium, ConsoleSite.General);
        var wrong = page.Watch(site.Node.Issuer);
        await page.ClickAsync("#add-link");
        await page.FillAsync("#address-0", "http://erp.example.com/calendar");
        await page.FillAsync("#english-0", "Business Calendar");
        await page.FillAsync("#spanish-0", "Calendario laboral");
        await page.FillAsync("#portuguese-0", "Calendário comercial");
        await page.SelectOptionAsync("#icon-0", "calendar");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator("#address-0-problem")).ToContainTextAsync("must be an https address");
        (await page.Locator(".menu a[target]").CountAsync()).ShouldBe(0);

        await page.FillAsync("#address-0", "https://erp.example.com/calendar");
        // What was wrong goes when the field is left, and all below moves up: not under the pointer.
        await page.PressAsync("#address-0", "Tab");
        await Assertions.Expect(page.Locator("#address-0-problem")).ToHaveCountAsync(0);
        await page.ClickAsync("#add-link");
        await page.FillAsync("#address-1", "https://erp.example.com/money");
        foreach (var label in new[] { "#english-1", "#spanish-1", "#portuguese-1" })
            await page.FillAsync(label, "ERP");
        await page.ClickAsync("[aria-label='Move link 2 up']");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator(".menu a[target]")).ToHaveCountAsync(2);

        var link = page.Locator(".menu a[href='https://erp.example.com/calendar']");
        (await link.InnerTextAsync()).ShouldContain("Business Calendar");
        (await link.GetAttributeAsync("rel")).ShouldBe("noopener noreferrer");
        (await page.Locator(".menu li").AllInnerTextsAsync()).Select(text => text.Split('\n', '(')[0].Trim()).ShouldBe(["General", "User accounts", "Modules", "ERP", "Business Calendar", "Security", "Transactions log", "API Connections", "Account"]);

        await page.GotoAsync(site.Node.Issuer + ConsoleSite.General + "?lang=es");
        await Assertions.Expect(page.Locator(".menu a[href='https://erp.example.com/calendar']")).ToContainTextAsync("Calendario laboral");
        await page.ClickAsync("[aria-label='Quitar el enlace 1']");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator(".menu a[target]")).ToHaveCountAsync(1);
        wrong.ShouldBeEmpty();
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task The_second_of_two_who_edit_the_company_is_told_what_the_first_changed_and_keeps_what_they_typed()
    {
        await Begin();
        var page = await site.Open(chromium, ConsoleSite.General);
        await page.FillAsync("#contact", "mine@acme.test");
        await site.Installation.Do("company", "edit", "--contact", "theirs@acme.test", "--time-zone", "Europe/Lisbon");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator(".note.warn")).ToContainTextAsync("Changed: Time zone, Contact.");
        (await page.InputValueAsync("#contact")).ShouldBe("mine@acme.test");
        (await site.Installation.Query<string>("select contact from companies")).ShouldBe(["theirs@acme.test"]);

        await page.ClickAsync(".note.warn button");
        await Assertions.Expect(page.Locator("#time-zone")).ToHaveValueAsync("Europe/Lisbon");
        await page.FillAsync("#contact", "mine@acme.test");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator("[role=status]").First).ToContainTextAsync("Saved.");
        (await site.Installation.Query<string>("select contact || time_zone from companies")).ShouldBe(["mine@acme.testEurope/Lisbon"]);
        await page.Context.CloseAsync();
    }

    // Each of these begins with the company as it was made.
    private Task Begin() => site.Installation.Execute("update companies set name = 'Acme', name_key = 'acme', language = '', time_zone = 'UTC', contact = '', host_links = null, version = version + 1");
}
