using System.CommandLine;
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

    /// <summary>Throws for the first setting that nobody reads, so that a mistyped name is not silently without effect.</summary>
    public static void RefuseUnknown(IConfiguration configuration, IEnumerable<KnownSettings> known)
    {
        var sections = known.ToLookup(settings => settings.Section, settings => settings.Type);
        foreach (var (name, value) in configuration.GetSection(Root).AsEnumerable())
        {
            if (value is null)
                continue;

            var split = name.LastIndexOf(':');
            var isKnown = sections[name[..split]].Any(type => type.GetProperty(name[(split + 1)..], System.Reflection.BindingFlags.IgnoreCase | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance) is { CanWrite: true })
                || (split > 0 && int.TryParse(name[(split + 1)..], out _) && IsList(sections, name[..split]));
            if (!isKnown)
                throw new SettingException(name, "there is no such setting; docs/settings.md lists them.");
        }
    }

    private static bool IsList(ILookup<string, Type> sections, string name)
    {
        var split = name.LastIndexOf(':');
        return sections[name[..split]].Any(type => type.GetProperty(name[(split + 1)..])?.PropertyType is { } property && property != typeof(string) && typeof(System.Collections.IEnumerable).IsAssignableFrom(property));
    }

    private static void Put(Dictionary<string, string?> given, string name, string? value)
    {
        if (value is not null)
            given[name] = value;
    }
}
