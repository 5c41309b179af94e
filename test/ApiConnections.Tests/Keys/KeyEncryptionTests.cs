using System.Runtime.Versioning;
using System.Security.Cryptography;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using Installation = ApiConnections.Tests.Support.Installation;

namespace ApiConnections.Tests.Keys;

public sealed class KeyEncryptionTests
{
    private const string Setting = "ApiConnections:Keys:EncryptionKey";

    [Theory, Engines]
    public async Task The_private_parts_stand_sealed_in_the_database(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Start();
        var kek = Kek(installation);

        foreach (var stored in await installation.Read(SigningKeyStore.All))
        {
            var scalar = kek.Open("signing key " + stored.KeyId, stored.SealedPrivate);
            scalar!.Length.ShouldBe(32);
            stored.SealedPrivate.AsSpan().IndexOf(scalar).ShouldBe(-1);
            foreach (var file in Directory.GetFiles(installation.Folder, "api-connections.db*"))
                File.ReadAllBytes(file).AsSpan().IndexOf(scalar).ShouldBe(-1);

            // Sealed for this key alone.
            kek.Open("signing key of another", stored.SealedPrivate).ShouldBeNull();
            KeyEncryptionKey.New().Open("signing key " + stored.KeyId, stored.SealedPrivate).ShouldBeNull();
        }
    }

    [Theory, Engines]
    public async Task Another_key_encryption_key_stops_server_and_commands_with_the_name_of_the_setting(On engine)
    {
        await using var installation = await Installation.New(engine);
        installation.Settings[Setting] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

        foreach (var command in new string[][] { ["serve"], ["company", "list"], ["keys", "list"] })
            await Refused(installation, Setting + ": this database was sealed with another key-encryption key", command);
    }

    [Fact]
    public async Task A_missing_key_file_beside_a_database_stops_the_start_and_none_is_made()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var file = Path.Combine(installation.Folder, "key-encryption.key");
        var kept = await File.ReadAllTextAsync(file);
        File.Delete(file);

        foreach (var command in new string[][] { ["serve"], ["company", "list"], ["migrate"] })
            await Refused(installation, $"ApiConnections:Data: {file} is missing", command);
        File.Exists(file).ShouldBeFalse();

        await File.WriteAllTextAsync(file, "not a key");
        await Refused(installation, $"ApiConnections:Data: {file} does not hold a key-encryption key", "company", "list");
        await File.WriteAllTextAsync(file, kept);
        await installation.Do("company", "list");
    }

    [Theory, OnlyPostgres]
    public async Task Postgres_without_a_key_is_refused(On engine)
    {
        await using var installation = await Installation.New(engine);
        installation.Settings.Remove(Setting);

        await Refused(installation, Setting + ": PostgreSQL needs one", "serve");
        await Refused(installation, Setting + ": PostgreSQL needs one", "company", "list");
    }

    [Theory, Engines]
    public async Task Everything_is_sealed_anew_opens_with_the_new_key_and_not_with_the_old(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumer = await installation.Consumer();
        await installation.Do("keys", "rotate");
        var kid = (await node.Token(consumer)).KeyId();
        var old = Kek(installation);
        await node.Stop();

        var (resealed, next) = await Reseal(installation, engine);

        resealed.ShouldBe(3); // two signing keys and the log's
        if (engine == On.Postgres)
        {
            await Refused(installation, Setting, "company", "list");
            installation.Settings[Setting] = next;
        }

        Kek(installation).Id.ShouldNotBe(old.Id);
        foreach (var stored in await installation.Read(SigningKeyStore.All))
        {
            old.Open("signing key " + stored.KeyId, stored.SealedPrivate).ShouldBeNull();
            SigningKey.Open(stored, Kek(installation)).ShouldNotBeNull();
        }

        old.Open(Server.Keys.Installation.LogKeyPurpose, (await installation.Read(SigningKeyStore.LogKey))!).ShouldBeNull();
        await installation.Do("log", "verify");
        node = await installation.Start();
        (await node.Token(consumer)).KeyId().ShouldBe(kid);
    }

    [Theory, Engines]
    public async Task A_key_that_cannot_be_taken_changes_nothing(On engine)
    {
        await using var installation = await Installation.New(engine);
        var before = await installation.Read(SigningKeyStore.LogKey);
        var file = Path.Combine(installation.Folder, "new.key");
        await File.WriteAllTextAsync(file, "too short");
        var same = Path.Combine(installation.Folder, "same.key");
        await File.WriteAllTextAsync(same, Kek(installation).Reveal());

        (await installation.Run("keys", "reseal", "--new-key-file", file)).Exit.ShouldBe(1);
        (await installation.Run("keys", "reseal", "--new-key-file", file + ".none")).Exit.ShouldBe(1);
        (await installation.Run("keys", "reseal", "--new-key-file", same)).Exit.ShouldBe(1);
        if (engine == On.Postgres)
            (await installation.Run("keys", "reseal")).Error.ShouldContain("--new-key-file");

        (await installation.Read(SigningKeyStore.LogKey)).ShouldBe(before);
        (await installation.Count("transactions_log where action = 'key_encryption_key.change'")).ShouldBe(0);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task On_sqlite_the_new_key_lies_in_the_data_folder_for_its_owner_alone()
    {
        await using var installation = await Installation.New(On.Sqlite);
        await installation.Do("keys", "reseal");

        var file = Path.Combine(installation.Folder, "key-encryption.key");
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.GetFiles(installation.Folder, "*.key*").ShouldBe([file]);
    }

    // With a file on PostgreSQL; on SQLite the program makes one.
    private static async Task<(int Count, string Next)> Reseal(Installation installation, On engine)
    {
        var next = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        var file = Path.Combine(installation.Folder, "next.key");
        await File.WriteAllTextAsync(file, next + "\n");
        var done = engine == On.Sqlite ? await installation.Do("keys", "reseal") : await installation.Do("keys", "reseal", "--new-key-file", file);
        return (done.GetProperty("sealed_anew").GetInt32(), next);
    }

    private static async Task Refused(Installation installation, string start, params string[] command)
    {
        var result = await installation.Run(command);
        result.Exit.ShouldBe(1);
        result.Output.ShouldBeEmpty();
        result.Error.ShouldStartWith(start);
        result.Error.Trim().ShouldNotContain('\n');
    }

    private static KeyEncryptionKey Kek(Installation installation) =>
        KeyEncryptionKey.Parse(installation.Settings.GetValueOrDefault(Setting) ?? File.ReadAllText(Path.Combine(installation.Folder, "key-encryption.key")))!;
}
