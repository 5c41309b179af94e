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

    private BenchInstallation(string engine) => Engine = engine;

    public string Engine { get; }

    /// <summary>What the server runs with.</summary>
    public Dictionary<string, string?> Settings { get; } = [];

    public string Folder => folder;

    public string Key { get; private set; } = "";

    public string Secret { get; private set; } = "";

    /// <summary>What the API that tokens are for authenticates with.</summary>
    public string ApiKey { get; private set; } = "";

    public string ApiSecret { get; private set; } = "";

    public string ApiAuthorization => Basic(ApiKey, ApiSecret);

    public string Authorization => Basic(Key, Secret);

    /// <summary>SQLite always; PostgreSQL where the environment names one.</summary>
    public static IReadOnlyList<string> Engines { get; } = Environment.GetEnvironmentVariable(PostgresVariable) is { Length: > 0 } ? ["SQLite", "PostgreSQL"] : ["SQLite"];

    public static async Task<BenchInstallation> New(string engine)
    {
        var made = new BenchInstallation(engine);
        made.Settings["ApiConnections:Data"] = made.folder;
        if (engine == "PostgreSQL")
        {
            made.Settings["ApiConnections:Database:Engine"] = "postgres";
            made.Settings["ApiConnections:Database:ConnectionString"] = await NewDatabase(Environment.GetEnvironmentVariable(PostgresVariable)!);
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
    public async Task Settle()
    {
        if (Engine != "PostgreSQL")
            return;

        await using var connection = new NpgsqlConnection(Settings["ApiConnections:Database:ConnectionString"]);
        await connection.OpenAsync();
        await using var tidy = new NpgsqlCommand("vacuum analyze", connection);
        await tidy.ExecuteNonQueryAsync();
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string Basic(string key, string secret) => "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes($"{key}:{secret}"));

    private async Task<JsonElement> Command(params string[] words)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        if (await ApiConnectionsServer.Run([.. words, "--json"], output, error, Settings) != 0)
            throw new InvalidOperationException(error.ToString());

        using var document = JsonDocument.Parse(output.ToString());
        return document.RootElement.Clone();
    }

    private static async Task<string> NewDatabase(string server)
    {
        var name = "bench" + RandomNumberGenerator.GetHexString(12, lowercase: true);
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"create database {name}", connection);
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(server) { Database = name }.ToString();
    }
}
