using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Commands;

/// <summary>The pages for operators say what works: each command in them is run, in its order, beside a running server, and prints what stands below it.</summary>
public sealed class RunbookTests
{
    private const string Folder = "docs/operators";

    public static IEnumerable<ITheoryDataRow> Pages =>
        from page in Directory.GetFiles(Architecture.Repository.PathOf(Folder), "*.md").Select(Path.GetFileName).Order(StringComparer.Ordinal)
        from engine in new[] { On.Sqlite, On.Postgres }
        where Commands(page, engine).Any()
        select EnginesAttribute.Row(engine, page);

    [Theory, MemberData(nameof(Pages))]
    public async Task Each_command_of_a_page_works_and_prints_what_the_page_shows(On engine, string page)
    {
        await using var installation = await Installation.New(engine);
        var runbook = await Runbook.Open(installation);
        await runbook.Follow(Commands(page, engine));
    }

    [Fact]
    public void Every_emergency_has_its_page_and_the_index_names_every_page()
    {
        var pages = Directory.GetFiles(Architecture.Repository.PathOf(Folder), "*.md").Select(Path.GetFileName).ToArray();
        foreach (var emergency in new[] { "leaked-secret.md", "compromised-signing-key.md", "stolen-refresh-token.md", "backups.md", "suspended-company.md" })
            Commands(emergency, On.Sqlite).ShouldNotBeEmpty(emergency);

        var index = Architecture.Repository.Read(Folder + "/README.md");
        pages.Where(page => page != "README.md").ShouldAllBe(page => index.Contains($"({page})"));
    }

    private static IEnumerable<GuideCommand> Commands(string? page, On engine) => Guide.Commands($"{Folder}/{page}", engine);
}
