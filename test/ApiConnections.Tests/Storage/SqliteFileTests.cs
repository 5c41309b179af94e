using System.Runtime.Versioning;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Storage;

public sealed class SqliteFileTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public async Task Every_connection_has_the_pragmas_that_durability_hangs_on()
    {
        await using var installation = await Installation.Empty(On.Sqlite);
        await installation.Do("migrate");
        await using var database = installation.Database();

        var reading = await database.Read(Pragmas);
        var writing = (await database.Write<string>(async session => await Pragmas(session))).TryGet(out var pragmas, out _) ? pragmas : null;

        // synchronous 2 is FULL: NORMAL loses acknowledged commits at power loss.
        reading.ShouldBe("wal 2 1 2000 0");
        writing.ShouldBe("wal 2 1 2000 0");
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Nobody_but_the_owner_may_read_the_folder_or_a_file_in_it()
    {
        await using var installation = await Installation.Empty(On.Sqlite);
        var folder = Path.Combine(installation.Folder, "deeper", "data");
        installation.Settings["ApiConnections:Data"] = folder;
        await installation.Do("company", "create", "Acme");
        await installation.Start();
        var backup = Path.Combine(installation.Folder, "backup.db");
        await installation.Do("backup", backup);

        File.GetUnixFileMode(folder).ShouldBe(OwnerOnly | UnixFileMode.UserExecute);
        var files = Directory.GetFiles(folder).Append(backup).ToArray();
        files.Select(Path.GetFileName).ShouldBe(
            ["api-connections.db", "api-connections.db-shm", "api-connections.db-wal", "backup.db", "key-encryption.key", "serve.lock"], ignoreOrder: true);
        files.ShouldAllBe(file => File.GetUnixFileMode(file) == OwnerOnly);
    }

    [Fact]
    public async Task A_second_server_on_the_folder_is_refused_and_commands_work_beside_the_first()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();

        var second = await installation.Run("serve", "--urls", $"http://127.0.0.1:{Node.FreePort()}");
        var migrate = await installation.Run("migrate");
        var consumer = await installation.Consumer();

        second.Exit.ShouldBe(1);
        second.Error.ShouldStartWith($"ApiConnections:Data: another server runs on {installation.Folder}; one folder serves one server.");
        second.Output.ShouldBeEmpty();
        migrate.Exit.ShouldBe(1);
        migrate.Error.ShouldBe("ApiConnections:Data: a server runs on this folder; stop it first." + Environment.NewLine);
        (await node.Token(consumer)).ShouldBeIssued();

        await node.Stop();
        (await installation.Run("migrate")).Exit.ShouldBe(0);
        await installation.Start();
    }

    private static async Task<string> Pragmas(Session session)
    {
        var values = new List<string?>();
        foreach (var pragma in new[] { "journal_mode", "synchronous", "foreign_keys", "busy_timeout", "trusted_schema" })
            values.Add(await session.Value<string>($"pragma {pragma}"));

        return string.Join(' ', values);
    }
}
