using System.Text.RegularExpressions;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;
using Shouldly;
using Xunit;
using Repository = ApiConnections.Tests.Architecture.Repository;

namespace ApiConnections.Tests.Console;

/// <summary>What people read stands in one place per room, in every language.</summary>
public sealed partial class TextsTests
{
    private static readonly string[] sources = [.. Directory.EnumerateFiles(Repository.PathOf("src/ApiConnections.Server"), "*", SearchOption.AllDirectories).Where(file => file.EndsWith(".razor", StringComparison.Ordinal) || file.EndsWith(".cs", StringComparison.Ordinal))];

    private static readonly HashSet<string> keys = [.. Texts.Files().SelectMany(file => file.Texts.Keys)];

    [Fact]
    public void Every_text_is_there_in_every_language_with_the_same_places_to_fill()
    {
        foreach (var (file, texts) in Texts.Files())
        {
            foreach (var (key, byLanguage) in texts)
            {
                byLanguage.Keys.Order().ShouldBe(ModuleCatalogue.Languages.Order(), $"{file}: {key}");
                byLanguage.Values.ShouldAllBe(text => text.Trim() == text && text.Length > 0, $"{file}: {key}");
                byLanguage.Values.Select(text => string.Join(' ', Place().Matches(text).Select(place => place.Value).Order())).Distinct().ShouldHaveSingleItem($"{file}: {key}");
            }
        }

        keys.Count.ShouldBe(Texts.Files().Sum(file => file.Texts.Count), "a key stands twice");
    }

    [Fact]
    public void Every_text_that_a_page_asks_for_is_there_and_none_is_left_over()
    {
        var rooms = keys.Select(key => key.Split('.')[0]).Distinct().ToArray();
        var used = sources.SelectMany(file => Literal().Matches(File.ReadAllText(file)).Select(found => (File: file, Key: found.Groups[1].Value)))
            .Where(use => rooms.Contains(use.Key.Split('.')[0])).ToArray();

        used.Where(use => !keys.Contains(use.Key)).Select(use => $"{Path.GetFileName(use.File)}: {use.Key}").ShouldBeEmpty();
        // Some are put together: from a prefix ($"page.time_{unit}"), or from the name of what was done ("password_changed").
        var (prefixes, names) = (Found(Prefix()), Found(Name()));
        keys.Where(key => !IsSingular(key)).Except(used.Select(use => use.Key)).Except(PersonRefused.All.Select(KeyOf))
            .Where(key => !prefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal)) && !names.Contains(key.Split('.')[1])).ShouldBeEmpty();
    }

    [Fact]
    public void One_thing_is_said_in_the_singular()
    {
        var texts = new Texts();
        texts.In("pt", "consumers.live_secrets", 1).ShouldBe("1 ativo");
        texts.In("pt", "consumers.live_secrets", 2).ShouldBe("2 ativos");
        texts.In("es", "page.sign_in_delayed", 1d).ShouldEndWith("en 1 segundo.");
        texts.In("es", "page.sign_in_delayed", 2d).ShouldEndWith("en 2 segundos.");
    }

    [Fact]
    public void Everything_that_people_are_refused_is_said_in_their_language() => PersonRefused.All.Select(KeyOf).ShouldAllBe(key => keys.Contains(key));

    [Fact]
    public void No_page_holds_words_of_its_own()
    {
        var found = new List<string>();
        foreach (var file in sources.Where(file => file.EndsWith(".razor", StringComparison.Ordinal)))
        {
            // What is left between tags once code and expressions are taken away, and attributes that people read or hear.
            var markup = Inline().Replace(Comment().Replace(Code().Replace(File.ReadAllText(file), ""), ""), "");
            markup = Directive().Replace(Expression().Replace(markup, ""), "");
            found.AddRange(Between().Matches(markup).Select(match => match.Groups[1].Value.Trim()).Where(text => Word().IsMatch(text) && text is not "API Connections" and not "· API Connections").Select(text => $"{Path.GetFileName(file)}: {text}"));
            found.AddRange(Spoken().Matches(markup).Select(match => $"{Path.GetFileName(file)}: {match.Value}"));
        }

        found.ShouldBeEmpty();
    }

    private static HashSet<string> Found(Regex pattern) => [.. sources.SelectMany(file => pattern.Matches(File.ReadAllText(file))).Select(found => found.Groups[1].Value)];

    // Chosen by the number that fills the text.
    private static bool IsSingular(string key) => key.EndsWith("_single", StringComparison.Ordinal) && keys.Contains(key[..^"_single".Length]);

    private static string KeyOf(Protocol.Refusal refusal) => "page." + refusal.Error.Code;

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Place();

    [GeneratedRegex("\"([a-z]+\\.[a-z0-9_]+)\"")]
    private static partial Regex Literal();

    [GeneratedRegex("\\$\"([a-z]+\\.[a-z0-9_]+_)\\{")]
    private static partial Regex Prefix();

    [GeneratedRegex("\"(?:\\?done=)?([a-z0-9]+_[a-z0-9_]+)\"")]
    private static partial Regex Name();

    [GeneratedRegex(@"@code\s*\{.*\z", RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"@\*.*?\*@", RegexOptions.Singleline)]
    private static partial Regex Comment();

    // @if (…) { and } else { within a line, and what names types.
    [GeneratedRegex(@"^@(?:inject|page|implements|inherits|using)\s.*$|@(?:if|for|foreach)\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\s*\{|\}\s*else(?:\s+if\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?\s*\{", RegexOptions.Multiline)]
    private static partial Regex Inline();

    // @Page["key"], @(…), @View.Name, with one level of brackets inside.
    [GeneratedRegex(@"@\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|@[A-Za-z_][\w.!]*(?:\[(?:[^\[\]]|\[[^\]]*\])*\]|\((?:[^()]|\([^()]*\))*\))*")]
    private static partial Regex Expression();

    // What is left of @if (…) { and its like.
    [GeneratedRegex(@"^\s*(?:\{|\}|else(?: if)?.*|@?(?:if|for|foreach|inherits|using|var|page|inject|implements)\b.*|\(.*\)|StaticPage)\s*$", RegexOptions.Multiline)]
    private static partial Regex Directive();

    [GeneratedRegex(">([^<>]*)<")]
    private static partial Regex Between();

    [GeneratedRegex(@"\p{L}{2,}")]
    private static partial Regex Word();

    [GeneratedRegex("(?:\\s(?:alt|title|placeholder|aria-label)|\\sTitle)=\"(?!https://|API Connections\")[^\"]*\\p{L}[^\"]*\"")]
    private static partial Regex Spoken();
}
