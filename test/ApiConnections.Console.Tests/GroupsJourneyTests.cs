using System.Net;
using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>An administrator bounds what consumers and people may do.</summary>
public sealed class GroupsJourneyTests(Chromium chromium, ConsoleSite site) : IClassFixture<ConsoleSite>
{
    [Fact]
    public async Task A_group_is_made_by_rows_and_columns_and_a_narrowing_says_beforehand_what_is_lost()
    {
        var page = await site.Open(chromium, ConsoleSite.Groups + "/groups/new");
        var wrong = page.Watch(site.Node.Issuer);
        await page.FillAsync("#group-name", "Planners");
        await page.CheckAsync("input[aria-label='All of Work orders and tasks']");
        await page.CheckAsync("input[aria-label='View: in every module']");
        await page.ClickAsync("form button[type=submit]");
        await page.ShouldReach(site.Node.Issuer + ConsoleSite.Groups);
        await page.ClickAsync("tbody a:has-text('Planners')");
        (await site.Installation.Query<string>("select scopes from permission_groups where name = 'Planners'")).Single().ShouldContain("tasks:delete");

        var made = await site.Installation.Reveal("consumer", "create", "--company", "Acme", "--name", "Planner", "--grant", "client_credentials", "--group", "Planners");
        var planner = new TestConsumer(made.GetProperty("key").GetString()!, made.GetProperty("secret").GetString()!, "Planner", "");
        (await site.Node.Token(planner)).Scope!.ShouldContain("tasks:delete");
        await page.CheckAsync("#group-read-only");
        await page.ClickAsync("form button[type=submit]");
        await Assertions.Expect(page.Locator(".mud-dialog")).ToContainTextAsync("Consumers: 1. People: 0.");
        await Assertions.Expect(page.Locator(".lost")).ToContainTextAsync("app authorizations: 1");
        await page.ClickAsync(".mud-dialog .second");
        (await site.Installation.Count("permission_groups where name = 'Planners' and read_only = 1")).ShouldBe(0);

        await page.ClickAsync("form button[type=submit]");
        await page.ClickAsync(".mud-dialog .danger");
        await Assertions.Expect(page.Locator("[role=status]").First).ToContainTextAsync("Saved.");
        await site.Node.Hear();
        (await site.Node.Token(planner)).Scope!.ShouldNotContain("tasks:delete");
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_module_is_switched_off_as_a_whole_and_on_again()
    {
        var page = await site.Open(chromium, ConsoleSite.Groups + "/switches");
        await page.ClickAsync("button[aria-label='Switch off Assets']");
        await page.ClickAsync(".mud-dialog .danger");
        await Assertions.Expect(page.Locator("[role=status]").First).ToContainTextAsync("Assets is off.");
        await site.Node.Hear();
        (await site.Node.Token(site.Program)).Scope.ShouldBe("tasks:view");
        await page.ClickAsync("button[aria-label='Switch on Assets']");
        await Assertions.Expect(page.Locator("[role=status]").First).ToContainTextAsync("Assets is on.");
        await site.Node.Hear();
        (await site.Node.Token(site.Program)).Scope.ShouldBe("assets:view tasks:view");
    }

    [Fact]
    public async Task A_group_is_made_while_a_consumer_is_and_what_was_typed_stays()
    {
        var page = await site.Open(chromium, ConsoleSite.Consumers + "/new");
        await page.FillAsync("#name", "Stock bridge");
        await page.FillAsync("#description", "Copies stock.");
        await page.ClickAsync("#new-group-button");
        await page.FillAsync("#group-name", "Stock readers");
        await page.ClickAsync("button[form=new-group]");
        await Assertions.Expect(page.Locator(".mud-dialog [role=alert]")).ToContainTextAsync("at least one scope");
        await page.CheckAsync("input[aria-label='All of Warehouses']");
        await page.ClickAsync("button[form=new-group]");
        await Assertions.Expect(page.Locator("#group")).ToHaveValueAsync("Stock readers");
        (await page.InputValueAsync("#name")).ShouldBe("Stock bridge");

        await page.ClickAsync("form button[type=submit]");
        var secret = await page.InnerTextAsync("#secret");
        site.Installation.Watch(secret);
        var answer = await site.Node.Token(new TestConsumer(await page.InnerTextAsync("#key"), secret, "", ""));
        answer.Status.ShouldBe(HttpStatusCode.OK);
        answer.Scope!.ShouldContain("warehouses:view");
    }
}
