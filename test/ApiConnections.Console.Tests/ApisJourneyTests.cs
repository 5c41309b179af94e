using System.Net;
using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>An administrator registers an API, gives it another secret, and ends it.</summary>
public sealed class ApisJourneyTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    [Fact]
    public async Task An_api_is_registered_its_secret_shown_once_and_it_listens_until_the_secret_is_revoked()
    {
        var page = await site.Open(chromium, ConsoleSite.Apis, new Window { Language = "es-CO" });
        var wrong = page.Watch(site.Node.Issuer);
        await page.ClickAsync(".head a.button");
        await page.FillAsync("#name", "Almacén");
        await page.FillAsync("#audience", "not an address");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator("main [role=alert]")).ToContainTextAsync("La audiencia es una dirección absoluta");
        (await page.InputValueAsync("#name")).ShouldBe("Almacén");

        await page.FillAsync("#audience", "https://warehouse.example.com");
        await page.ClickAsync("form button[type=submit]");
        var secret = await page.InnerTextAsync("#secret");
        var key = await page.InnerTextAsync("#key");
        site.Installation.Watch(secret);
        await page.CheckAsync("main > p .check input");
        await page.ClickAsync("main > .button");
        await Assertions.Expect(page.Locator("#secret")).ToHaveCountAsync(0);
        (await page.ContentAsync()).ShouldNotContain(secret);
        (await page.EvaluateAsync<string>("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie + location.href")).ShouldNotContain(secret);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/oauth/revocations") { Headers = { Authorization = Node.Basic(key, secret) } };
        using var stream = await site.Node.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        stream.StatusCode.ShouldBe(HttpStatusCode.OK);
        await page.ClickAsync(".head.section >> nth=1 >> button");
        await Assertions.Expect(page.Locator("h1 .badge")).ToHaveTextAsync("al día");

        await page.ClickAsync($"button[aria-label$='{secret[^4..]}']");
        await page.ClickAsync(".mud-dialog .danger");
        await Assertions.Expect(page.Locator("[role=status]").First).ToContainTextAsync("está revocado");
        using var again = new HttpRequestMessage(HttpMethod.Get, "/oauth/revocations") { Headers = { Authorization = Node.Basic(key, secret) } };
        using var refused = await site.Node.Http.SendAsync(again, HttpCompletionOption.ResponseHeadersRead);
        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_further_secret_asks_for_the_password_after_ten_minutes_and_an_api_is_renamed_and_deleted()
    {
        var made = await site.Installation.Reveal("api", "create", "--name", "Old API", "--audience", "https://old.example.com");
        var key = made.GetProperty("key").GetString()!;
        var page = await site.Open(chromium, $"{ConsoleSite.Apis}/{key}");
        await page.FillAsync("#name", "Renamed API");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("Renamed API");

        await site.Installation.Execute("update sessions set authenticated_at = authenticated_at - 11 * 60 * 1000");
        await page.ClickAsync(".head.section >> nth=0 >> button");
        await page.FillAsync("#anew-password", Site.Password);
        await page.PressAsync("#anew-password", "Enter");
        site.Installation.Watch(await page.InnerTextAsync("#secret"));
        (await site.Installation.Count($"api_secrets where api = '{key}'")).ShouldBe(2);

        await page.ClickAsync(".head >> nth=0 >> .danger");
        await page.ClickAsync(".mud-dialog .danger");
        await Assertions.Expect(page).ToHaveURLAsync(site.Node.Issuer + ConsoleSite.Apis, new() { Timeout = 15_000 });
        await Assertions.Expect(page.Locator("tbody")).Not.ToContainTextAsync("Renamed API");
        await site.Node.Hear();
        (await site.Node.Token(site.Program, ("resource", "https://old.example.com"))).Error.ShouldBe("invalid_target");
    }
}
