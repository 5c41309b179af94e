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
        var node = await installation.Start();
        var names = await Names(installation, node);
        foreach (var (command, shown) in Commands(page, engine))
        {
            switch (command)
            {
                case "systemctl stop api-connections":
                    await node.Stop();
                    break;
                case "systemctl start api-connections":
                    node = await installation.Start();
                    break;
                case var own when own.StartsWith(Guide.Program, StringComparison.Ordinal):
                    await Run(installation, Guide.Words(own, names), Guide.Fill(shown, names));
                    break;
                case var curl when curl.StartsWith("curl ", StringComparison.Ordinal):
                    await Curl(curl.Replace("http://127.0.0.1:8400", node.Issuer, StringComparison.Ordinal), shown);
                    break;
                default:
                    command.ShouldMatch("^(pg_|createuser |createdb )"); // PostgreSQL's own tools
                    break;
            }
        }
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

    private static async Task Run(Installation installation, string[] command, string shown)
    {
        // Some of them show a new secret, which the log of a test must not hold.
        using var input = new StringReader(installation.NewPassword() + "\n");
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exit = await Server.ApiConnectionsServer.Run(command, output, error, installation.Settings, input);

        exit.ShouldBe(0, $"{string.Join(' ', command)}: {error}");
        Guide.Prints(output.ToString(), shown).ShouldBeTrue($"{string.Join(' ', command)} prints:\n{output}\nand the page shows:\n{shown}");
    }

    private static async Task Curl(string command, string shown)
    {
        Machine.Needs(Machine.Has("curl"), "There is no curl here.");
        var result = await ChildProcess.Run("bash", ["-c", command]);
        result.Exit.ShouldBe(0, $"{command}: {result.Error}");
        Guide.Prints(result.Output, shown).ShouldBeTrue($"{command} prints:\n{result.Output}\nand the page shows:\n{shown}");
    }

    private static async Task<IReadOnlyDictionary<string, string>> Names(Installation installation, Node node)
    {
        var machine = await Made(installation, "Nightly report", "client_credentials");
        var app = await Made(installation, "Field app", "authorization_code", "--callback", Apps.Callback);
        var login = await installation.Login();
        var person = (await installation.Query<Guid>("select id from users")).Single();
        var code = await node.Code(installation, app, new TestPerson(person, login.Email, ""));
        (await node.Redeem(installation, app, code)).ShouldBeIssued();
        (await node.Token(machine)).ShouldBeIssued();
        return new Dictionary<string, string>
        {
            ["KEY"] = machine.Key,
            ["HINT"] = machine.Secret[^4..],
            ["APP"] = app.Key,
            ["EMAIL"] = login.Email,
            ["AUTHORIZATION"] = code.AuthorizationId.ToString(),
            ["FILE"] = Path.Combine(installation.Folder, "backup.db"),
        };
    }

    private static async Task<TestConsumer> Made(Installation installation, string name, string grant, params string[] options)
    {
        var made = await installation.Reveal(["consumer", "create", "--name", name, "--group", "Viewers", "--grant", grant, .. options]);
        return new TestConsumer(made.GetProperty("key").GetString()!, made.GetProperty("secret").GetString()!, name, "");
    }

    private static IEnumerable<GuideCommand> Commands(string? page, On engine) => Guide.Commands($"{Folder}/{page}", engine);
}
