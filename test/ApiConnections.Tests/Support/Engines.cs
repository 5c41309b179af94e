using System.Reflection;
using ApiConnections.Server.Storage;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace ApiConnections.Tests.Support;

/// <summary>Which database a test runs on.</summary>
public enum On
{
    Sqlite,
    Postgres,
}

/// <summary>
/// Runs a theory once on each database, or on those named. Without a PostgreSQL its row is skipped; under <c>./test.sh</c>, which starts one, it fails.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EnginesAttribute(params On[] engines) : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>([.. (engines is [] ? [On.Sqlite, On.Postgres] : engines).Select(engine => Row(engine))]);

    public override bool SupportsDiscoveryEnumeration() => true;

    /// <summary>A row of other theory data on one engine.</summary>
    public static ITheoryDataRow Row(On engine, params object?[] rest) => new TheoryDataRow([engine, .. rest])
    {
        Skip = engine == On.Postgres && TestPostgres.Connection is null && !TestPostgres.MustBeThere ? "There is no PostgreSQL here; ./test.sh starts one." : null,
    };
}

/// <summary>As <see cref="EnginesAttribute"/>, for what only several nodes or a network can do.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnlyPostgresAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>([EnginesAttribute.Row(On.Postgres)]);

    public override bool SupportsDiscoveryEnumeration() => true;
}

/// <summary>The PostgreSQL that <c>test/postgres.sh</c> has started, and databases of the tests' own in it.</summary>
internal static class TestPostgres
{
    public static string? Connection { get; } = Environment.GetEnvironmentVariable("API_CONNECTIONS_TEST_POSTGRES");

    public static bool MustBeThere { get; } = Environment.GetEnvironmentVariable("API_CONNECTIONS_TEST_COMPLETE") == "1";

    /// <summary>A new, empty database, in the PostgreSQL of all tests or in another.</summary>
    public static async Task<string> NewDatabase(string? cluster = null)
    {
        cluster ??= Connection ?? throw new InvalidOperationException("There is no PostgreSQL: run ./test.sh, or set API_CONNECTIONS_TEST_POSTGRES.");
        var name = "t" + Guid.CreateVersion7().ToString("N");
        await using var connection = new Npgsql.NpgsqlConnection(cluster);
        await connection.OpenAsync();
        await using var create = new Npgsql.NpgsqlCommand($"create database {name}", connection);
        await create.ExecuteNonQueryAsync();
        return new Npgsql.NpgsqlConnectionStringBuilder(cluster) { Database = name }.ToString();
    }

    public static Engine ToEngine(this On engine) => engine == On.Sqlite ? Engine.Sqlite : Engine.Postgres;
}

/// <summary>The rule that a test holds the product to, for example <c>6749 s4.4</c>.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class)]
public sealed class RfcAttribute(params string[] sections) : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [.. sections.Select(section => new KeyValuePair<string, string>("Rfc", section))];
}
