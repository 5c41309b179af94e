using System.Text.Json;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Settings.General;

/// <summary>The product's own pages in the menu of a company's settings, as commands change them.</summary>
public sealed class CompanyLinkTests
{
    [Theory, Engines]
    public async Task Links_are_added_moved_and_removed_one_by_one_and_what_is_no_https_address_is_refused(On engine)
    {
        await using var installation = await Installation.New(engine);
        await Add(installation, "Calendar");
        await Add(installation, "Money", "--icon", "money");
        await Add(installation, "First", "--at", "1");
        Labels(await installation.Do("company", "link", "list")).ShouldBe("First, Calendar, Money");
        Labels(await installation.Do("company", "link", "move", "3", "1")).ShouldBe("Money, First, Calendar");
        Labels(await installation.Do("company", "link", "remove", "2")).ShouldBe("Money, Calendar");
        (await installation.Run("company", "link", "list")).Output.ShouldContain("\n1       money  Money     Money en español     Money em português     https://erp.example.com/Money");

        var records = await installation.Count("transactions_log");
        foreach (var (address, icon, label, sentence) in new[]
        {
            ("http://erp.example.com", "link", "Calendar", "The address of a link must be an https address."),
            ("javascript:alert(1)", "link", "Calendar", "The address of a link must be an https address."),
            ("https://user:word@erp.example.com", "link", "Calendar", "The address of a link must be an https address."),
            ("/calendar", "link", "Calendar", "The address of a link must be an https address."),
            ("https://erp.example.com", "rocket", "Calendar", "\"rocket\" is no icon of a link; there are link, calendar, money"),
            ("https://erp.example.com", "link", "", "The English label cannot be empty."),
            ("https://erp.example.com", "link", new string('l', 41), "The English label has at most 40 characters."),
        })
        {
            var result = await installation.Run("company", "link", "add", "--address", address, "--icon", icon, "--en", label, "--es", "Calendario", "--pt", "Calendário");
            result.Exit.ShouldBe(1, address);
            result.Error.ShouldContain(sentence, Case.Sensitive, address);
        }

        foreach (var command in new[] { ["remove", "3"], ["remove", "0"], ["move", "1", "3"], new[] { "move", "0", "1" } })
            (await installation.Run(["company", "link", .. command])).Error.ShouldContain("they are numbered from 1 to 2.");

        (await installation.Count("transactions_log")).ShouldBe(records);
        Labels(await installation.Do("company", "link", "reset")).ShouldBe("");
    }

    [Theory, Engines]
    public async Task A_company_that_has_set_no_links_has_those_of_the_configuration_and_begins_with_them(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("company", "create", "Other");
        installation.Settings["ApiConnections:Console:HostLinks:0"] = "https://erp.example.com/money | Financial | Finanzas | Financeiro | money";
        installation.Settings["ApiConnections:Console:HostLinks:1"] = "https://erp.example.com/guests | Guest Portal | Portal de invitados | Portal de convidados";

        Labels(await installation.Do("company", "link", "list", "--company", "Acme")).ShouldBe("Financial, Guest Portal");
        Labels(await installation.Do("company", "link", "remove", "1", "--company", "Acme")).ShouldBe("Guest Portal");
        Labels(await installation.Do("company", "link", "list", "--company", "Other")).ShouldBe("Financial, Guest Portal");
        (await installation.Do("company", "show", "Acme")).GetProperty("own_links").GetBoolean().ShouldBeTrue();

        // None at all is something that a company can want.
        Labels(await installation.Do("company", "link", "remove", "1", "--company", "Acme")).ShouldBe("");
        Labels(await installation.Do("company", "link", "reset", "--company", "Acme")).ShouldBe("Financial, Guest Portal");

        foreach (var (text, why) in new[]
        {
            ("https://erp.example.com | Financial", "is not an address and three labels"),
            ("http://erp.example.com | Financial | Finanzas | Financeiro", "The address of a link must be an https address."),
            ("https://erp.example.com | Financial | Finanzas | Financeiro | rocket", "\"rocket\" is no icon of a link"),
        })
        {
            installation.Settings["ApiConnections:Console:HostLinks:1"] = text;
            (await installation.Run("company", "list")).Error.ShouldContain(why);
        }
    }

    internal static Task<JsonElement> Add(Installation installation, string label, params string[] options) => installation.Do(
        ["company", "link", "add", "--address", "https://erp.example.com/" + label, "--en", label, "--es", label + " en español", "--pt", label + " em português", .. options]);

    private static string Labels(JsonElement links) => string.Join(", ", links.EnumerateArray().Select(link => link.GetProperty("en").GetString()));
}
