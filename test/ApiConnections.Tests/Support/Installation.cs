using System.Security.Cryptography;
using System.Text.Json;
using ApiConnections.Server;
using ApiConnections.Server.Storage;
using Microsoft.Extensions.Time.Testing;

namespace ApiConnections.Tests.Support;

/// <summary>
/// A database of a test's own, in a folder of its own, with the command line on it and as many server nodes as the test starts. Everything
/// that it prints or logs is kept, and searched for secrets when it ends.
/// </summary>
public sealed class Installation : IAsyncDisposable
{
    private readonly List<Node> nodes = [];
    private readonly List<string> canaries = [];

    private Installation(On engine, string folder, Dictionary<string, string?> settings)
    {
        (Engine, Folder, Settings) = (engine, folder, settings);
    }

    public On Engine { get; }

    public string Folder { get; }

    /// <summary>What every node and command runs with.</summary>
    public Dictionary<string, string?> Settings { get; }

    /// <summary>The clock of the nodes; commands run on the real one.</summary>
    public FakeTimeProvider Clock { get; } = new(TimeProvider.System.GetUtcNow());

    /// <summary>Everything that nodes logged and commands printed, apart from what shows a new secret on purpose.</summary>
    public LogSink Log { get; } = new();

    /// <summary>Empty: no tables, no key.</summary>
    /// <param name="database">A database of PostgreSQL that is empty; null for a new one in the tests' own.</param>
    public static async Task<Installation> Empty(On engine, string? database = null)
    {
        var folder = Directory.CreateTempSubdirectory("api-connections-test-").FullName;
        var settings = new Dictionary<string, string?> { ["ApiConnections:Data"] = folder };
        if (engine == On.Postgres)
        {
            settings["ApiConnections:Database:Engine"] = "postgres";
            settings["ApiConnections:Database:ConnectionString"] = database ?? await TestPostgres.NewDatabase();
            settings["ApiConnections:Keys:EncryptionKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        }

        return new Installation(engine, folder, settings);
    }

    /// <summary>Migrated, with the company "Acme", the group "Viewers" (<c>assets:view tasks:view</c>) and the API <c>https://api.test</c>.</summary>
    public static async Task<Installation> New(On engine, string? database = null)
    {
        try
        {
            return await Prepared(engine, database);
        }
        catch (InvalidOperationException e) when (database is null && e.Message.Contains("timed out", StringComparison.Ordinal))
        {
            // A machine that stood still for longer than a statement may take says nothing of what is to be tested: begin anew, once.
            return await Prepared(engine, database);
        }
    }

    private static async Task<Installation> Prepared(On engine, string? database)
    {
        var installation = await Empty(engine, database);
        if (engine == On.Postgres)
            await installation.Do("migrate");

        await installation.Do("company", "create", "Acme");
        await installation.Do("group", "create", "--name", "Viewers", "--scopes", "assets:view tasks:view");
        await installation.Reveal("api", "create", "--name", "Test API", "--audience", "https://api.test");
        return installation;
    }

    /// <summary>Starts a node on a free port.</summary>
    public async Task<Node> Start(Action<WebApplicationBuilder>? configure = null, params (string Name, string? Value)[] settings)
    {
        var node = await Node.Start(this, configure, settings);
        nodes.Add(node);
        return node;
    }

    /// <summary>A consumer made on the command line.</summary>
    public async Task<TestConsumer> Consumer(string group = "Viewers", string grant = "client_credentials", params string[] options)
    {
        var name = "Consumer " + Guid.CreateVersion7();
        var made = await Reveal(["consumer", "create", "--company", "Acme", "--name", name, "--group", group, "--grant", grant, .. options]);
        return new TestConsumer(
            made.GetProperty("key").GetString()!,
            made.GetProperty("secret").GetString() ?? "",
            name,
            made.GetProperty("scope").GetString()!);
    }

    /// <summary>Runs a command that must succeed and prints no secret.</summary>
    public async Task<JsonElement> Do(params string[] command)
    {
        var result = await Run([.. command, "--json"]);
        if (result.Exit != 0)
            throw new InvalidOperationException($"{string.Join(' ', command)}: exit {result.Exit}: {result.Error}");

        return JsonDocument.Parse(result.Output).RootElement;
    }

    /// <summary>Runs a command that must succeed and shows a new secret; the secret must be seen nowhere else.</summary>
    public async Task<JsonElement> Reveal(params string[] command)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exit = await ApiConnectionsServer.Run([.. command, "--json"], output, error, Settings);
        if (exit != 0)
            throw new InvalidOperationException($"{string.Join(' ', command)}: exit {exit}: {error}");

        var made = JsonDocument.Parse(output.ToString()).RootElement;
        if (made.TryGetProperty("secret", out var secret) && secret.GetString() is { } clear)
            Watch(clear);

        return made;
    }

    /// <summary>As <see cref="Do"/>, with a password on standard input, which must be seen nowhere else.</summary>
    public async Task<JsonElement> DoWith(string password, params string[] command)
    {
        Watch(password);
        var result = await Type(password, [.. command, "--json"]);
        if (result.Exit != 0)
            throw new InvalidOperationException($"{string.Join(' ', command)}: exit {result.Exit}: {result.Error}");

        return JsonDocument.Parse(result.Output).RootElement;
    }

    public Task<CommandResult> Run(params string[] command) => Type("", command);

    /// <summary>Runs a command with something on its standard input, such as a password.</summary>
    public async Task<CommandResult> Type(string input, params string[] command)
    {
        using var typed = new StringReader(input);
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exit = await ApiConnectionsServer.Run(command, output, error, Settings, typed);
        Log.Add(output.ToString());
        Log.Add(error.ToString());
        return new CommandResult(exit, output.ToString(), error.ToString());
    }

    /// <summary>From here on <paramref name="secret"/> must not appear in any output.</summary>
    public void Watch(string secret)
    {
        lock (canaries)
            canaries.Add(secret);
    }

    /// <summary>The database itself, for what no door shows.</summary>
    internal IDatabase Database() => Engine == On.Postgres
        ? new PostgresDatabase(new DatabaseOptions { Engine = Server.Storage.Engine.Postgres, ConnectionString = Settings["ApiConnections:Database:ConnectionString"] })
        : new SqliteDatabase(Path.Combine(Folder, "api-connections.db"));

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
            await node.DisposeAsync();

        var leaked = Log.Lines.FirstOrDefault(line => canaries.Exists(secret => line.Contains(secret, StringComparison.Ordinal)));
        Directory.Delete(Folder, recursive: true);
        if (leaked is not null)
            throw new InvalidOperationException("A secret or token was printed: " + leaked);
    }
}

public sealed record CommandResult(int Exit, string Output, string Error);

public sealed record TestConsumer(string Key, string Secret, string Name, string Scope);

/// <summary>What was logged and printed, line by line.</summary>
public sealed class LogSink : ILoggerProvider, ILogger
{
    private readonly List<string> lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (lines)
                return [.. lines];
        }
    }

    public void Add(string text)
    {
        lock (lines)
            lines.Add(text);
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Add($"{logLevel} {formatter(state, exception)} {exception}");

    public void Dispose()
    {
    }
}
