using System.CommandLine;
using System.Globalization;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Commands;

/// <summary>What <c>restore</c> did.</summary>
/// <param name="Before">Where the database that was replaced is kept; null where there was none.</param>
internal sealed record RestoredFile(RestoredInstallation Installation, string? Before);

/// <summary>
/// Puts a backup back. All is done on a draft beside the database: the schema brought up, everything that was issued ended. Only then the draft takes the
/// place of the database, in one transaction: a crash at any moment leaves the one or the other.
/// </summary>
internal sealed class BackupFile(CommandServices container, ParseResult parsed)
{
    public async Task<Outcome<RestoredFile>> Restore(string file, bool disabled)
    {
        await using var services = container.Make(parsed);
        if (services.GetRequiredService<IDatabase>() is not SqliteDatabase database)
            return Refused.Invalid("On PostgreSQL put the database back with its own tools, for example pg_restore, and then run: api-connections restored.");
        if (!File.Exists(file))
            return Refused.NotFound($"There is no file {file}.");

        var folder = services.GetRequiredService<DataFolder>();
        var keys = services.GetRequiredService<IOptions<KeyOptions>>().Value;
        if (keys.EncryptionKey is null && keys.EncryptionKeyFile is null && !File.Exists(folder.KeyEncryptionKeyFile))
            return Refused.Conflict($"Put the key-encryption key back first: {folder.KeyEncryptionKeyFile}. Without the one that the backup was made with nothing in it can be opened.");

        using var hold = folder.TryHold() ?? throw BackupCommands.Running();
        var draft = folder.Below("restoring");
        try
        {
            // What an interrupted restore has left.
            foreach (var left in Directory.GetFiles(draft.FullPath))
                File.Delete(left);

            Copy(file, draft.DatabaseFile);
            return await FromDraft(database, folder, draft, keys, disabled);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refused.Invalid($"{file} cannot be restored: {e.Message}");
        }
        finally
        {
            Directory.Delete(draft.FullPath, recursive: true);
        }
    }

    private async Task<Outcome<RestoredFile>> FromDraft(SqliteDatabase database, DataFolder folder, DataFolder draft, KeyOptions keys, bool disabled)
    {
        await using var services = container.Make(parsed, new Dictionary<string, string?>
        {
            ["ApiConnections:Data"] = draft.FullPath,
            ["ApiConnections:Keys:EncryptionKeyFile"] = keys.EncryptionKeyFile ?? folder.KeyEncryptionKeyFile,
        });
        var restored = (SqliteDatabase)services.GetRequiredService<IDatabase>();
        if (await restored.WhatIsDamaged() is { } damage)
            return Refused.Invalid($"The backup is damaged, or no backup: {damage}. Nothing was changed.");
        if ((await restored.AppliedMigrations()).Count == 0)
            return Refused.Invalid("That is a database, but no backup of API Connections. Nothing was changed.");

        await services.GetRequiredService<DatabaseOpening>().Open(holds: false);
        // The keys that have signed since the backup was made are withdrawn with those in it.
        var readable = File.Exists(folder.DatabaseFile) && await database.WhatIsDamaged() is null && (await database.AppliedMigrations()).Count > 0;
        var keysSince = readable ? await database.Read(SigningKeyStore.KeyIds) : [];
        if (!(await services.GetRequiredService<Restoration>().Restored(Actor.CommandLine, keysSince, disabled)).TryGet(out var done, out var refusal))
            return refusal;

        var before = SetAside(database, folder, readable);
        database.ReplaceWith(restored);
        return new RestoredFile(done, before);
    }

    // A database that cannot be read is kept as it is and makes room.
    private static string? SetAside(SqliteDatabase database, DataFolder folder, bool readable)
    {
        if (!File.Exists(folder.DatabaseFile))
            return null;

        var now = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var aside = $"{folder.DatabaseFile}.before-restore-{now}";
        if (readable)
        {
            database.CopyTo(aside);
            return aside;
        }

        foreach (var suffix in new[] { "-wal", "-shm", "" })
        {
            if (File.Exists(folder.DatabaseFile + suffix))
                File.Move(folder.DatabaseFile + suffix, aside + suffix);
        }

        return aside;
    }

    // A copy that somebody made of the files themselves has its newest pages in a second file.
    private static void Copy(string file, string target)
    {
        foreach (var suffix in new[] { "", "-wal" })
        {
            if (!File.Exists(file + suffix))
                continue;

            DataFolder.Reserve(target + suffix);
            using var from = File.OpenRead(file + suffix);
            using var to = new FileStream(target + suffix, FileMode.Truncate, FileAccess.Write);
            from.CopyTo(to);
        }
    }
}
