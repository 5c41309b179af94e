using System.Reflection;
using DbUp.Builder;
using DbUp.Engine;

namespace ApiConnections.Server.Storage;

/// <summary>The migrations of both engines: forward only, numbered, each run once.</summary>
internal static class Schema
{
    public static IReadOnlyList<string> Known(Engine engine) =>
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith(Folder(engine), StringComparison.Ordinal)).Select(Name).Order(StringComparer.Ordinal)];

    /// <summary>What <see cref="IDatabase.AppliedMigrations"/> answers.</summary>
    public static async Task<IReadOnlyList<string>> Applied(Session session)
    {
        var tables = session.Engine == Engine.Sqlite
            ? "select count(*) from sqlite_master where lower(name) = 'schemaversions'"
            : "select count(*) from information_schema.tables where table_schema = current_schema() and table_name = 'schemaversions'";
        if (await session.Value<long>(tables) == 0)
            return [];

        return await session.Query<string>("select scriptname from schemaversions order by scriptname");
    }

    public static void Upgrade(UpgradeEngineBuilder target, Engine engine)
    {
        var scripts = Known(engine).Select(name => new SqlScript(name, Read(engine, name)));
        var result = target.WithScripts(scripts).WithTransactionPerScript().LogToNowhere().WithVariablesDisabled().Build().PerformUpgrade();
        if (!result.Successful)
            throw new InvalidOperationException($"The migration {result.ErrorScript?.Name} failed: {result.Error.Message}", result.Error);
    }

    private static string Folder(Engine engine) => engine == Engine.Sqlite ? "Sqlite/" : "Postgres/";

    private static string Name(string resource) => Path.GetFileNameWithoutExtension(resource);

    private static string Read(Engine engine, string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Folder(engine) + name + ".sql")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
