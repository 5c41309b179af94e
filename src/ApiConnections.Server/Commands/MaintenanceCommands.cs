using System.CommandLine;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
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
                ? services.GetRequiredService<DataFolder>().TryHold() ?? throw new SettingException("ApiConnections:Data", "a server runs on this folder; stop it first.")
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

    public static Command Backup(CommandRunner run)
    {
        var file = new Argument<string>("FILE") { Description = "The file to write; there must be none of that name." };
        return run.On(
            new Command("backup", "Copy the SQLite database, as it stands at one moment, beside a running server.") { file },
            call => Task.FromResult(Copy(call.Service<IDatabase>(), Path.GetFullPath(call.Get(file)!))),
            path => new View(
                new { file = path, holds_key_encryption_key = false },
                $"Written: {path}",
                "It does not hold the key-encryption key, without which the signing keys in it cannot be opened: keep a copy of that key, apart from this file."));
    }

    private static Outcome<string> Copy(IDatabase database, string path)
    {
        if (database is not SqliteDatabase sqlite)
            return Refused.Invalid("On PostgreSQL use its own tools, for example pg_dump.");
        if (File.Exists(path))
            return Refused.Conflict($"{path} exists already; nothing was written.");

        try
        {
            sqlite.CopyTo(path);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refused.Invalid($"{path} cannot be written: {e.Message}");
        }
    }

    private static Task Say(ParseResult parsed, View view) => CommandRunner.Show(parsed.InvocationConfiguration.Output, view, parsed.GetValue(CommandRunner.Json));
}
