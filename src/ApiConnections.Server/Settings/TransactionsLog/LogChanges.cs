using System.Text.Json;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.TransactionsLog;

/// <summary>What became of something.</summary>
/// <param name="Name">Which part of it; empty for all.</param>
/// <param name="Before">What was there before; null where the record says only what is there now.</param>
internal sealed record LogChange(string Name, string? Before, string After);

/// <summary>Reads what a record says was changed.</summary>
internal static class LogChanges
{
    /// <summary>What stands where there was nothing, or is nothing any more.</summary>
    public const string Nothing = "–";

    /// <summary>Each part that is another one than before, then what else the record says.</summary>
    public static IReadOnlyList<LogChange> Of(StoredRecord record)
    {
        try
        {
            using var document = JsonDocument.Parse(record.Data);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return [new("", null, record.Data)];

            Dictionary<string, string> before = [], after = [], rest = [];
            foreach (var field in document.RootElement.EnumerateObject())
                Read(field.Value, field.Name is "before" or "after" ? "" : field.Name, field.Name switch { "before" => before, "after" => after, _ => rest });

            return
            [
                .. before.Keys.Union(after.Keys).Select(name => new LogChange(name, Said(before, name), Said(after, name))).Where(change => change.Before != change.After),
                .. rest.Where(field => field.Value.Length > 0).Select(field => new LogChange(field.Key, null, field.Value)),
            ];
        }
        catch (JsonException)
        {
            // What somebody has spoilt is shown as it stands.
            return [new("", null, record.Data)];
        }
    }

    // The log leaves out what is null.
    private static string Said(Dictionary<string, string> parts, string name) => parts.GetValueOrDefault(name) is { Length: > 0 } said ? said : Nothing;

    private static void Read(JsonElement value, string name, Dictionary<string, string> parts)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            parts[name] = Text(value);
            return;
        }

        foreach (var field in value.EnumerateObject())
            Read(field.Value, name.Length > 0 ? $"{name}.{field.Name}" : field.Name, parts);
    }

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Text)),
        JsonValueKind.Null => "",
        _ => value.GetRawText(),
    };
}
