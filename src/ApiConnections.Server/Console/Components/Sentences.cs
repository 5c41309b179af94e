using System.Globalization;
using System.Reflection;
using System.Text.Json;
using ApiConnections.Protocol;

namespace ApiConnections.Server.Console.Components;

/// <summary>
/// What the functions of the rooms refuse with, in the other languages: <c>sentences.json</c>, found by the English template. An argument that is itself an
/// English phrase there is said in the language too.
/// </summary>
internal sealed class Sentences
{
    private const string English = "en";
    private readonly Lazy<Dictionary<string, Dictionary<string, string>>> all = new(Read);

    public IReadOnlyCollection<string> Templates => all.Value.Keys;

    public IReadOnlyDictionary<string, string> Of(string template) => all.Value[template];

    public string In(string language, Refusal refusal) => In(language, refusal.Template ?? refusal.Reason, refusal.Arguments, refusal.Reason);

    public string In(string language, Model.Sentence sentence) => In(language, sentence.Template, sentence.Arguments, sentence.ToString());

    private string In(string language, string template, IReadOnlyList<object?> arguments, string english)
    {
        if (language == English || !all.Value.TryGetValue(template, out var sentence))
            return english;

        return string.Format(CultureInfo.GetCultureInfo(language), sentence[language], [.. arguments.Select(argument => argument is string phrase && all.Value.TryGetValue(phrase, out var said) ? said[language] : argument)]);
    }

    private static Dictionary<string, Dictionary<string, string>> Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Console/sentences.json")!;
        return JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(stream)!;
    }
}
