using System.Net;
using ApiConnections.Server.Model;
using ApiConnections.Server.SignIn;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.SignIn;

public sealed class SetUpTests
{
    [Theory, Engines]
    public async Task The_first_person_makes_the_company_and_may_do_everything(On engine)
    {
        await using var installation = await Empty(engine);
        var node = await installation.Start();
        var path = await Address(installation, node);
        var password = installation.NewPassword();
        using var browser = node.Browser(installation);
        (await browser.Get("/signin")).Html.ShouldContain("Nobody can sign in yet.");

        (await browser.Get(path)).Html.ShouldContain("name=\"company\"");
        (await installation.Query<byte[]>("select setup_hash from installation")).Single().Length.ShouldBe(32);
        var page = await browser.Submit(path, ("company", "Taller Ñandú"), ("language", "es"), ("email", "ana@taller.example"), ("name", "Ana Pérez"), ("password", password));

        page.Location.ShouldBe("/account/apps");
        (await browser.IsSignedIn()).ShouldBeTrue();
        var people = await installation.Do("user", "list");
        people[0].GetProperty("email").GetString().ShouldBe("ana@taller.example");
        people[0].GetProperty("role").GetString().ShouldBe("super_administrator");
        // In the language of whoever sets it up.
        people[0].GetProperty("group").GetString().ShouldBe("Todo");
        (await installation.Do("group", "show", "Todo")).GetProperty("allowed").GetString()!.Split(' ').Length.ShouldBe(node.App.Services.GetRequiredService<ModuleCatalogue>().Everything.Count);
        (await installation.Query<string>("select name || ' ' || language from companies")).ShouldBe(["Taller Ñandú es"]);
        (await installation.Actions()).Order().ShouldBe(["company.create", "company.create", "group.create", "session.begin", "user.create"]);
        await installation.Do("log", "verify");

        // Once.
        (await browser.Get(path)).Status.ShouldBe(HttpStatusCode.NotFound);
        using var later = node.Browser(installation);
        (await later.Get("/signin")).Html.ShouldNotContain("Nobody can sign in yet.");
        (await node.App.Services.GetRequiredService<SetUpAddress>().Announce()).ShouldBeNull();
    }

    [Theory, Engines]
    public async Task Of_two_who_send_the_form_at_once_one_makes_the_first_person(On engine)
    {
        await using var installation = await Empty(engine);
        var node = await installation.Start();
        var path = await Address(installation, node);
        var browsers = Enumerable.Range(0, 4).Select(_ => node.Browser(installation)).ToArray();
        foreach (var browser in browsers)
            await browser.Get(path);

        var answers = await Task.WhenAll(browsers.Select((browser, i) => browser.Submit(
            path, ("company", $"Company {i}"), ("language", "en"), ("email", $"person{i}@acme.test"), ("name", "Pat"), ("password", installation.NewPassword()))));

        answers.Select(answer => answer.Status).Order().ShouldBe([HttpStatusCode.SeeOther, HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound]);
        foreach (var table in new[] { "users", "companies", "permission_groups", "sessions" })
            (await installation.Count(table)).ShouldBe(1, table);
        Array.ForEach(browsers, browser => browser.Dispose());
    }

    [Theory, Engines]
    public async Task Where_there_is_a_company_without_people_only_the_person_is_asked_for(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var path = await Address(installation, node);
        using var browser = node.Browser(installation);

        var page = await browser.Get(path);
        page.Html.ShouldContain("Acme");
        page.Html.ShouldNotContain("name=\"company\"");
        (await browser.Submit(path, ("company", "Another"), ("language", "pt"), ("email", "pat@acme.test"), ("name", "Pat"), ("password", installation.NewPassword()))).Location.ShouldBe("/account/apps");

        (await installation.Do("company", "list")).GetArrayLength().ShouldBe(1);
        (await installation.Do("user", "list", "--company", "Acme"))[0].GetProperty("group").GetString().ShouldBe("Tudo");
    }

    [Fact]
    public async Task What_is_wrong_is_said_beside_its_field_and_what_was_typed_stays()
    {
        await using var installation = await Empty(On.Sqlite);
        var node = await installation.Start();
        var path = await Address(installation, node);
        using var browser = node.Browser(installation);
        await browser.Get(path);

        var page = await browser.Submit(path, ("company", "Acme \u202Egpj"), ("language", "pt"), ("email", "no address"), ("name", "Pat \"P\" Person"), ("password", "secret"));
        page.Status.ShouldBe(HttpStatusCode.OK);
        foreach (var field in new[] { "company", "email" })
            page.Html.ShouldContain($"aria-describedby=\"{field}-problem\"");
        page.Html.ShouldContain("id=\"password-problem\"");
        page.Html.ShouldContain("value=\"Pat &quot;P&quot; Person\"");
        page.Html.ShouldContain("value=\"pt\" selected");
        page.Html.ShouldNotContain("\u202E");
        page.Html.ShouldNotContain("value=\"secret\"");
        (await browser.Submit(path, ("company", "Acme"), ("language", "pt"), ("email", "pat@acme.test"), ("name", "Pat"), ("password", "Password2026!"))).Html.ShouldContain("among the first");
        (await browser.Submit(path)).Status.ShouldBe(HttpStatusCode.OK);

        (await installation.Count("users")).ShouldBe(0);
        (await installation.Count("companies")).ShouldBe(0);
        (await browser.Submit(path, ("company", "Acme"), ("language", "pt"), ("email", "pat@acme.test"), ("name", "Pat"), ("password", installation.NewPassword()))).Location.ShouldBe("/account/apps");
    }

    [Theory, Engines]
    public async Task Another_address_an_old_one_and_a_late_one_are_nobodys(On engine)
    {
        await using var installation = await Empty(engine);
        var node = await installation.Start();
        var first = await Address(installation, node);
        var second = await Address(installation, node);
        using var browser = node.Browser(installation);
        var form = (await browser.Get(second)).Hidden;
        (string, string)[] filled = [.. form, ("company", "Acme"), ("language", "en"), ("email", "pat@acme.test"), ("name", "Pat"), ("password", installation.NewPassword())];

        foreach (var path in new[] { first, "/setup/x", "/setup/" + Base62.Random(43), second.ToLowerInvariant(), second + "0", "/setup/" + Uri.EscapeDataString(new string('é', 43)) })
        {
            (await browser.Get(path)).Status.ShouldBe(HttpStatusCode.NotFound);
            (await browser.Post(path, filled)).Status.ShouldBe(HttpStatusCode.NotFound);
        }

        installation.Clock.Advance(TimeSpan.FromHours(24));
        (await browser.Get(second)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await browser.Post(second, filled)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await installation.Count("users")).ShouldBe(0);
    }

    [Theory, Engines]
    public async Task Somebody_made_on_the_command_line_closes_the_address(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var path = await Address(installation, node);
        using var browser = node.Browser(installation);
        var form = (await browser.Get(path)).Hidden;
        form.ShouldNotBeEmpty();

        await installation.Login("super_administrator");

        (await browser.Get(path)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await browser.Post(path, [.. form, ("language", "en"), ("email", "pat@acme.test"), ("name", "Pat"), ("password", installation.NewPassword())])).Status.ShouldBe(HttpStatusCode.NotFound);
        (await installation.Count("users")).ShouldBe(1);
    }

    [Fact]
    public async Task Serve_prints_the_address_once_on_its_output_and_keeps_it_out_of_the_log()
    {
        await using var installation = await Empty(On.Sqlite);
        var issuer = $"http://127.0.0.1:{Node.FreePort()}";
        await using var serve = ChildProcess.Start("dotnet", [Repository.Program("ApiConnections.Server", "api-connections"), "serve", "--data", installation.Folder, "--issuer", issuer, "--urls", issuer]);

        await Within(TimeSpan.FromSeconds(60), () => Task.FromResult(serve.Output.Contains("/setup/", StringComparison.Ordinal)), "the address");
        var line = serve.Output.Split('\n').Single(line => line.Contains("/setup/", StringComparison.Ordinal));
        line.ShouldMatch($"^Nobody can sign in yet\\. Make the first person within 24 hours at {issuer}/setup/[0-9A-Za-z]{{43}}$");
        serve.Error.ShouldNotContain("/setup/");
        using var http = new HttpClient();
        (await http.GetAsync(line[line.IndexOf("http", StringComparison.Ordinal)..])).StatusCode.ShouldBe(HttpStatusCode.OK);
        await serve.Terminate();
        (await serve.End(TimeSpan.FromSeconds(30))).Exit.ShouldBe(0);
    }

    private static async Task<Installation> Empty(On engine)
    {
        var installation = await Installation.Empty(engine);
        await installation.Do("migrate");
        return installation;
    }

    private static async Task<string> Address(Installation installation, Node node)
    {
        var sentence = (await node.App.Services.GetRequiredService<SetUpAddress>().Announce())!;
        var address = sentence[sentence.IndexOf("http", StringComparison.Ordinal)..];
        address.ShouldStartWith(node.Issuer + "/setup/");
        installation.Watch(address[^43..]);
        return address[node.Issuer.Length..];
    }
}
