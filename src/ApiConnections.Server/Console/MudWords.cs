using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Localization;
using MudBlazor;

namespace ApiConnections.Server.Console;

/// <summary>The words that the component library brings along itself, in the languages that it does not speak.</summary>
internal sealed class MudWords : MudLocalizer
{
    private static readonly Lazy<Dictionary<string, Dictionary<string, string>>> all = new(() =>
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Console/mud-words.json")!;
        return JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(stream)!;
    });

    public static IReadOnlyDictionary<string, Dictionary<string, string>> All => all.Value;

    public override LocalizedString this[string key] => Find(key, []);

    public override LocalizedString this[string key, params object[] arguments] => Find(key, arguments);

    private static LocalizedString Find(string key, object[] arguments) =>
        All.TryGetValue(key, out var words) && words.TryGetValue(CultureInfo.CurrentUICulture.TwoLetterISOLanguageName, out var text)
            ? new LocalizedString(key, string.Format(CultureInfo.CurrentCulture, text, arguments))
            : new LocalizedString(key, key, resourceNotFound: true);
}
