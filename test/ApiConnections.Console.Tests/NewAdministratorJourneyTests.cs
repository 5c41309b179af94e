using ApiConnections.Server.SignIn;
using ApiConnections.Tests.Support;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>Whoever has just installed the server gets a program going with the pages alone, sees why it was refused, and ends it.</summary>
public sealed class NewAdministratorJourneyTests(Chromium chromium)
{
    [Theory]
    [InlineData("es-CO", "es", "Nada de lo pedido se puede conceder a este consumidor.", "Revocada.")]
    [InlineData("pt-BR", "pt", "Nada do que foi pedido pode ser concedido a este consumidor.", "Revogada.")]
    [InlineData("en-US", "en", "Nothing of the requested scope may be granted to this consumer.", "Revoked.")]
    public async Task From_the_first_start_to_a_pasted_line_that_works_a_refusal_explained_and_an_end(string locale, string language, string why, string revoked)
    {
        await using var installation = await Installation.Empty(On.Sqlite);
        await installation.Do("migrate");
        var node = await installation.Start();
        var sentence = (await node.App.Services.GetRequiredService<SetUpAddress>().Announce())!;
        var address = sentence[sentence.IndexOf("http", StringComparison.Ordinal)..];
        installation.Watch(address[^43..]);
        var page = await chromium.Open(new Window { Language = locale });
        var wrong = page.Watch(node.Issuer);

        // The first person.
        await page.GotoAsync(address);
        await page.FillAsync("#company", "Taller Ñandú");
        await page.SelectOptionAsync("#language", language);
        await page.FillAsync("#name", "Ana Pérez");
        await page.FillAsync("#email", "ana@taller.example");
        await page.FillAsync("#password", installation.NewPassword());
        await page.ClickAsync("main button[type=submit]");
        await page.ShouldReach(node.Issuer + "/account/apps");
        (await page.GetAttributeAsync("html", "lang")).ShouldBe(language);

        // A group that may look at everything.
        await page.ClickAsync("header nav a[href$='/settings']");
        await page.ClickAsync($"#menu a[href$='{ConsoleSite.Groups}']");
        await page.ClickAsync($".head a.button[href$='{ConsoleSite.Groups}/groups/new']");
        await page.FillAsync("#group-name", "Auditoría");
        await page.CheckAsync(".matrix thead input >> nth=0");
        await page.ClickAsync("form button[type=submit]");
        await page.ShouldReach(node.Issuer + ConsoleSite.Groups);
        await Assertions.Expect(page.Locator("tbody")).ToContainTextAsync("Auditoría");

        // A program with it, and the line that the page gives.
        await page.ClickAsync("#menu a[href*='api-connections']");
        await page.ClickAsync($".head a.button[href$='{ConsoleSite.Consumers}/new']");
        await page.FillAsync("#name", "Puente ERP");
        await page.SelectOptionAsync("#group", "Auditoría");
        await page.ClickAsync("form button[type=submit]");
        var key = await page.InnerTextAsync("#key");
        installation.Watch(await page.InnerTextAsync("#secret"));
        var line = await page.InnerTextAsync("pre");
        (await Paste(installation, line)).ShouldContain("\"access_token\":\"");
        await page.CheckAsync("main .check input");
        await page.ClickAsync("main > .button");
        await page.ShouldReach($"{node.Issuer}{ConsoleSite.Consumers}/{key}");

        // What was refused, and why.
        (await Paste(installation, line + " --data-urlencode scope=tasks:delete")).ShouldContain("invalid_scope");
        await page.ClickAsync(".tabs a[href$='/requests']");
        var refused = page.Locator("tbody tr", new() { HasText = "invalid_scope" });
        await Assertions.Expect(refused).ToContainTextAsync(why, new() { Timeout = 30_000 });
        await Assertions.Expect(refused).ToContainTextAsync("tasks:delete");

        // The end of it.
        await page.ClickAsync(".tabs a[href$='/authorizations']");
        await page.GotoAsync(node.Issuer + ConsoleSite.Authorizations);
        await page.ClickAsync("tbody button.danger");
        await page.ClickAsync(".mud-dialog .danger");
        await Assertions.Expect(page.Locator("[role=status]").First).ToContainTextAsync(revoked);
        await node.Hear();
        (await Paste(installation, line)).ShouldNotContain("access_token");
        (await installation.Count("authorizations where status = 'live'")).ShouldBe(0);
        wrong.ShouldBeEmpty();
    }

    // As somebody does who copies it into a terminal.
    private static async Task<string> Paste(Installation installation, string line)
    {
        var result = await ChildProcess.Run("bash", ["-c", line.Replace("curl ", "curl -s ", StringComparison.Ordinal)]);
        result.Exit.ShouldBe(0, result.Error);
        if (result.Output.IndexOf("\"access_token\":\"", StringComparison.Ordinal) is var at and >= 0)
            installation.Watch(result.Output[(at + 16)..].Split('"')[0]);

        return result.Output;
    }
}
