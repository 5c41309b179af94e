using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text;
using ApiConnections.Server;
using ApiConnections.Server.Hosting;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Architecture;

/// <summary><c>docs/settings.md</c> is made from the options themselves.</summary>
public sealed class SettingsDocumentTests
{
    [Fact]
    public async Task The_settings_document_lists_every_setting_with_its_default()
    {
        await using var installation = await Installation.Empty(On.Sqlite);
        await using var app = ApiConnectionsServer.Build(installation.Settings);
        var document = Write(app.Services.GetServices<KnownSettings>());
        var file = Repository.PathOf("docs/settings.md");

        if (Environment.GetEnvironmentVariable("UPDATE_DOCUMENTS") == "1")
            await File.WriteAllTextAsync(file, document);

        (await File.ReadAllTextAsync(file)).ShouldBe(document, "run the tests once with UPDATE_DOCUMENTS=1");
    }

    private static string Write(IEnumerable<KnownSettings> known)
    {
        var text = new StringBuilder("""
            # Settings

            From `appsettings.json` in the working folder, the environment (`__` in the place of `:`) and the command line, each over the one before.
            A wrong value, or a name that is not in this list, stops the start with the setting's name and why.

            | setting | default | range | meaning |
            |---|---|---|---|

            """);
        foreach (var (section, property) in known.SelectMany(settings => settings.Type.GetProperties().Select(property => (settings.Section, property))).OrderBy(pair => $"{pair.Section}:{pair.property.Name}", StringComparer.Ordinal))
        {
            if (property.GetCustomAttribute<DescriptionAttribute>() is not { } description)
                continue;

            var range = property.GetCustomAttribute<RangeAttribute>() is { } limits ? string.Create(CultureInfo.InvariantCulture, $"{limits.Minimum} to {limits.Maximum}") : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"| `{section}:{property.Name}` | {Default(property)} | {range} | {description.Description} |");
        }

        foreach (var (name, normally, meaning) in ApiConnections.Server.Commands.TelemetrySettings.Documented)
            text.AppendLine(CultureInfo.InvariantCulture, $"| `{name}` | {normally} |  | {meaning} |");
        text.AppendLine("| `Urls` | `http://localhost:8400` |  | Where to listen; several with `;` between them. `--urls` on the command line. |");
        return text.ToString();
    }

    private static string Default(PropertyInfo property)
    {
        var value = property.GetValue(Activator.CreateInstance(property.DeclaringType!));
        return value switch
        {
            null or "" or System.Collections.ICollection { Count: 0 } => "none",
            Enum name => $"`{name.ToString().ToLowerInvariant()}`",
            _ => $"`{Convert.ToString(value, CultureInfo.InvariantCulture)}`",
        };
    }
}
