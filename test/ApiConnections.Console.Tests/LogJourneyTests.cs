using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>The transactions log in the hands of an administrator.</summary>
public sealed class LogJourneyTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    [Fact]
    public async Task An_administrator_finds_who_made_a_consumer_and_sees_that_the_log_holds()
    {
        var page = await site.Open(chromium, "/settings/log");
        await page.Locator("tbody tr").First.WaitForAsync();

        await page.FillAsync("[aria-label='Filter: Key or id']", site.Program.Key);
        await page.PressAsync("[aria-label='Filter: Key or id']", "Enter");
        await page.ShouldReach($"{site.Node.Issuer}/settings/log?subject={site.Program.Key}");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("tbody tr")).ToContainTextAsync("consumer.create");
        (await page.InnerTextAsync("tbody")).ShouldNotContain(site.Program.Secret);

        await page.ClickAsync(".head .actions button");
        await page.Locator(".note.good").WaitForAsync();
        (await page.InnerTextAsync(".note.good")).ShouldContain("holds from record 1 to record");

        await page.ClickAsync($"tbody a:has-text('{site.Program.Name}')");
        await page.ShouldReach($"{site.Node.Issuer}{ConsoleSite.Consumers}/{site.Program.Key}");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task On_a_telephone_the_fields_that_narrow_it_are_behind_a_button()
    {
        var page = await site.Open(chromium, "/settings/log", new Window { Width = 360, Height = 740 });
        var field = page.Locator("[aria-label='Filter: Action']");
        await page.Locator("tbody tr").First.WaitForAsync();
        await Assertions.Expect(field).ToBeHiddenAsync();

        await page.ClickAsync(".narrow-filters summary");
        await Assertions.Expect(field).ToBeVisibleAsync();
        await page.ShouldBeAccessible();
        await page.ShouldFit();
        await field.FillAsync("consumer.create");
        await field.PressAsync("Enter");
        await page.ShouldReach($"{site.Node.Issuer}/settings/log?action=consumer.create");

        await Assertions.Expect(page.Locator("tbody tr").Filter(new() { HasNotText = "consumer.create" })).ToHaveCountAsync(0);
        (await page.Locator("tbody tr").CountAsync()).ShouldBeGreaterThan(0);
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_record_says_what_was_there_before_leads_to_the_person_and_goes_into_a_file_with_its_filter()
    {
        await site.Installation.Do("user", "edit", site.Site.Email, "--name", "Ana María Torres");
        var page = await site.Open(chromium, "/settings/log");
        var wrong = page.Watch(site.Node.Issuer);
        await page.FillAsync("[aria-label='Filter: What changed']", "ana maría");
        await page.PressAsync("[aria-label='Filter: What changed']", "Enter");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        (await page.InnerTextAsync("tbody .changes del")).ShouldBe("Ana Torres");
        (await page.InnerTextAsync("tbody .changes ins")).ShouldBe("Ana María Torres");

        foreach (var (name, file, holds) in new[] { ("Export CSV", "transactions-log.csv", "\"user.edit\""), ("Export JSON lines", "transactions-log.jsonl", "\"action\":\"user.edit\"") })
        {
            var download = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync($"a:has-text('{name}')"));
            download.SuggestedFilename.ShouldBe(file);
            var text = await File.ReadAllTextAsync(await download.PathAsync());
            text.ShouldContain(holds);
            text.ShouldNotContain("consumer.create");
        }

        await page.ClickAsync("tbody .id a");
        await page.ShouldReach($"{site.Node.Issuer}{ConsoleSite.People}/{site.Person}");
        wrong.ShouldBeEmpty();
        await page.Context.CloseAsync();
    }
}
