using ApiConnections.Tests.Support;
using Shouldly;

namespace ApiConnections.Tests.Commands;

/// <summary>An installation as pages of docs speak of it, with a server that runs: their commands are run in their order, and each prints what the page shows below it.</summary>
internal sealed class Runbook
{
    private readonly Installation installation;
    private readonly Dictionary<string, string> names = [];
    private Node node;

    private Runbook(Installation installation, Node node) => (this.installation, this.node) = (installation, node);

    /// <summary>With a program and an app, each with a token, one request that was refused, and a person who has allowed the app.</summary>
    public static async Task<Runbook> Open(Installation installation)
    {
        var runbook = await Begin(installation);
        await runbook.Prepare();
        return runbook;
    }

    /// <summary>With nothing but what the installation holds.</summary>
    public static async Task<Runbook> Begin(Installation installation) => new(installation, await installation.Start());

    /// <summary>Makes what <see cref="Open"/> names, in the company that is there.</summary>
    public async Task Prepare()
    {
        var machine = await Made(installation, "Nightly report", "client_credentials");
        var app = await Made(installation, "Field app", "authorization_code", "--callback", Apps.Callback);
        var login = await installation.Login();
        var person = (await installation.Query<Guid>("select id from users where email = @Email", new { login.Email })).Single();
        var code = await node.Code(installation, app, new TestPerson(person, login.Email, ""));
        (await node.Redeem(installation, app, code)).ShouldBeIssued();
        (await node.Token(machine)).ShouldBeIssued();
        await node.Token(machine, ("scope", "warehouses:delete"));
        await Support.Should.Within(TimeSpan.FromSeconds(10), async () => await installation.Count("request_log where outcome = 'invalid_scope'") > 0, "the refusal is written");
        names["KEY"] = machine.Key;
        names["HINT"] = machine.Secret[^4..];
        names["APP"] = app.Key;
        names["EMAIL"] = login.Email;
        names["AUTHORIZATION"] = code.AuthorizationId.ToString();
        names["FILE"] = Path.Combine(installation.Folder, "backup.db");
    }

    public async Task Follow(IEnumerable<GuideCommand> commands)
    {
        foreach (var (command, shown) in commands)
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
                    await Run(Guide.Words(own, names), Guide.Fill(shown, names));
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

    private async Task Run(string[] command, string shown)
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

    private static async Task<TestConsumer> Made(Installation installation, string name, string grant, params string[] options)
    {
        var made = await installation.Reveal(["consumer", "create", "--name", name, "--group", "Viewers", "--grant", grant, .. options]);
        return new TestConsumer(made.GetProperty("key").GetString()!, made.GetProperty("secret").GetString()!, name, "");
    }
}
