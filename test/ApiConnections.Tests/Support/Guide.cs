using System.Text;
using System.Text.RegularExpressions;

namespace ApiConnections.Tests.Support;

/// <summary>A command that a page shows, with what is shown below it.</summary>
internal sealed record GuideCommand(string Line, string Shown);

/// <summary>
/// The commands in the pages of docs: blocks that are marked <c>console</c>, of lines that begin with <c>$</c>, each with what it prints. A block marked
/// <c>console sqlite</c> or <c>console postgres</c> is for that engine.
/// </summary>
internal static partial class Guide
{
    /// <summary>The name of the program in the pages.</summary>
    public const string Program = "api-connections ";

    public static string Read(string page) => File.ReadAllText(Path.Combine(Repository.Root, page)).ReplaceLineEndings("\n");

    public static IEnumerable<GuideCommand> Commands(string page, On engine)
    {
        foreach (Match block in Block().Matches(Read(page)))
        {
            if (block.Groups["for"].Value.Trim() is { Length: > 0 } only && only != (engine == On.Sqlite ? "sqlite" : "postgres"))
                continue;

            var indented = "\n" + block.Groups["indent"].Value;
            var text = ("\n" + block.Groups["text"].Value.TrimEnd('\n')).Replace(indented, "\n", StringComparison.Ordinal);
            foreach (var command in text.Split("\n$ ", StringSplitOptions.RemoveEmptyEntries))
            {
                var lines = command.Split('\n', 2);
                yield return new GuideCommand(lines[0], lines.Length > 1 ? lines[1] : "");
            }
        }
    }

    /// <summary>The block of code that a page introduces by "as `<paramref name="file"/>`".</summary>
    public static string Code(string page, string file)
    {
        var text = Read(page);
        var named = text.IndexOf($"as `{file}`", StringComparison.Ordinal);
        return Fence().Match(text, named >= 0 ? named : throw new InvalidOperationException($"{page} shows no {file}.")).Groups[1].Value;
    }

    /// <summary>The words of a command of the program, with names in capitals filled in.</summary>
    public static string[] Words(string command, IReadOnlyDictionary<string, string> names) =>
        [.. Word().Matches(command[Program.Length..]).Select(word => Fill(word.Groups[1].Success ? word.Groups[1].Value : word.Value, names))];

    public static string Fill(string text, IReadOnlyDictionary<string, string> names) =>
        Placeholder().Replace(text, match => names.TryGetValue(match.Value, out var name) ? name : match.Value);

    /// <summary>Whether a command has printed what a page shows: … stands for anything within its line; alone in its line, for any lines.</summary>
    public static bool Prints(string output, string shown)
    {
        var pattern = new StringBuilder("^");
        foreach (var line in shown.Split('\n'))
            pattern.Append(line == "…" ? "(.*\n)*" : string.Join(".*", line.Split('…').Select(Regex.Escape)) + " *\n");

        return shown.Length == 0 || Regex.IsMatch(output.ReplaceLineEndings("\n").TrimEnd('\n') + "\n", pattern.Append('$').ToString());
    }

    [GeneratedRegex("^(?<indent> *)```console(?<for>[^\n]*)\n(?<text>.*?)^ *```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("```[a-z]+\n(.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("\"([^\"]*)\"|\\S+")]
    private static partial Regex Word();

    [GeneratedRegex("\\b[A-Z]{3,}\\b")]
    private static partial Regex Placeholder();
}
