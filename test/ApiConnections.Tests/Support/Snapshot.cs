using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Shouldly;

namespace ApiConnections.Tests.Support;

/// <summary>
/// Approved texts, in the folder Snapshots: what others rely on changes only on purpose. Run with <c>API_CONNECTIONS_TEST_APPROVE=1</c> to
/// write them anew, and read the difference before it is committed.
/// </summary>
internal static class Snapshot
{
    private static readonly JsonSerializerOptions indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Pretty(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement, indented);

    public static void Compare(string name, string text, [CallerFilePath] string caller = "")
    {
        var file = Path.Combine(Folder(caller), name);
        text = text.ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
        if (Environment.GetEnvironmentVariable("API_CONNECTIONS_TEST_APPROVE") == "1")
            File.WriteAllText(file, text);

        File.Exists(file).ShouldBeTrue($"{file} is missing; API_CONNECTIONS_TEST_APPROVE=1 writes it.");
        text.ShouldBe(File.ReadAllText(file).ReplaceLineEndings("\n"));
    }

    private static string Folder(string caller)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(caller))!;
        while (!Directory.Exists(Path.Combine(folder, "Snapshots")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Snapshots");

        return Path.Combine(folder, "Snapshots");
    }
}
