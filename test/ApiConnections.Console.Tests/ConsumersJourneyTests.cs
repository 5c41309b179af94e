using System.Net;
using System.Text.RegularExpressions;
using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>An administrator registers programs, changes and ends them, as people do it.</summary>
public sealed class ConsumersJourneyTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    [Fact]
    public async Task A_consumer_is_made_its_secret_shown_once_and_works_and_is_kept_nowhere_in_the_browser()
    {
        var page = await site.Open(chromium, ConsoleSite.Consumers, new Window { Language = "es-CO" });
        var wrong = page.Watch(site.Node.Issuer);
        await page.ClickAsync(".head a.button");
        await page.ShouldReach(site.Node.Issuer + ConsoleSite.Consumers + "/new");
        await page.FillAsync("#name", "Puente ERP");
        await page.SelectOptionAsync("#group", "Viewers");
        await Assertions.Expect(page.Locator(".may")).ToContainTextAsync("Podrá:");
        await page.ClickAsync("form button[type=submit]");

        var secret = await page.InnerTextAsync("#secret");
        var made = new TestConsumer(await page.InnerTextAsync("#key"), secret, "Puente ERP", "");
        site.Installation.Watch(secret);
        (await site.Node.Token(made)).Status.ShouldBe(HttpStatusCode.OK);
        (await page.InnerTextAsync("pre")).ShouldContain($"client_secret={secret}");

        // Leaving asks, until it was stored.
        await page.ClickAsync(".crumbs a");
        await page.ClickAsync(".mud-dialog .second");
        page.Url.ShouldEndWith("/new");
        await page.CheckAsync("main .check input");
        await page.ClickAsync("main > .button");
        await page.ShouldReach(site.Node.Issuer + ConsoleSite.Consumers + "/" + made.Key);

        // The address changes first, the page a moment later.
        await Assertions.Expect(page.Locator("#secret")).ToHaveCountAsync(0);
        page.Url.ShouldNotContain(secret);
        (await page.ContentAsync()).ShouldNotContain(secret);
        (await page.EvaluateAsync<string>("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie")).ShouldNotContain(secret);
        await page.GoBackAsync();
        await page.Locator("#name").WaitForAsync();
        (await page.ContentAsync()).ShouldNotContain(secret);
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_callback_is_judged_while_it_is_typed_and_what_was_typed_stays_when_it_is_refused()
    {
        var page = await site.Open(chromium, ConsoleSite.Consumers + "/new", new Window { Language = "pt-BR" });
        await page.CheckAsync("input[value=authorization_code]");
        await page.FillAsync(".row-field input", "http://app.example.com/callback");
        await Assertions.Expect(page.Locator("#callback-0")).ToContainTextAsync("Uma URL de retorno deve usar https");
        await page.FillAsync(".row-field input", "https://app.example.com/callback");
        await Assertions.Expect(page.Locator("#callback-0")).ToHaveTextAsync("");

        await page.FillAsync("#name", "Field app");
        await page.FillAsync("#url", "http://app.example.com");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator("#url-problem")).ToContainTextAsync("deve ser um endereço https");
        await Assertions.Expect(page.Locator("#group-problem")).ToContainTextAsync("Escolha um grupo de permissões.");

        await page.FillAsync("#url", "");
        await page.SelectOptionAsync("#group", "Viewers");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator("main [role=alert]")).ToContainTextAsync("Já existe um consumidor «Field app» nesta empresa.");
        (await page.InputValueAsync("#name")).ShouldBe("Field app");
    }

    [Fact]
    public async Task The_list_is_searched_ordered_filtered_and_turned_and_its_address_can_be_opened_again()
    {
        var page = await site.Open(chromium, ConsoleSite.Consumers);
        await Assertions.Expect(page.Locator(".foot")).ToContainTextAsync("Showing 1–25 of");
        await page.FillAsync("input[type=search]", "integration 1");
        await page.PressAsync("input[type=search]", "Enter");
        await Assertions.Expect(page.Locator(".foot")).ToContainTextAsync("of 11");
        await page.ClickAsync("th:has-text('Name') button");
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("Integration 19");

        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("Integration 19");
        await page.SelectOptionAsync("select >> nth=2", "disabled");
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("status=disabled"));
        await Assertions.Expect(page.Locator(".foot")).ToContainTextAsync("Showing 1–1 of 1");

        var csv = await (await page.APIRequest.GetAsync(site.Node.Issuer + ConsoleSite.Path + "/consumers.csv?q=integration%201")).TextAsync();
        csv.Split('\n').Length.ShouldBe(13); // heads, eleven lines, and what follows the last
    }

    [Fact]
    public async Task Chosen_consumers_are_disabled_and_enabled_together()
    {
        var page = await site.Open(chromium, ConsoleSite.Consumers + "?q=integration%205");
        await page.CheckAsync("tbody tr:nth-child(2) input");
        await page.CheckAsync("tbody tr:nth-child(3) input");
        await page.ClickAsync(".bulk button:has-text('Disable')");
        await page.ClickAsync(".mud-dialog .danger");
        await Assertions.Expect(page.Locator("[role=status]")).ToContainTextAsync("2 disabled.");
        (await site.Installation.Count("consumers where name in ('Integration 50', 'Integration 51') and status = 'disabled'")).ShouldBe(2);
    }

    [Fact]
    public async Task A_refused_request_is_explained_and_a_secret_rotated_and_revoked()
    {
        var page = await site.Open(chromium, $"{ConsoleSite.Consumers}/{site.Program.Key}/requests");
        await Assertions.Expect(page.Locator("tbody")).ToContainTextAsync("warehouses:delete");
        await Assertions.Expect(page.Locator("tbody")).ToContainTextAsync("assets:view tasks:view");

        await page.ClickAsync(".tabs a:has-text('Credentials')");
        await page.SelectOptionAsync("#grace", "");
        await page.ClickAsync("form button[type=submit]");
        var fresh = site.Program with { Secret = await page.InnerTextAsync("#secret") };
        site.Installation.Watch(fresh.Secret);
        await site.Node.Hear(); // its look for an unknown secret, one a second by a clock that stands still here, went to the wrong one
        (await site.Node.Token(fresh)).Status.ShouldBe(HttpStatusCode.OK);
        (await site.Node.Token(site.Program)).Status.ShouldBe(HttpStatusCode.OK);

        await page.ClickAsync($"button[aria-label$='{fresh.Secret[^4..]}']");
        await page.ClickAsync(".mud-dialog .danger");
        await Assertions.Expect(page.Locator("[role=status]")).ToContainTextAsync("is revoked");
        await site.Node.Hear();
        (await site.Node.Token(fresh)).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Of_two_administrators_who_edit_one_consumer_the_second_is_told_what_changed()
    {
        var address = $"{ConsoleSite.Consumers}/{site.Site.Consumer.Key}";
        var first = await site.Open(chromium, address);
        var second = await site.Open(chromium, address);
        await first.FillAsync("#description", "Changed by the first.");
        await first.ClickAsync("form button[type=submit]");
        await Assertions.Expect(first.Locator("[role=status]")).ToContainTextAsync("Saved.");

        await second.FillAsync("#url", "https://field.example.com");
        await second.ClickAsync("form button[type=submit]");
        await Assertions.Expect(second.Locator("main [role=alert]")).ToContainTextAsync("Changed: Description");
        (await second.InputValueAsync("#url")).ShouldBe("https://field.example.com");
        await second.ClickAsync("[role=alert] button");
        await Assertions.Expect(second.Locator("#description")).ToHaveValueAsync("Changed by the first.");
    }
}
