using System.Text.Json;
using System.Text.RegularExpressions;
using ApiConnections.Tests.Samples;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Commands;

/// <summary>The administrator's guide says what works, the same in each language, and in the words that the console shows in that language.</summary>
public sealed partial class AdministratorGuideTests
{
    private const string Folder = "docs/guide";
    private const string Pictures = "docs/images/guide";
    private const string Demo = "dotnet run --project samples/Demo";
    private const string FirstStart = "api-connections serve";
    private const string FirstChapter = "01-first-start.md";
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(2);
    private static readonly string[] languages = ["en", "es", "pt"];

    public static IEnumerable<ITheoryDataRow> Readers =>
    [
        .. languages.Select(language => EnginesAttribute.Row(On.Sqlite, language)),
        EnginesAttribute.Row(On.Postgres, "en"),
    ];

    public static TheoryData<string> Languages => [.. languages];

    // Who reads it from the first chapter, where there is nothing yet, to the last finds what earlier ones have made.
    [Theory, MemberData(nameof(Readers))]
    public async Task Each_command_of_the_guide_works_and_prints_what_the_page_shows(On engine, string language)
    {
        await using var installation = await Installation.Empty(engine);
        if (engine == On.Postgres)
            await installation.Do("migrate");

        var runbook = await Runbook.Begin(installation);
        foreach (var chapter in Chapters(language))
        {
            var commands = Commands(language, chapter).Where(command => command.Line is not (Demo or FirstStart)).ToArray();
            commands.ShouldNotBeEmpty(chapter);
            await runbook.Follow(commands);
            if (chapter == FirstChapter)
                await runbook.Prepare();
        }
    }

    // The same in each language, as the test below sees to.
    [Fact]
    public async Task The_demo_and_a_first_start_print_what_the_first_chapter_shows()
    {
        var commands = Commands("en", FirstChapter).ToArray();
        var port = RunningDemo.FreePortBase();
        await using var demo = ChildProcess.Start("dotnet", [Repository.Program("Demo", "Demo"), "--port-base", $"{port}"]);
        await ShouldPrint(demo, commands.Single(command => command.Line == Demo).Shown.Replace("8400", $"{port}", StringComparison.Ordinal));

        await using var installation = await Installation.Empty(On.Sqlite);
        var issuer = $"http://localhost:{Node.FreePort()}";
        await using var server = ChildProcess.Start("dotnet", [Repository.Program("ApiConnections.Server", "api-connections"), "serve", "--data", installation.Folder, "--issuer", issuer, "--urls", issuer]);
        await ShouldPrint(server, commands.Single(command => command.Line == FirstStart).Shown);
    }

    [Theory, MemberData(nameof(Languages))]
    public void Each_language_has_the_same_chapters_steps_commands_pictures_and_links(string language)
    {
        Chapters(language).ShouldBe(Chapters("en"));
        foreach (var chapter in Chapters("en").Append("README.md"))
        {
            var (text, english) = (Read(language, chapter), Read("en", chapter));
            Commands(language, chapter).ShouldBe(Commands("en", chapter), chapter);
            Shape(text).ShouldBe(Shape(english), chapter);
            PicturesOf(text).Select(picture => picture.Replace($"/{language}/", "/en/", StringComparison.Ordinal)).ShouldBe(PicturesOf(english), chapter);
            PicturesOf(text).ShouldAllBe(picture => picture.StartsWith($"../../images/guide/{language}/", StringComparison.Ordinal));
            Links(text).ShouldBe(Links(english), chapter);
            foreach (Match link in HeadingLink().Matches(text))
                Headings(Read(language, link.Groups[1].Value)).ShouldContain(link.Groups[2].Value, $"{language}/{chapter}");
        }
    }

    [Theory, MemberData(nameof(Languages))]
    public void Every_chapter_is_in_the_contents_and_every_picture_is_there_and_shown(string language)
    {
        Architecture.Repository.Read(Folder + "/README.md").ShouldContain($"({language}/README.md)");
        Chapters(language).ShouldAllBe(chapter => Read(language, "README.md").Contains($"({chapter})"));

        var shown = Chapters(language).SelectMany(chapter => PicturesOf(Read(language, chapter))).Select(Path.GetFileName).Order(StringComparer.Ordinal);
        var made = Directory.GetFiles(Architecture.Repository.PathOf($"{Pictures}/{language}"), "*.png").Select(Path.GetFileName).Order(StringComparer.Ordinal);
        made.ShouldBe(shown);
    }

    [Theory, MemberData(nameof(Languages))]
    public void What_is_bold_is_what_the_console_shows(string language)
    {
        var words = Words(language);
        foreach (var chapter in Chapters(language))
        {
            foreach (Match bold in Bold().Matches(Read(language, chapter)))
                words.ShouldContain(said => said.IsMatch(bold.Groups[1].Value), $"{language}/{chapter}: the console never says \"{bold.Groups[1].Value}\"");
        }
    }

    private static async Task ShouldPrint(ChildProcess program, string shown)
    {
        foreach (var line in shown.Split('\n').Where(line => line != "…"))
        {
            while (!Guide.Prints(await program.NextLine(patience), line))
            {
            }
        }

        await program.Terminate();
        await program.End(patience);
    }

    private static string[] Chapters(string language) =>
        [.. Directory.GetFiles(Architecture.Repository.PathOf($"{Folder}/{language}"), "*.md").Select(file => Path.GetFileName(file)).Where(page => page != "README.md").Order(StringComparer.Ordinal)];

    private static string Read(string language, string page) => Guide.Read($"{Folder}/{language}/{page}");

    private static IEnumerable<GuideCommand> Commands(string language, string page) => Guide.Commands($"{Folder}/{language}/{page}", On.Sqlite);

    private static string[] PicturesOf(string text) => [.. Picture().Matches(text).Select(match => match.Groups[1].Value)];

    // In their order, without the part after #, which is a heading in the page's own language.
    private static string[] Links(string text) => [.. Link().Matches(text).Select(match => match.Groups[1].Value.Split('#')[0])];

    // What each line is: a heading, a step, a point, a row of a table.
    private static string[] Shape(string text) => [.. Mark().Matches(text).Select(match => match.Value)];

    // As GitHub makes addresses of them.
    private static IEnumerable<string> Headings(string text) =>
        Heading().Matches(text).Select(match => string.Concat(match.Groups[1].Value.ToLowerInvariant().Where(letter => char.IsLetterOrDigit(letter) || letter is ' ' or '-')).Replace(' ', '-'));

    // Of all files of texts of the server, a text by language, or an English sentence with its translations; {0} stands for a number or a name.
    private static List<Regex> Words(string language)
    {
        var words = new List<Regex>();
        foreach (var file in Directory.GetFiles(Architecture.Repository.PathOf("src/ApiConnections.Server"), "*.json", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) is "texts.json" or "sentences.json"))
        {
            using var texts = JsonDocument.Parse(File.ReadAllText(file));
            foreach (var text in texts.RootElement.EnumerateObject())
            {
                var shown = text.Value.TryGetProperty(language, out var said) ? said.GetString()! : text.Name;
                words.Add(new Regex($"^{Parameter().Replace(Regex.Escape(shown), "\\w+")}$"));
            }
        }

        return words;
    }

    [GeneratedRegex(@"!\[[^\]]+\]\(([^)]+)\)")]
    private static partial Regex Picture();

    [GeneratedRegex(@"(?<!!)\[[^\]]+\]\(([^)#]+)[^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\(([^)/#]*\.md)#([^)]+)\)")]
    private static partial Regex HeadingLink();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^(#+|\d+\.|-|\|)(?= )", RegexOptions.Multiline)]
    private static partial Regex Mark();

    [GeneratedRegex(@"\\\{\d}")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\*\*(.+?)\*\*")]
    private static partial Regex Bold();
}
