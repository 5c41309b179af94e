using System.Reflection;
using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Samples.Maintenance;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Samples;

/// <summary>The pages for integrators say what works: each command in them is run against a real server and a real API, and each program as it stands there.</summary>
public sealed class IntegratorGuideTests : IAsyncLifetime
{
    private const string Folder = "docs/integrators";
    private const string Callback = "http://127.0.0.1:5555/callback";
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(2); // C# is compiled first

    private Installation installation = null!;
    private Node node = null!;

    public static IEnumerable<TheoryDataRow<string>> Pages =>
        from page in Directory.GetFiles(Architecture.Repository.PathOf(Folder), "*.md").Select(Path.GetFileName).Order(StringComparer.Ordinal)
        where Guide.Commands($"{Folder}/{page}", On.Sqlite).Any()
        select new TheoryDataRow<string>(page);

    public async ValueTask InitializeAsync()
    {
        installation = await Installation.New(On.Sqlite);
        node = await installation.Start();
    }

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Theory, MemberData(nameof(Pages))]
    public async Task Each_command_of_a_page_works_and_prints_what_the_page_shows(string page)
    {
        Machine.Needs(Machine.Has("curl") && Machine.Has("jq"), "There is no curl or no jq here.");
        await using var api = MaintenanceApi.Build(["--issuer", node.Issuer, "--audience", "https://api.test", "--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default", "None"]);
        await api.StartAsync();
        var made = await installation.Reveal("consumer", "create", "--name", "Nightly report", "--group", "Viewers", "--grant", "client_credentials");
        var (key, secret) = (made.GetProperty("key").GetString()!, made.GetProperty("secret").GetString()!);
        var names = new Dictionary<string, string> { ["KEY"] = key, ["HINT"] = secret[^4..] };
        var commands = Guide.Commands($"{Folder}/{page}", On.Sqlite).ToLookup(command => command.Line.StartsWith(Guide.Program, StringComparison.Ordinal));

        // In one shell: what a command sets, a later one of the page uses.
        var shell = commands[false].ToArray();
        var printed = await ChildProcess.Run("bash", ["-c", string.Concat(shell.Select(command => command.Line + "\nprintf '\\n=====\\n'\n"))], Environment(key, secret, api.Urls.Single()));
        var outputs = printed.Output.Split("=====");
        for (var i = 0; i < shell.Length; i++)
            Guide.Prints(outputs[i].Trim('\n'), Guide.Fill(shell[i].Shown, names)).ShouldBeTrue($"{shell[i].Line} prints:\n{outputs[i]}{printed.Error}\nand the page shows:\n{shell[i].Shown}");

        foreach (var (line, shown) in commands[true])
        {
            using var output = new StringWriter();
            using var error = new StringWriter();
            (await Server.ApiConnectionsServer.Run(Guide.Words(line, names), output, error, installation.Settings)).ShouldBe(0, $"{line}: {error}");
            Guide.Prints(output.ToString(), Guide.Fill(shown, names)).ShouldBeTrue($"{line} prints:\n{output}\nand the page shows:\n{shown}");
        }
    }

    [Theory]
    [InlineData("token.cs", "Bearer 600 tasks:view")]
    [InlineData("token.mjs", "bearer 600 tasks:view")]
    [InlineData("token_example.py", "Bearer 600 ['tasks:view']")]
    [Rfc("6749 s4.4")]
    public async Task A_program_of_the_page_on_client_credentials_gets_a_token(string file, string prints)
    {
        var consumer = await installation.Consumer();
        const string Page = Folder + "/client-credentials.md";
        Guide.Read(Page).ShouldContain($"`{prints}`");
        using var folder = new Workplace(Page, file);
        await using var program = folder.Start(Environment(consumer.Key, consumer.Secret, ""));

        var result = await program.End(patience);

        result.Exit.ShouldBe(0, result.Error);
        result.Output.TrimEnd().ShouldBe(prints);
    }

    [Theory]
    [InlineData("person.sh")]
    [InlineData("person.cs")]
    [InlineData("person.mjs")]
    [InlineData("person.py")]
    [Rfc("6749 s4.1", "7636 s4", "9207 s2.4", "6749 s6")]
    public async Task A_program_of_the_page_on_authorization_codes_acts_for_a_person_and_refreshes(string file)
    {
        var app = await installation.App("--callback", Callback);
        using var browser = node.Browser(installation);
        await browser.SignIn(await node.Person());
        using var folder = new Workplace(Folder + "/authorization-code.md", file);
        await using var program = folder.Start(Environment(app.Key, app.Secret, ""));

        var address = await program.NextLine(patience);
        await browser.Visit(address);
        var page = await browser.Submit("/consent", ("decision", "allow"), ("scope", "assets:view"), ("scope", "tasks:view"));
        await program.Write(page.HandOver!);

        var result = await program.End(patience);
        result.Exit.ShouldBe(0, result.Error);
        result.Output.TrimEnd().Split('\n')[1..].ShouldBe(["assets:view tasks:view", "assets:view tasks:view"]);
        // Nothing but the refresh that the page promises: one device, which lives.
        (await installation.Count("token_families where ended_at is null")).ShouldBe(1);
        (await installation.Count("token_families where rotated_at is not null")).ShouldBe(1);
    }

    [Theory]
    [InlineData("person.sh")]
    [InlineData("person.mjs")]
    [InlineData("person.py")]
    [Rfc("9700 s4.7")]
    public async Task A_program_of_the_page_refuses_an_answer_that_is_not_its_own(string file)
    {
        var app = await installation.App("--callback", Callback);
        using var folder = new Workplace(Folder + "/authorization-code.md", file);
        await using var program = folder.Start(Environment(app.Key, app.Secret, ""));
        await program.NextLine(patience);

        await program.Write($"{Callback}?code=acc_somebody&state=another&iss={Uri.EscapeDataString(node.Issuer)}");

        var result = await program.End(patience);
        result.Exit.ShouldNotBe(0);
        result.Output.TrimEnd().Split('\n').Length.ShouldBe(1, "the address, and no token");
    }

    [Fact]
    public void Every_error_that_is_registered_stands_among_the_errors_with_what_to_do()
    {
        var page = Guide.Read(Folder + "/errors.md");
        var errors = typeof(OAuthError).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetValue(null)).OfType<OAuthError>().ToArray();
        errors.Length.ShouldBeGreaterThan(15);
        var atTheBrowser = new[]
        {
            OAuthError.AccessDenied, OAuthError.UnsupportedResponseType, OAuthError.LoginRequired, OAuthError.ConsentRequired, OAuthError.InteractionRequired, OAuthError.RequestNotSupported, OAuthError.RequestUriNotSupported,
        };
        foreach (var error in errors)
            page.ShouldContain(atTheBrowser.Contains(error) ? $"`{error.Code}`" : error == OAuthError.InvalidToken || error == OAuthError.InsufficientScope ? $"| {error.Status} | `{error.Code}` |" : $"| `{error.Code}` | {error.Status} |");
        foreach (var status in new[] { 405, 413, 415 })
            page.ShouldContain($"| `invalid_request` | {status} |");
    }

    [Fact]
    public void The_index_names_every_page() =>
        Directory.GetFiles(Architecture.Repository.PathOf(Folder), "*.md").Select(Path.GetFileName).Where(page => page != "README.md")
            .ShouldAllBe(page => Guide.Read(Folder + "/README.md").Contains($"({page})"));

    private Dictionary<string, string> Environment(string key, string secret, string api) => new()
    {
        ["API_CONNECTIONS_ISSUER"] = node.Issuer,
        ["API_CONNECTIONS_KEY"] = key,
        ["API_CONNECTIONS_SECRET"] = secret,
        ["MAINTENANCE_API"] = api,
        ["CALLBACK"] = Callback,
    };

    /// <summary>A folder with one program of a page, as a reader would have it.</summary>
    private sealed class Workplace : IDisposable
    {
        private readonly string folder = Directory.CreateTempSubdirectory("api-connections-guide-").FullName;
        private readonly string file;

        public Workplace(string page, string file)
        {
            this.file = Path.Combine(folder, file);
            File.WriteAllText(this.file, Guide.Code(page, file) + "\n", new UTF8Encoding(false));
            if (Path.GetExtension(file) != ".mjs")
                return;

            var modules = Path.Combine(Repository.Root, "test", "ApiConnections.Tests", "Conformance", "node", "node_modules");
            Machine.Needs(Machine.Has("node") && Directory.Exists(modules), "The Node.js library is missing; ./test.sh installs it.");
            Directory.CreateSymbolicLink(Path.Combine(folder, "node_modules"), modules);
        }

        public ChildProcess Start(IReadOnlyDictionary<string, string> environment) => Path.GetExtension(file) switch
        {
            ".cs" => ChildProcess.Start("dotnet", ["run", file], environment),
            ".mjs" => ChildProcess.Start("node", [file], environment),
            ".py" => ChildProcess.Start(File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3", [file], environment),
            _ => ChildProcess.Start("bash", [file], environment),
        };

        public void Dispose() => Directory.Delete(folder, recursive: true);
    }
}
