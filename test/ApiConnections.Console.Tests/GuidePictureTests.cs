using ApiConnections.Server.SignIn;
using ApiConnections.Tests.Samples;
using ApiConnections.Tests.Support;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Playwright;
using Xunit;

namespace ApiConnections.Console.Tests;

/// <summary>Makes the pictures of the administrator's guide, <c>docs/images/guide</c>, in its three languages; <c>docs/pictures.sh</c> runs it.</summary>
public sealed class GuidePictureTests(Chromium chromium)
{
    private const string Settings = "/settings/api-connections";

    private static readonly (string Language, string Locale, GuideWords Words)[] languages =
    [
        ("en", "en-US", new("Stock figures", "What programs that count parts may read.", "Stock report", "Sends the stock of spare parts to purchasing every night.", "Warehouse app", "Lets people count parts on their telephone.", "The telephone was lost", "Acme Workshop")),
        ("es", "es-CO", new("Existencias", "Lo que pueden leer los programas que cuentan repuestos.", "Informe de existencias", "Envía las existencias de repuestos a compras cada noche.", "Almacén móvil", "Permite contar repuestos en el teléfono.", "Se perdió el teléfono", "Taller Ñandú")),
        ("pt", "pt-BR", new("Estoque", "O que podem ler os programas que contam peças.", "Relatório de estoque", "Envia o estoque de peças de reposição a compras toda noite.", "Almoxarifado móvel", "Permite contar peças no telefone.", "O telefone foi perdido", "Oficina Araçá")),
    ];

    [Fact(Explicit = true)]
    public async Task Pictures_of_the_guide()
    {
        await using var demo = await RunningDemo.Start();
        foreach (var (language, locale, words) in languages)
        {
            var window = new Window { Language = locale };
            await using (var started = await Installation.Empty(On.Sqlite))
                await SetUp(started, await chromium.Open(window), language, words);

            await Consent(demo, await chromium.Open(window), language);
            var page = await chromium.Open(window);
            await page.GotoAsync(demo.Issuer + "/signin?return=/settings");
            await page.SignIn(demo.Administrator.Email, demo.Administrator.Password);
            await page.ShouldReach(demo.Issuer + "/settings");
            await Registering(demo, page, language, words);
            await Looking(demo, page, language, words);
            await Company(demo, page, language);
            await page.Context.CloseAsync();
        }
    }

    private static async Task SetUp(Installation installation, IPage page, string language, GuideWords words)
    {
        await installation.Do("migrate");
        var node = await installation.Start();
        var sentence = (await node.App.Services.GetRequiredService<SetUpAddress>().Announce())!;
        await page.GotoAsync(sentence[sentence.IndexOf("http", StringComparison.Ordinal)..]);
        await page.FillAsync("#company", words.Company);
        await page.SelectOptionAsync("#language", language);
        await page.FillAsync("#name", "Marta Silva");
        await page.FillAsync("#email", "marta@acme.example");
        await page.FillAsync("#password", installation.NewPassword());
        await TakeAll(page, language, "set-up");
        await page.Context.CloseAsync();
    }

    // What a person is asked, before they answer.
    private static async Task Consent(RunningDemo demo, IPage page, string language)
    {
        var app = demo.FieldApp;
        await page.GotoAsync(demo.Issuer + "/oauth/authorize" + new QueryBuilder(new Dictionary<string, string>
        {
            ["response_type"] = "code",
            ["client_id"] = app.Key,
            ["redirect_uri"] = "http://127.0.0.1/callback",
            ["state"] = "a picture",
            ["code_challenge"] = new string('a', 43),
            ["code_challenge_method"] = "S256",
        }).ToQueryString());
        await page.SignIn(demo.Technician.Email, demo.Technician.Password);
        await page.WaitForSelectorAsync(Steps.Allow);
        await TakeAll(page, language, "consent");
        await page.Context.CloseAsync();
    }

    private static async Task Registering(RunningDemo demo, IPage page, string language, GuideWords words)
    {
        await page.GotoAsync(demo.Issuer + "/settings/modules/groups/new");
        await page.FillAsync("#group-name", words.Group);
        await page.FillAsync("#group-description", words.GroupFor);
        foreach (var (row, column) in new[] { (1, 2), (4, 2), (4, 6) })
            await page.CheckAsync($".matrix tbody tr:nth-child({row}) td:nth-child({column}) input");
        await Take(page, language, "group");
        await page.ClickAsync("form button[type=submit]");
        await page.ShouldReach(demo.Issuer + "/settings/modules");

        await page.GotoAsync($"{demo.Issuer}{Settings}/consumers/new");
        await page.FillAsync("#name", words.Program);
        await page.FillAsync("#description", words.ProgramFor);
        await page.SelectOptionAsync("#group", words.Group);
        await page.WaitForSelectorAsync(".may");
        await TakeAll(page, language, "new-consumer");
        await page.ClickAsync("form button[type=submit]");
        await page.WaitForSelectorAsync("#secret");
        await Take(page, language, "created-consumer");
        await page.CheckAsync("main .check input");
        await page.ClickAsync("main > .button");
        await page.WaitForSelectorAsync(".tabs");

        await page.GotoAsync($"{demo.Issuer}{Settings}/consumers/new");
        await page.CheckAsync("input[value=authorization_code]");
        await page.FillAsync("#name", words.App);
        await page.FillAsync("#description", words.AppFor);
        await page.FillAsync(".row-field input", "https://app.acme.example/callback");
        await Take(page, language, "new-app");

        // What is looked at later shows no trace of this.
        foreach (var consumer in (await demo.Command("consumer", "list")).EnumerateArray().Where(consumer => consumer.GetProperty("name").GetString() == words.Program))
            await demo.Command("consumer", "delete", consumer.GetProperty("key").GetString()!);
    }

    private static async Task Looking(RunningDemo demo, IPage page, string language, GuideWords words)
    {
        var boiler = (await demo.Command("consumer", "list")).EnumerateArray().Single(consumer => consumer.GetProperty("name").GetString() == "Boiler telemetry").GetProperty("key").GetString();
        await page.GotoAsync($"{demo.Issuer}{Settings}/consumers/{boiler}/credentials");
        await page.WaitForSelectorAsync("tbody tr");
        await Take(page, language, "rotate");

        await page.GotoAsync($"{demo.Issuer}{Settings}/consumers/{boiler}/requests");
        await page.WaitForSelectorAsync("tbody .badge.bad");
        await page.SelectOptionAsync(".tools select", "refused");
        await Take(page, language, "requests");

        await page.GotoAsync($"{demo.Issuer}{Settings}/authorizations?grant=authorization_code&sort=last&desc=True");
        await page.WaitForSelectorAsync("tbody tr");
        await page.ClickAsync("tbody tr:nth-child(1) .danger");
        await page.FillAsync("#reason", words.Reason);
        await Take(page, language, "revoke");
        await page.ClickAsync(".mud-dialog .second");
    }

    private static async Task Company(RunningDemo demo, IPage page, string language)
    {
        await page.GotoAsync(demo.Issuer + "/settings/users");
        await page.WaitForSelectorAsync("tbody tr");
        await Take(page, language, "people");

        await page.GotoAsync(demo.Issuer + "/settings/users/invite");
        await page.FillAsync("#email", "ines.rojas@demo.example");
        await page.FillAsync("#name", "Inés Rojas");
        await page.CheckAsync("input[value=integration_developer]");
        await page.SelectOptionAsync("#group", "Field work");
        await TakeAll(page, language, "invite");

        var lucia = (await demo.Command("user", "list")).EnumerateArray().Single(person => person.GetProperty("email").GetString() == "lucia.herrera@demo.example").GetProperty("id").GetString();
        await page.GotoAsync($"{demo.Issuer}/settings/users/{lucia}");
        await page.Locator(".facts").WaitForAsync();
        await Take(page, language, "person", "section.card:has(.facts)");

        await page.GotoAsync($"{demo.Issuer}/settings/log?to={TimeProvider.System.GetUtcNow().AddDays(-31):yyyy-MM-dd}");
        await page.WaitForSelectorAsync("tbody tr");
        await page.ClickAsync(".head .actions button");
        await page.WaitForSelectorAsync(".note.good");
        await Take(page, language, "log");

        await page.GotoAsync(demo.Issuer + "/settings/general");
        await page.FillAsync("#contact", "help@demo.example");
        await page.WaitForSelectorAsync("#links");
        await Take(page, language, "general");

        await page.GotoAsync(demo.Issuer + "/settings/security");
        await page.WaitForSelectorAsync("#known");
        await TakeAll(page, language, "security");

        await page.GotoAsync(demo.Issuer + "/account/second-factor");
        await page.FillAsync("input[type=password]", demo.Administrator.Password);
        await page.ClickAsync("button[name=do][value=begin]");
        await page.WaitForSelectorAsync("#key");
        await TakeAll(page, language, "second-factor");
    }

    /// <param name="part">What alone is to be seen; without it what the window shows.</param>
    private static async Task Take(IPage page, string language, string name, string? part = null)
    {
        await page.WaitForFunctionAsync("document.fonts.status === 'loaded'");
        // Nothing is in focus or under the mouse unless the picture is about it.
        await page.Mouse.MoveAsync(0, 0);
        await page.EvaluateAsync("document.activeElement?.closest('.mud-dialog') || document.activeElement?.blur()");
        await page.EvaluateAsync("scrollTo(0, 0)");
        var path = Path.Combine(Repository.Root, "docs", "images", "guide", language, name + ".png");
        if (part is null)
            await page.ScreenshotAsync(new() { Path = path, Animations = ScreenshotAnimations.Disabled });
        else
            await page.Locator(part).First.ScreenshotAsync(new() { Path = path, Animations = ScreenshotAnimations.Disabled });
    }

    // However long the page is.
    private static async Task TakeAll(IPage page, string language, string name)
    {
        var height = await page.EvaluateAsync<int>("document.documentElement.scrollHeight");
        await page.SetViewportSizeAsync(1280, Math.Max(800, height));
        await Take(page, language, name);
        await page.SetViewportSizeAsync(1280, 800);
    }

    private sealed record GuideWords(string Group, string GroupFor, string Program, string ProgramFor, string App, string AppFor, string Reason, string Company);
}
