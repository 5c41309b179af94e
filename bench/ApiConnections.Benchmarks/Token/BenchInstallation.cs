using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ApiConnections.Server;
using ApiConnections.Server.Storage;
using Npgsql;

namespace ApiConnections.Benchmarks.Token;

/// <summary>A database with one consumer, in a folder of its own.</summary>
internal sealed class BenchInstallation : IDisposable
{
    /// <summary>What tokens are for.</summary>
    public const string Audience = "https://api.bench";

    private const string PostgresVariable = "API_CONNECTIONS_BENCH_POSTGRES";
    private readonly string folder = Directory.CreateTempSubdirectory("api-connections-bench-").FullName;

    private readonly string? program;

    private BenchInstallation(string engine, string? program) => (Engine, this.program) = (engine, program);

    public string Engine { get; }

    /// <summary>What the server runs with.</summary>
    public Dictionary<string, string?> Settings { get; } = [];

    /// <summary>The same as environment variables.</summary>
    public IReadOnlyDictionary<string, string?> Environment => Settings.ToDictionary(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value);

    public string Folder => folder;

    public string Key { get; private set; } = "";

    public string Secret { get; private set; } = "";

    /// <summary>What the API that tokens are for authenticates with.</summary>
    public string ApiKey { get; private set; } = "";

    public string ApiSecret { get; private set; } = "";

    public string ApiAuthorization => Basic(ApiKey, ApiSecret);

    public string Authorization => Basic(Key, Secret);

    /// <summary>SQLite always; PostgreSQL where the environment names one.</summary>
    public static IReadOnlyList<string> Engines { get; } = System.Environment.GetEnvironmentVariable(PostgresVariable) is { Length: > 0 } ? ["SQLite", "PostgreSQL"] : ["SQLite"];

    /// <param name="program">What makes it; null: the server that this was built with.</param>
    public static async Task<BenchInstallation> New(string engine, string? program = null)
    {
        var made = new BenchInstallation(engine, program);
        made.Settings["ApiConnections:Data"] = made.folder;
        if (engine == "PostgreSQL")
        {
            made.Settings["ApiConnections:Database:Engine"] = "postgres";
            made.Settings["ApiConnections:Database:ConnectionString"] = await NewDatabase(System.Environment.GetEnvironmentVariable(PostgresVariable)!);
            made.Settings["ApiConnections:Keys:EncryptionKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
            await made.Command("migrate");
        }

        await made.Command("company", "create", "Bench");
        await made.Command("group", "create", "--name", "Viewers", "--scopes", "assets:view tasks:view");
        var api = await made.Command("api", "create", "--name", "API", "--audience", Audience);
        (made.ApiKey, made.ApiSecret) = (api.GetProperty("key").GetString()!, api.GetProperty("secret").GetString()!);
        var consumer = await made.Command("consumer", "create", "--name", "Bench", "--grant", "client_credentials", "--group", "Viewers");
        made.Key = consumer.GetProperty("key").GetString()!;
        made.Secret = consumer.GetProperty("secret").GetString()!;
        return made;
    }

    /// <summary>A public app that acts for people.</summary>
    /// <returns>Its key.</returns>
    public async Task<string> App() =>
        (await Command("consumer", "create", "--name", "App", "--grant", "authorization_code", "--public", "--callback", "https://app.bench/callback", "--group", "Viewers")).GetProperty("key").GetString()!;

    /// <summary>The database itself, to prepare what no command makes by the thousand.</summary>
    public IDatabase Open() => Engine == "PostgreSQL"
        ? new PostgresDatabase(new DatabaseOptions { Engine = Server.Storage.Engine.Postgres, ConnectionString = Settings["ApiConnections:Database:ConnectionString"] })
        : new SqliteDatabase(Path.Combine(folder, "api-connections.db"));

    /// <summary>Lets PostgreSQL tidy up after thousands of rows were made at once, as it has done long since where they came one by one.</summary>
    public Task Settle() => Engine == "PostgreSQL" ? Tidy(Settings["ApiConnections:Database:ConnectionString"]!) : Task.CompletedTask;

    /// <summary>The same for another database on PostgreSQL.</summary>
    public static async Task Tidy(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var tidy = new NpgsqlCommand("vacuum analyze", connection);
        await tidy.ExecuteNonQueryAsync();
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string Basic(string key, string secret) => "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes($"{key}:{secret}"));

    private async Task<JsonElement> Command(params string[] words)
    {
        using var document = JsonDocument.Parse(program is null ? await RunHere(words) : await RunProgram(program, words));
        return document.RootElement.Clone();
    }

    private async Task<string> RunProgram(string path, string[] words)
    {
        var start = new ProcessStartInfo(path, [.. words, "--json"]) { RedirectStandardOutput = true, WorkingDirectory = folder };
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        using var run = Process.Start(start)!;
        var output = await run.StandardOutput.ReadToEndAsync();
        await run.WaitForExitAsync();
        return run.ExitCode == 0 ? output : throw new InvalidOperationException($"{path} {string.Join(' ', words)} ended with {run.ExitCode}.");
    }

    private async Task<string> RunHere(string[] words)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        if (await ApiConnectionsServer.Run([.. words, "--json"], output, error, Settings) != 0)
            throw new InvalidOperationException(error.ToString());

        return output.ToString();
    }

    /// <summary>An empty database.</summary>
    /// <returns>How to connect to it.</returns>
    public static async Task<string> NewDatabase(string server)
    {
        var name = "bench" + RandomNumberGenerator.GetHexString(12, lowercase: true);
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"create database {name}", connection);
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(server) { Database = name }.ToString();
    }
}
