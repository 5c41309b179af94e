using System.CommandLine;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Commands;

/// <summary>The commands that copy the database and put it back.</summary>
internal static class BackupCommands
{
    private static readonly string[] asInTheBackup = ["consumers", "users", "secrets", "standing permissions of machines"];

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

    public static Command Restore(CommandServices container)
    {
        var file = new Argument<string>("FILE") { Description = "A file that backup has written." };
        var disabled = Disabled();
        var command = new Command("restore", "Put a backup of the SQLite database back; stop the server first. Everything that was issued ends.") { file, disabled };
        command.SetAction(async (parsed, _) =>
        {
            var outcome = await new BackupFile(container, parsed).Restore(Path.GetFullPath(parsed.GetValue(file)!), parsed.GetValue(disabled));
            if (!outcome.TryGet(out var done, out var refusal))
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(refusal.Reason);
                return 1;
            }

            await CommandRunner.Show(parsed.InvocationConfiguration.Output, Show(done.Installation, done.Before), parsed.GetValue(CommandRunner.Json));
            return 0;
        });
        return command;
    }

    public static Command Restored(CommandRunner run)
    {
        var disabled = Disabled();
        return run.On(
            new Command("restored", "After other tools have put the database back, as on PostgreSQL, and before a server starts: end everything that was issued.") { disabled },
            async call =>
            {
                using var hold = call.Service<IDatabase>().Engine == Engine.Sqlite ? call.Service<DataFolder>().TryHold() ?? throw Running() : null;
                return await call.Service<Restoration>().Restored(Actor.CommandLine, [], call.Get(disabled));
            },
            done => Show(done, before: null));
    }

    public static SettingException Running() => new("ApiConnections:Data", "a server runs on this folder; stop it first.");

    private static Option<bool> Disabled() => new("--disabled") { Description = "Start with every consumer disabled." };

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
        catch (UnauthorizedAccessException)
        {
            return Refused.Invalid($"{path} cannot be written by {Environment.UserName}, whom this runs as; name a file in a folder that they may write.");
        }
        catch (IOException e)
        {
            return Refused.Invalid($"{path} cannot be written: {e.Message}");
        }
    }

    private static View Show(RestoredInstallation done, string? before) => new(
        new
        {
            done.Incarnation,
            key = done.KeyId,
            withdrawn_keys = done.WithdrawnKeys,
            ended = new { done.Ended.Families, done.Ended.Sessions, done.Ended.Codes, done.Ended.Requests },
            consents_revoked = done.Consents,
            done.ConsumersDisabled,
            as_in_the_backup = asInTheBackup,
            database_before = before,
        },
        [
            $"Every access token is dead: {done.WithdrawnKeys.Count} signing keys are withdrawn, {done.KeyId} signs from now on.",
            $"Ended: {done.Ended.Families} connected devices, {done.Ended.Sessions} sessions, {done.Ended.Codes} codes, {done.Ended.Requests} open consent pages.",
            $"{done.Consents} app authorizations of people are revoked: the apps ask for consent again.",
            "Consumers, people and secrets are as in the backup, and machines may do what they could: what was disabled, deleted or revoked since is good again.",
            done.ConsumersDisabled > 0 ? $"All consumers are disabled ({done.ConsumersDisabled}); let each work again with: consumer enable KEY." : "Look through: consumer list, user list, authorization list.",
            .. before is null ? Array.Empty<string>() : [$"The database as it was before: {before}"],
        ]);
}
