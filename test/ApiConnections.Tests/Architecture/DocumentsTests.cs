using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Architecture;

/// <summary>Documents say what is true.</summary>
public sealed partial class DocumentsTests
{
    private const string Server = "src/ApiConnections.Server";

    [Fact]
    public void ARCHITECTURE_names_every_folder_of_the_server_and_no_other()
    {
        var text = Repository.Read("ARCHITECTURE.md");
        var folders = Rooms().Concat(["Model", "Telemetry", "Storage", "Keys", "Audit", "Access", "Hosting", "Commands"]).ToArray();

        foreach (var folder in folders)
            text.ShouldContain($"`{folder}/`", customMessage: $"ARCHITECTURE.md does not name {folder}/");

        var named = CodeFolder().Matches(text).Select(match => match.Groups[1].Value).Distinct();
        named.ShouldAllBe(folder => Directory.Exists(Repository.PathOf(Path.Combine(Server, folder))) || Directory.Exists(Repository.PathOf(folder)));
    }

    [Fact]
    public void Every_protocol_room_has_a_README_whose_files_exist_and_tests_of_its_own()
    {
        foreach (var room in Directory.GetDirectories(Repository.PathOf(Server + "/OAuth")).Where(room => Path.GetFileName(room) != "Shared"))
        {
            var name = Path.GetFileName(room);
            File.Exists(Path.Combine(room, "README.md")).ShouldBeTrue($"{name} has no README.md");
            Directory.Exists(Repository.PathOf("test/ApiConnections.Tests/OAuth/" + name)).ShouldBeTrue($"{name} has no tests");
            foreach (Match file in NamedTest().Matches(File.ReadAllText(Path.Combine(room, "README.md"))))
                File.Exists(Repository.PathOf($"test/ApiConnections.Tests/{file.Groups[1].Value}.cs")).ShouldBeTrue($"{name}/README.md names {file.Value}");
        }
    }

    [Fact]
    public void Every_link_between_documents_leads_somewhere()
    {
        foreach (var document in Documents())
        {
            foreach (Match link in RelativeLink().Matches(File.ReadAllText(document)))
            {
                var target = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(document)!, link.Groups[1].Value.Split('#')[0]));
                (File.Exists(target) || Directory.Exists(target)).ShouldBeTrue($"{Path.GetRelativePath(Repository.Root, document)} links to {link.Groups[1].Value}");
            }
        }
    }

    [Fact]
    public void Every_dependency_is_there_for_a_reason_that_is_written_down()
    {
        var reasons = Repository.Read("docs/decisions/0002-libraries.md");
        foreach (Match package in CentralPackage().Matches(Repository.Read("Directory.Packages.props")))
            reasons.ShouldContain(package.Groups[1].Value);
    }

    private static IEnumerable<string> Rooms() =>
        Directory.GetFiles(Repository.PathOf(Server), "*Room.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.PathOf(Server), Path.GetDirectoryName(file)!))
            .Where(folder => folder != "Hosting")
            .Distinct();

    private static IEnumerable<string> Documents() =>
        Directory.EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/artifacts/", StringComparison.Ordinal) && !file.Contains("/node_modules/", StringComparison.Ordinal));

    [GeneratedRegex(@"`([A-Z][A-Za-z/]+)/`")]
    private static partial Regex CodeFolder();

    [GeneratedRegex(@"`([A-Za-z]+/[A-Za-z/]+(?:Tests|Table))`")]
    private static partial Regex NamedTest();

    [GeneratedRegex(@"\]\((?!https?:|#|mailto:)([^)\s]+)\)")]
    private static partial Regex RelativeLink();

    [GeneratedRegex(@"PackageVersion Include=""([^""]+)""")]
    private static partial Regex CentralPackage();
}
