using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace ApiConnections.Server.Console.Static;

/// <summary>
/// What people read: every room's <c>texts.json</c>, each text under its key in all languages side by side. Keys begin with the room's name.
/// </summary>
internal sealed class Texts
{
    private const string Single = "_single";

    // Read at the first page: a node that only issues tokens shows none.
    private readonly Lazy<Dictionary<string, IReadOnlyDictionary<string, string>>> all =
        new(() => Files().SelectMany(file => file.Texts).ToDictionary(text => text.Key, text => text.Value, StringComparer.Ordinal));

    /// <summary>The text in a language; throws for a key that nobody has written, which a test finds before a person does.</summary>
    public string In(string language, string key) => all.Value[key][language];

    /// <summary>
    /// As <see cref="In(string, string)"/>, with its places <c>{0}</c>, <c>{1}</c> filled. Where the first is the number 1, the text under the key with
    /// <c>_single</c> behind, if there is one: all three languages have two forms.
    /// </summary>
    public string In(string language, string key, params object[] arguments) =>
        string.Format(CultureInfo.GetCultureInfo(language), In(language, arguments is [1 or 1L or 1d, ..] && all.Value.ContainsKey(key + Single) ? key + Single : key), arguments);

    /// <summary>The files as they were built in, each with its place in the source.</summary>
    public static IEnumerable<(string File, Dictionary<string, IReadOnlyDictionary<string, string>> Texts)> Files()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.EndsWith("texts.json", StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            yield return (name, JsonSerializer.Deserialize<Dictionary<string, IReadOnlyDictionary<string, string>>>(stream)!);
        }
    }
}
