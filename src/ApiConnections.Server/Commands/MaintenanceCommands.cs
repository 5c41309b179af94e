using System.CommandLine;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Commands;

/// <summary>The commands that look after the database as a whole.</summary>
internal static class MaintenanceCommands
{
    public static Command Migrate(CommandServices container)
    {
        var command = new Command("migrate", "Bring the database up to this version; stop the servers on it first.");
        command.SetAction(async (parsed, _) =>
        {
            await using var services = container.Make(parsed);
            var database = services.GetRequiredService<IDatabase>();
            using var hold = database.Engine == Engine.Sqlite
                ? services.GetRequiredService<DataFolder>().TryHold() ?? throw BackupCommands.Running()
                : null;
            // The key comes before the database, as at any first start; on PostgreSQL tables are made without it.
            if (database.Engine == Engine.Sqlite)
                services.GetRequiredService<KeyEncryptionKey>();

            var before = await database.AppliedMigrations();
            services.GetRequiredService<DatabaseOpening>().RefuseNewer(before);
            await database.Migrate();
            var done = (await database.AppliedMigrations()).Except(before).ToArray();
            await Say(parsed, new View(new { applied = done }, done.Length == 0 ? "The database is of this version already." : $"Done: {string.Join(", ", done)}"));
            return 0;
        });
        return command;
    }

    private static Task Say(ParseResult parsed, View view) => CommandRunner.Show(parsed.InvocationConfiguration.Output, view, parsed.GetValue(CommandRunner.Json));
}
