using System.CommandLine;
using System.Globalization;
using System.Reflection;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Commands;

/// <summary>Where settings come from: <c>appsettings.json</c>, the environment, the command line, each over the one before.</summary>
internal static class ServerSettings
{
    private const string Root = "ApiConnections";

    /// <summary>An option of every command.</summary>
    public static Option<string?> Data { get; } = new("--data") { Description = "The folder of the SQLite database and of the keys; ./data by default.", Recursive = true };

    public static Option<string?> Issuer { get; } = new("--issuer") { Description = "The address under which clients reach this server." };

    public static Option<string?> Urls { get; } = new("--urls") { Description = "Where to listen, for example http://localhost:8400; several with ; between them." };

    /// <summary>What was given on the command line, as configuration.</summary>
    public static Dictionary<string, string?> Given(ParseResult parsed)
    {
        var given = new Dictionary<string, string?>();
        Put(given, "ApiConnections:Data", parsed.GetValue(Data));
        Put(given, "ApiConnections:Issuer", parsed.GetValue(Issuer));
        Put(given, "Urls", parsed.GetValue(Urls));
        return given;
    }

    /// <summary>Throws for the first setting that nobody reads, so that a mistyped name is not silently without effect, or whose value is of another kind.</summary>
    public static void RefuseUnknown(IConfiguration configuration, IEnumerable<KnownSettings> known)
    {
        var sections = known.ToLookup(settings => settings.Section, settings => settings.Type);
        foreach (var (name, value) in configuration.GetSection(Root).AsEnumerable())
        {
            if (value is null)
                continue;
            if (TypeOf(sections, name) is not { } type)
                throw new SettingException(name, "there is no such setting; docs/settings.md lists them.");
            if (WhyNot(type, value) is { } whyNot)
                throw new SettingException(name, whyNot);
        }
    }

    // Of the setting itself, or of an entry of a list.
    private static Type? TypeOf(ILookup<string, Type> sections, string name)
    {
        if (PropertyOf(sections, name) is { } type)
            return type;

        var (list, index) = Split(name);
        return int.TryParse(index, out _) && PropertyOf(sections, list) is { } entries && entries != typeof(string) && typeof(System.Collections.IEnumerable).IsAssignableFrom(entries) ? typeof(string) : null;
    }

    private static Type? PropertyOf(ILookup<string, Type> sections, string name)
    {
        const BindingFlags AnyCase = BindingFlags.IgnoreCase | BindingFlags.Public | BindingFlags.Instance;
        var (section, property) = Split(name);
        return sections[section].Select(type => type.GetProperty(property, AnyCase)).FirstOrDefault(found => found is { CanWrite: true })?.PropertyType;
    }

    private static (string Before, string Last) Split(string name) =>
        name.LastIndexOf(':') is > 0 and var split ? (name[..split], name[(split + 1)..]) : ("", name);

    private static string? WhyNot(Type type, string value)
    {
        if (type.IsEnum)
            return Enum.GetNames(type).Contains(value, StringComparer.OrdinalIgnoreCase) ? null : $"it is one of: {string.Join(", ", Enum.GetNames(type)).ToLowerInvariant()}.";
        if (type == typeof(int))
            return int.TryParse(value, CultureInfo.InvariantCulture, out _) ? null : "it is a whole number.";

        return type != typeof(double) || double.TryParse(value, CultureInfo.InvariantCulture, out _) ? null : "it is a number, with a point before the decimals.";
    }

    private static void Put(Dictionary<string, string?> given, string name, string? value)
    {
        if (value is not null)
            given[name] = value;
    }
}
