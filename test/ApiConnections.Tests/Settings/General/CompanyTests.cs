using System.Text.Json;
using System.Text.RegularExpressions;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Settings.General;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Settings.General;

/// <summary>What a company says of itself, as the console and the command line change it.</summary>
public sealed partial class CompanyTests
{
    [Theory, Engines]
    public async Task A_company_is_edited_on_the_command_line_and_its_log_holds_what_was_there_before(On engine)
    {
        await using var installation = await Installation.New(engine);
        var before = await installation.Do("company", "show");
        (before.Text("language"), before.Text("time_zone"), before.Text("contact")).ShouldBe(("browser", "UTC", ""));

        var after = await installation.Do("company", "edit", "Acme", "--name", "Acme Ltda", "--language", "pt", "--time-zone", "america/sao_paulo", "--contact", "ti@acme.test");
        (after.Text("name"), after.Text("language"), after.Text("time_zone"), after.Text("contact")).ShouldBe(("Acme Ltda", "pt", "America/Sao_Paulo", "ti@acme.test"));
        (await installation.Do("company", "show", "Acme Ltda")).ToString().ShouldBe(after.ToString());
        (await installation.Run("company", "show")).Output.ShouldContain("Time zone         America/Sao_Paulo");

        var record = JsonDocument.Parse((await installation.Query<string>("select data from transactions_log where action = 'company.edit'")).ShouldHaveSingleItem()).RootElement;
        (record.GetProperty("before").Text("name"), record.GetProperty("after").Text("name")).ShouldBe(("Acme", "Acme Ltda"));
        (record.GetProperty("before").Text("language"), record.GetProperty("after").Text("language")).ShouldBe(("browser", "pt"));

        // What is not given stays.
        (await installation.Do("company", "edit", "--language", "browser")).Text("contact").ShouldBe("ti@acme.test");
        (await installation.Do("company", "show")).Text("language").ShouldBe("browser");
    }

    [Theory]
    [InlineData("São Paulo", "America/Sao_Paulo")]
    [InlineData(" sao  paulo ", "America/Sao_Paulo")]
    [InlineData("SAO_PAULO", "America/Sao_Paulo")]
    [InlineData("Bogotá", "America/Bogota")]
    [InlineData("port au prince", "America/Port-au-Prince")]
    [InlineData("america/argentina/buenos aires", "America/Argentina/Buenos_Aires")]
    [InlineData("utc", "UTC")]
    public async Task A_city_is_its_time_zone_however_it_is_typed(string typed, string zone)
    {
        await using var installation = await Installation.New(On.Sqlite);

        (await installation.Do("company", "edit", "--time-zone", typed)).Text("time_zone").ShouldBe(zone);
        TimeZones.Find(typed)!.Id.ShouldBe(zone);
    }

    [Theory]
    [InlineData("paulo")]
    [InlineData("///")]
    [InlineData("\uD800")]
    [InlineData("..")]
    public void What_is_no_whole_city_is_no_time_zone(string typed) => TimeZones.Find(typed).ShouldBeNull();

    [Fact]
    public void While_a_city_is_typed_its_zone_comes_first_of_those_that_may_be_meant()
    {
        TimeZones.Like("são p", 6).ShouldBe(["America/Sao_Paulo"]);
        TimeZones.Like("san", 6)[0].ShouldStartWith("America/Argentina/San");
        TimeZones.Like("america", 6).Count.ShouldBe(6);
        TimeZones.Like(" ", 6).ShouldBeEmpty();
        TimeZones.Like(new string('a', 1000), 6).ShouldBeEmpty();
    }

    [Theory, Engines]
    public async Task What_is_no_name_language_zone_or_contact_is_refused_with_a_sentence_and_changes_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        var (before, records) = (await installation.Do("company", "show", "Acme"), await installation.Count("transactions_log"));
        foreach (var (option, value, sentence) in new[]
        {
            ("--name", " ", "The name cannot be empty."),
            ("--name", "OTHER", "There is a company \"OTHER\" already."),
            ("--name", new string('n', 81), "The name has at most 80 characters."),
            ("--language", "de", "The language is en, es or pt, or browser where each person's browser decides."),
            ("--time-zone", "", "\"\" is no time zone; choose one such as America/Bogota or UTC."),
            ("--time-zone", "Bogotta", "\"Bogotta\" is no time zone; choose one such as America/Bogota or UTC."),
            ("--time-zone", "../../../etc/passwd", "is no time zone; choose one such as America/Bogota or UTC."),
            ("--contact", new string('c', 201), "The contact has at most 200 characters."),
            ("--contact", "call\u202Eus", "The contact cannot hold control, invisible or direction-changing characters."),
        })
        {
            var result = await installation.Run("company", "edit", "Acme", option, value);
            result.Exit.ShouldBe(1, value);
            result.Error.ShouldContain(sentence, Case.Sensitive, value);
        }

        (await installation.Do("company", "show", "Acme")).ToString().ShouldBe(before.ToString());
        (await installation.Count("transactions_log")).ShouldBe(records);
    }

    [Theory, Engines]
    public async Task Of_two_who_edit_the_same_company_the_second_is_told_and_nothing_of_the_first_is_lost(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var companies = node.App.Services.GetRequiredService<Companies>();
        var read = (await companies.Show(Actor.CommandLine, "Acme")).Granted().Company;

        var answers = await Task.WhenAll(Enumerable.Range(1, 8).Select(number =>
            companies.Edit(Actor.CommandLine, "Acme", new CompanyEdit(Contact: $"desk {number}", Language: "es") { Version = read.Version })));

        answers.Count(answer => answer.TryGet(out _, out _)).ShouldBe(1);
        answers.Where(answer => !answer.TryGet(out _, out _)).ShouldAllBe(answer => answer.Refused() == Refused.ChangedMeanwhile);
        (await installation.Count("transactions_log where action = 'company.edit'")).ShouldBe(1);
        var saved = (await companies.Show(Actor.CommandLine, "Acme")).Granted().Company;
        (saved.Version, saved.Contact).ShouldBe((read.Version + 1, answers.Select(answer => answer.TryGet(out var granted, out _) ? granted.Company.Contact : null).Single(contact => contact is not null)!));
        (await companies.Edit(Actor.CommandLine, "Acme", new CompanyEdit(Contact: "") { Version = saved.Version })).Granted().Company.Language.ShouldBe("es");
    }

    [Theory, Engines]
    public async Task What_is_saved_as_it_was_leaves_no_record_and_puts_no_other_page_out_of_date(On engine)
    {
        await using var installation = await Installation.New(engine);
        await CompanyLinkTests.Add(installation, "Calendar");
        await CompanyLinkTests.Add(installation, "Money");
        var node = await installation.Start();
        var companies = node.App.Services.GetRequiredService<Companies>();
        var read = (await companies.Show(Actor.CommandLine, "Acme")).Granted();
        var (records, changes) = (await installation.Count("transactions_log"), await installation.Count("changes"));

        var edit = new CompanyEdit("Acme ", "browser", "utc", "") { Links = new LinksEdit([.. read.Links]), Version = read.Company.Version };
        (await companies.Edit(Actor.CommandLine, "Acme", edit)).Granted().Company.Version.ShouldBe(read.Company.Version);
        await installation.Do("company", "edit", "Acme");

        (await installation.Count("transactions_log")).ShouldBe(records);
        (await installation.Count("changes")).ShouldBe(changes);
        // The same links in another order are another menu.
        await installation.Do("company", "link", "move", "1", "2");
        (await installation.Count("transactions_log")).ShouldBe(records + 1);
    }

    [Theory, Engines]
    public async Task Two_companies_that_take_the_same_name_at_the_same_moment_do_not_both_get_it(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        var node = await installation.Start();
        var companies = node.App.Services.GetRequiredService<Companies>();

        var answers = await Task.WhenAll(companies.Edit(Actor.CommandLine, "Acme", new CompanyEdit("United")), companies.Edit(Actor.CommandLine, "Other", new CompanyEdit("united")));

        answers.Count(answer => answer.TryGet(out _, out _)).ShouldBe(1);
        answers.Single(answer => !answer.TryGet(out _, out _)).Refused().Reason.ShouldEndWith("already.");
    }

    [Theory, Engines]
    public async Task Who_chose_no_language_reads_that_of_their_company_and_who_chose_one_theirs(On engine)
    {
        await using var installation = await Installation.New(engine);
        var login = await installation.Login();
        var node = await installation.Start();
        using var browser = node.Browser(installation);
        await browser.SignInAs(login);
        (await Language(browser)).ShouldBe("en");

        await installation.Do("company", "edit", "--language", "pt");
        (await Language(browser)).ShouldBe("pt");
        await installation.Execute("update users set language = 'es'");
        (await Language(browser)).ShouldBe("es");
        await browser.Get("/account/apps?lang=en");
        (await Language(browser)).ShouldBe("en");
    }

    [Theory, Engines]
    public async Task A_node_that_knows_the_company_shows_its_new_name_and_contact_on_consent_once_it_has_heard(On engine)
    {
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        var node = await installation.Start();
        await node.Token(consumer);
        await installation.Do("company", "edit", "--name", "Acme Ltda", "--contact", "help@acme.test");
        await node.Hear();

        var directory = node.App.Services.GetRequiredService<ConsumerDirectory>();
        var company = (await directory.CompanyOf((await directory.Find(consumer.Key))!))!;
        (company.Name, company.Contact).ShouldBe(("Acme Ltda", "help@acme.test"));
        (await node.Token(consumer)).AccessToken.ShouldNotBeNull();
    }

    // To somebody whose browser speaks English first.
    private static async Task<string> Language(Browser browser) => HtmlLanguage().Match((await browser.Get("/account/apps", ("Accept-Language", "en-GB, pt;q=0.5"))).Html).Groups[1].Value;

    [GeneratedRegex("<html lang=\"([a-z]+)\">")]
    private static partial Regex HtmlLanguage();
}

file static class Properties
{
    public static string? Text(this JsonElement element, string name) => element.GetProperty(name).GetString();
}
