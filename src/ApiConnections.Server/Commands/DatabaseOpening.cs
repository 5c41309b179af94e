using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Commands;

/// <summary>Makes sure, before anything else runs, that the database has this version's schema and opens with the key-encryption key.</summary>
internal sealed class DatabaseOpening(IDatabase database, DataFolder folder, IServiceProvider services)
{
    /// <summary>
    /// SQLite is brought up to this version by the way, as long as nobody serves from it; PostgreSQL by <c>migrate</c> alone, since other nodes may run.
    /// </summary>
    /// <param name="holds">Whether this program holds the data folder as its server.</param>
    public async Task Open(bool holds)
    {
        // Before the database is made: a data folder without its key must not get one by accident.
        services.GetRequiredService<KeyEncryptionKey>();
        var applied = await database.AppliedMigrations();
        RefuseNewer(applied);
        if (Schema.Known(database.Engine).Except(applied).Any())
            await BringUp(applied.Count == 0, holds);

        await services.GetRequiredService<DatabaseClock>().Ask(database);
        await services.GetRequiredService<Installation>().Open();
    }

    public void RefuseNewer(IReadOnlyList<string> applied)
    {
        if (applied.Except(Schema.Known(database.Engine)).FirstOrDefault() is { } unknown)
            throw new SettingException(Where, $"the database was made by a newer version of this program (its migration {unknown} is unknown here); use that version or a backup from before.");
    }

    private string Where => database.Engine == Engine.Sqlite ? "ApiConnections:Data" : "ApiConnections:Database:ConnectionString";

    private async Task BringUp(bool empty, bool holds)
    {
        if (database.Engine == Engine.Postgres)
            throw new SettingException(Where, empty
                ? "the database is empty; make its tables with: api-connections migrate."
                : "the database is of an older version; stop the nodes of that version and run: api-connections migrate.");

        using var hold = holds ? null : folder.TryHold() ?? throw new SettingException(Where, "the database is of an older version and a server of that version runs; stop it first.");
        await database.Migrate();
    }
}
