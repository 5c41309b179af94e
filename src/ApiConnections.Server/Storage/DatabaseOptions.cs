using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Storage;

/// <summary>Where the data lives.</summary>
internal sealed record DatabaseOptions
{
    public const string Section = "ApiConnections:Database";

    [Description("The database engine: `sqlite` (one node, one file in the data folder) or `postgres` (any number of nodes).")]
    public Engine Engine { get; init; } = Engine.Sqlite;

    [Description("PostgreSQL only: the connection string, for example `Host=db;Database=api_connections;Username=api;Password=…`.")]
    public string? ConnectionString { get; init; }

    [Description("PostgreSQL only: how many connections one node opens at most.")]
    [Range(2, 500)]
    public int Connections { get; init; } = 20;
}

/// <summary>The folder for what is kept in files: the SQLite database and the key-encryption key.</summary>
internal sealed record DataOptions
{
    public const string Section = "ApiConnections";

    [Description("The folder of the SQLite database and of the key-encryption key. `--data` on the command line.")]
    [Required(AllowEmptyStrings = false)]
    public string Data { get; init; } = "data";
}

[OptionsValidator]
internal sealed partial class DataOptionsValidator : IValidateOptions<DataOptions>;

internal sealed class DatabaseOptionsValidator : IValidateOptions<DatabaseOptions>
{
    public ValidateOptionsResult Validate(string? name, DatabaseOptions options) => options switch
    {
        { Engine: Engine.Postgres, ConnectionString: null or "" } => ValidateOptionsResult.Fail("ConnectionString: PostgreSQL needs one, for example Host=db;Database=api_connections;Username=api."),
        { Engine: Engine.Postgres } when WhatIsWrong(options.ConnectionString) is { } wrong => ValidateOptionsResult.Fail("ConnectionString: " + wrong),
        { Connections: < 2 or > 500 } => ValidateOptionsResult.Fail("Connections: between 2 and 500."),
        _ => ValidateOptionsResult.Success,
    };

    private static string? WhatIsWrong(string connectionString)
    {
        try
        {
            var parsed = new Npgsql.NpgsqlConnectionStringBuilder(connectionString);
            return parsed.Host is null or "" ? "no Host in it." : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The message of the parser may quote a password; say only what kind of thing is wrong.
            return "it cannot be read as a PostgreSQL connection string (Key=Value;Key=Value).";
        }
    }
}
