using System.Text;
using System.Text.RegularExpressions;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Console.Components;
using ApiConnections.Server.Model;
using Shouldly;
using Xunit;
using Repository = ApiConnections.Tests.Architecture.Repository;

namespace ApiConnections.Tests.Console;

/// <summary>What the functions behind the console refuse with is said in every language.</summary>
public sealed partial class SentencesTests
{
    // Whose functions the pages of the console call.
    private static readonly string[] folders = ["Settings/ApiConnections/Consumers", "Settings/ApiConnections/AppAuthorizations", "Settings/ApiConnections/Apis", "Settings/Modules", "Settings/UserAccounts", "Settings/General", "Settings/TransactionsLog"];

    private static readonly string[] files =
        ["Model/DisplayText", "Model/HostLink", "Model/RedirectUri", "Model/Networks", "Access/ConsumerAccess", "Access/ConsumerChanges", "Access/Authorizations", "Access/AuthorizationAccess", "Access/Rights", "Access/Narrowing", "Access/GroupRules", "Access/Identity/PersonEdits", "Access/Identity/Persons", "Access/Identity/PersonLookup", "Access/Identity/Passwords", "Model/EmailAddress", "Model/SecurityPolicy", "Settings/Security/SecurityPolicies"];

    // Whose refusals stand in the request log.
    private static readonly string[] endpoints = ["Protocol", "ResourceServer", "Server/OAuth/Authorize", "Server/OAuth/Token", "Server/OAuth/ClientAuthentication", "Server/OAuth/Introspection", "Server/OAuth/Revocation", "Server/OAuth/Shared", "Server/Access"];

    private static readonly Sentences sentences = new();

    [Fact]
    public void Every_sentence_of_a_refusal_is_there_in_every_language_with_the_same_places_to_fill()
    {
        var written = Sources().SelectMany(file => Literal().Matches(File.ReadAllText(file)).Select(found => Template(found))).Where(text => Whole().IsMatch(text)).Distinct().ToArray();

        written.Length.ShouldBeGreaterThan(40);
        written.Where(template => !sentences.Templates.Contains(template)).ShouldBeEmpty();
        foreach (var template in sentences.Templates)
        {
            var byLanguage = sentences.Of(template);
            byLanguage.Keys.Order().ShouldBe(ModuleCatalogue.Languages.Where(language => language != "en").Order(), template);
            byLanguage.Values.ShouldAllBe(text => Places(text) == Places(template), template);
        }
    }

    [Fact]
    public void Why_a_request_was_refused_is_said_in_every_language_from_how_it_stands_in_the_log()
    {
        var written = endpoints.SelectMany(folder => Directory.EnumerateFiles(Repository.PathOf("src/ApiConnections." + folder), "*.cs"))
            .SelectMany(file => Refusing().Matches(File.ReadAllText(file)).Select(found => Literal().Match(found.Value)).Select(Template)).Where(text => Whole().IsMatch(text)).Distinct().ToArray();

        written.Length.ShouldBeGreaterThan(60);
        written.Where(template => !sentences.Logged.Contains(template) && !sentences.Templates.Contains(template)).ShouldBeEmpty();
        foreach (var template in sentences.Logged)
        {
            sentences.Of(template).Keys.Order().ShouldBe(ModuleCatalogue.Languages.Where(language => language != "en").Order(), template);
            sentences.Of(template).Values.ShouldAllBe(text => Places(text) == Places(template), template);
        }

        sentences.FromLog("es", "The person said no.").ShouldBe("La persona dijo que no.");
        sentences.FromLog("pt", "The secret expired at 2026-01-01 00:00:00Z.").ShouldBe("O segredo expirou em 2026-01-01 00:00:00Z.");
        sentences.FromLog("es", "a secret that ends with …abcd, …efgh").ShouldBe("un secreto que termina en …abcd, …efgh");
        sentences.FromLog("es", "tasks:view").ShouldBe("tasks:view");
        sentences.FromLog("es", "Maintenance API: The access token lacks a permission. Needed: tasks:edit").ShouldBe("Maintenance API: Al token de acceso le falta un permiso. Se necesita: tasks:edit");
        sentences.FromLog("pt", "Somebody's: own words.").ShouldBe("Somebody's: own words.");
        sentences.FromLog("en", "The person said no.").ShouldBe("The person said no.");
    }

    [Fact]
    public void Why_something_was_ended_is_said_in_every_language_from_how_it_stands_in_the_transactions_log()
    {
        sentences.Stored("pt", "Revoked by an administrator.").ShouldBe("Revogada por um administrador.");
        sentences.Stored("es", "More than 1000 single tokens were revoked.").ShouldBe("Se revocaron más de 1000 tokens uno por uno.");
        sentences.Stored("en", "Revoked by the person.").ShouldBe("Revoked by the person.");
        sentences.Stored("es", "The telephone is {gone}.").ShouldBe("The telephone is {gone}.");
    }

    [Fact]
    public void A_refusal_is_said_in_the_language_of_the_page_with_what_fills_it()
    {
        const string Name = "Nightly {report}";
        var refusal = Refused.Conflict($"There is a consumer \"{Name}\" in this company already.");

        refusal.Reason.ShouldBe("There is a consumer \"Nightly {report}\" in this company already.");
        sentences.In("es", refusal).ShouldBe("Ya existe un consumidor «Nightly {report}» en esta empresa.");
        sentences.In("en", refusal).ShouldBe(refusal.Reason);
        sentences.In("pt", Refused.Invalid(DisplayText.Read("The name", "", 80, required: true).WhyNot!)).ShouldBe("O nome não pode ficar vazio.");
        sentences.In("es", OAuthError.ServerError.Because("Not one of these.")).ShouldBe("Not one of these.");
    }

    private static IEnumerable<string> Sources() =>
        folders.SelectMany(folder => Directory.EnumerateFiles(Repository.PathOf("src/ApiConnections.Server/" + folder), "*.cs")).Where(file => !file.EndsWith("Commands.cs", StringComparison.Ordinal) && !file.EndsWith("ConsumerRequests.cs", StringComparison.Ordinal))
            .Concat(files.Select(file => Repository.PathOf($"src/ApiConnections.Server/{file}.cs")));

    // As the compiler takes an interpolated string apart.
    private static string Template(Match literal)
    {
        var text = literal.Groups[2].Value.Replace("\\\"", "\"", StringComparison.Ordinal);
        if (literal.Groups[1].Value.Length == 0)
            return text;

        var (template, number) = (new StringBuilder(), 0);
        var depth = 0;
        foreach (var character in text)
        {
            if (character == '{' && depth++ == 0)
                template.Append('{').Append(number++).Append('}');
            else if (character == '}')
                depth--;
            else if (depth == 0)
                template.Append(character);
        }

        return template.ToString();
    }

    private static string Places(string text) => string.Join(' ', Place().Matches(text).Select(place => place.Value).Distinct().Order());

    [GeneratedRegex("(\\$?)\"((?:[^\"\\\\\\n]|\\\\.)*)\"")]
    private static partial Regex Literal();

    [GeneratedRegex("(?:OAuthError[^;\n]*Because|Detail = |Wrong|Inactive)[( ]*\\$?\"(?:[^\"\\\\\\n]|\\\\.)*\"")]
    private static partial Regex Refusing();

    [GeneratedRegex("^(?:[A-Z\"{]).* .*\\.$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Place();
}
