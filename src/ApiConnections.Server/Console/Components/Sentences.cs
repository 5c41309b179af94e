using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using ApiConnections.Protocol;

namespace ApiConnections.Server.Console.Components;

/// <summary>
/// What the functions of the rooms refuse with, in the other languages: <c>sentences.json</c>, found by the English template. An argument that is itself an
/// English phrase there is said in the language too. What the endpoints refuse with stands in the request log as it was filled, so it is recognised by its template.
/// </summary>
internal sealed partial class Sentences
{
    private const string English = "en";
    private const string OfRooms = "Console/sentences.json";
    private const string OfEndpoints = "OAuth/sentences.json";
    private readonly Lazy<Dictionary<string, Dictionary<string, string>>> all = new(() => Read(OfRooms));
    private readonly Lazy<Dictionary<string, Dictionary<string, string>>> logged = new(() => Read(OfEndpoints));
    private readonly Lazy<(Regex Pattern, string Template)[]> filled;

    public Sentences() => filled = new(() => [.. logged.Value.Keys.Where(template => Place().IsMatch(template)).Select(template => (Pattern(template), template))]);

    public IReadOnlyCollection<string> Templates => all.Value.Keys;

    /// <summary>Those of the endpoints.</summary>
    public IReadOnlyCollection<string> Logged => logged.Value.Keys;

    public IReadOnlyDictionary<string, string> Of(string template) => all.Value.TryGetValue(template, out var sentence) ? sentence : logged.Value[template];

    public string In(string language, Refusal refusal) => In(language, refusal.Template ?? refusal.Reason, refusal.Arguments, refusal.Reason);

    public string In(string language, Model.Sentence sentence) => In(language, sentence.Template, sentence.Arguments, sentence.ToString());

    /// <summary>What was stored in English: one of the server's own sentences as <see cref="FromLog"/> and as the functions of the rooms say it, or what somebody typed, which stays as it is.</summary>
    public string Stored(string language, string english) =>
        language == English ? english : all.Value.TryGetValue(english, out var sentence) ? sentence[language] : Filled(language, english) ?? english;

    /// <summary>A sentence of the request log, which stands there in English; what is none of the server's own is left as it is.</summary>
    public string FromLog(string language, string english)
    {
        if (language == English)
            return english;
        if (Filled(language, english) is { } said)
            return said;

        // What an API reported stands behind its name, and says what our library for APIs says.
        return english.IndexOf(": ", StringComparison.Ordinal) is > 0 and var at && Filled(language, english[(at + 2)..]) is { } reported ? english[..(at + 2)] + reported : english;
    }

    private string? Filled(string language, string english)
    {
        if (logged.Value.TryGetValue(english, out var sentence))
            return sentence[language];

        foreach (var (pattern, template) in filled.Value)
        {
            if (pattern.Match(english) is { Success: true } match)
                return string.Format(CultureInfo.GetCultureInfo(language), logged.Value[template][language], [.. match.Groups.Values.Skip(1).Select(group => group.Value)]);
        }

        return null;
    }

    private string In(string language, string template, IReadOnlyList<object?> arguments, string english)
    {
        if (language == English || !all.Value.TryGetValue(template, out var sentence))
            return english;

        return string.Format(CultureInfo.GetCultureInfo(language), sentence[language], [.. arguments.Select(argument => argument is string phrase && all.Value.TryGetValue(phrase, out var said) ? said[language] : argument)]);
    }

    private static Regex Pattern(string template) => new($"^{Place().Replace(Regex.Escape(template).Replace("\\{", "{", StringComparison.Ordinal), "(.{1,200})")}$", RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(100));

    private static Dictionary<string, Dictionary<string, string>> Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        return JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(stream)!;
    }

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Place();
}
