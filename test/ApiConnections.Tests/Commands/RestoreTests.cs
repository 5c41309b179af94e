using System.Net;
using ApiConnections.Server.Storage;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.Commands;

/// <summary>A backup that is put back resurrects nothing that was revoked since.</summary>
public sealed class RestoreTests
{
    [Fact]
    public async Task What_was_revoked_after_the_backup_stays_dead_and_everybody_starts_anew()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        var (machine, app, person) = (await installation.Consumer(), await installation.App(), await node.Person());
        var device = await node.Redeem(installation, app, await node.Code(installation, app, person));
        var open = await node.Code(installation, app, person);
        using var browser = node.Browser(installation);
        await browser.SignIn(person);
        var token = await node.Token(machine);
        var file = Path.Combine(installation.Folder, "backup.db");
        var incarnation = (await installation.Query<Guid>("select incarnation from installation")).Single();
        await installation.Do("backup", file);

        // After the backup: a revocation, a key that the backup does not know, and a company.
        await installation.Do("authorization", "revoke", open.AuthorizationId.ToString());
        var since = (await installation.Do("keys", "rotate")).GetProperty("kid").GetString()!;
        await installation.Do("company", "create", "Later");
        await node.Stop();
        var restored = await installation.Do("restore", file);

        restored.GetProperty("withdrawn_keys").EnumerateArray().Select(kid => kid.GetString()).ShouldContain(since);
        restored.GetProperty("withdrawn_keys").GetArrayLength().ShouldBe(2);
        var ended = restored.GetProperty("ended");
        (ended.GetProperty("families").GetInt32(), ended.GetProperty("sessions").GetInt32(), ended.GetProperty("codes").GetInt32()).ShouldBe((1, 1, 1));
        restored.GetProperty("consents_revoked").GetInt64().ShouldBe(1);
        restored.GetProperty("consumers_disabled").GetInt32().ShouldBe(0);
        (await installation.Query<Guid>("select incarnation from installation")).Single().ShouldNotBe(incarnation);
        (await installation.Do("company", "list")).GetArrayLength().ShouldBe(1);
        (await installation.Run("log", "verify")).Exit.ShouldBe(0);
        (await installation.ChangesAfter(0)).Where(change => change.Kind == ChangeKind.Key && change.ForApis).Select(change => change.Subject)
            .ShouldBe(restored.GetProperty("withdrawn_keys").EnumerateArray().Select(kid => kid.GetString()!), ignoreOrder: true);

        // The database that was replaced is kept, and nothing else.
        var before = restored.GetProperty("database_before").GetString()!;
        Directory.GetFileSystemEntries(installation.Folder).Select(Path.GetFileName).Where(name => !name!.EndsWith("-wal", StringComparison.Ordinal) && !name.EndsWith("-shm", StringComparison.Ordinal))
            .ShouldBe(["api-connections.db", Path.GetFileName(before), "backup.db", "key-encryption.key", "serve.lock"], ignoreOrder: true);
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(before).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var after = await installation.Start();
        var keys = await after.Http.GetStringAsync("/.well-known/jwks.json");
        keys.ShouldContain(restored.GetProperty("key").GetString()!);
        foreach (var kid in restored.GetProperty("withdrawn_keys").EnumerateArray())
            keys.ShouldNotContain(kid.GetString()!);

        (await after.Redeem(installation, app, open)).ShouldBeRefused(HttpStatusCode.BadRequest, "invalid_grant");
        (await after.Token(machine)).ShouldBeIssued();
        (await installation.Count("authorizations where status = 'live'")).ShouldBe(1);
        (await installation.Count("token_families where ended_at is null")).ShouldBe(0);
        (await after.Redeem(installation, app, await after.Code(installation, app, person))).ShouldBeIssued();
        device.AccessToken.ShouldNotBeNull();
        token.AccessToken.ShouldNotBeNull();
    }

    [Theory, Engines]
    public async Task After_other_tools_have_put_it_back_one_command_ends_everything(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var (machine, app, person) = (await installation.Consumer(), await installation.App(), await node.Person());
        await node.Redeem(installation, app, await node.Code(installation, app, person));
        var open = await node.Code(installation, app, person);
        using var browser = node.Browser(installation);
        await browser.SignIn(person);
        await installation.Execute(
            """
            insert into authorization_requests (id, session_id, flow_hash, user_id, consumer, request, offered, app, created_at, expires_at)
            select id, id, hash, user_id, 'x', '{}', '', '', created_at, expires_at from sessions
            """);
        await node.Stop();

        var restored = await installation.Do("restored", "--disabled");

        restored.GetProperty("consumers_disabled").GetInt32().ShouldBe(2);
        restored.GetProperty("database_before").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        restored.GetProperty("ended").GetProperty("requests").GetInt32().ShouldBe(1);
        (await installation.Count("authorization_requests")).ShouldBe(0);
        (await installation.Query<string>("select distinct status from consumers")).ShouldBe(["disabled"]);
        (await installation.Count("sessions where ended_at is null")).ShouldBe(0);
        var after = await installation.Start();
        (await after.Token(machine)).ShouldBeRefused(HttpStatusCode.Unauthorized, "invalid_client");
        await installation.Do("consumer", "enable", machine.Key);
        await Within(TimeSpan.FromSeconds(3), async () => (await after.Token(machine)).Status == HttpStatusCode.OK, "an enabled machine works again: its standing permission stayed");
        await installation.Do("consumer", "enable", app.Key);
        await Within(TimeSpan.FromSeconds(3), async () => (await after.Redeem(installation, app, open)).Error == "invalid_grant", "the code is dead whatever is enabled");
        (await installation.Run("log", "verify")).Exit.ShouldBe(0);
    }

    [Fact]
    public async Task A_backup_is_put_back_on_a_new_machine_with_its_key_beside_it()
    {
        await using var lost = await Installation.New(On.Sqlite);
        var consumer = await lost.Consumer();
        var file = Path.Combine(lost.Folder, "backup.db");
        await lost.Do("backup", file);
        await using var installation = await Installation.Empty(On.Sqlite);

        (await installation.IsOneSentence(1, "restore", file)).ShouldContain("Put the key-encryption key back first");
        Directory.GetFiles(installation.Folder).ShouldBeEmpty();
        File.Copy(Path.Combine(lost.Folder, "key-encryption.key"), Path.Combine(installation.Folder, "key-encryption.key"));
        var restored = await installation.Run("restore", file);

        restored.Exit.ShouldBe(0, restored.Error);
        restored.Output.ShouldNotContain("The database as it was before");
        var node = await installation.Start();
        (await node.Token(consumer)).ShouldBeIssued();
    }

    [Fact]
    public async Task What_cannot_be_restored_is_one_sentence_and_changes_nothing()
    {
        await using var installation = await Installation.New(On.Sqlite);
        await using var stranger = await Installation.New(On.Sqlite);
        var consumer = await installation.Consumer();
        string In(string name) => Path.Combine(installation.Folder, name);
        await installation.Do("backup", In("good"));
        await stranger.Do("backup", In("strangers"));
        await File.WriteAllTextAsync(In("text"), new string('x', 10_000));
        await File.WriteAllBytesAsync(In("empty"), []);
        var damaged = await File.ReadAllBytesAsync(In("good"));
        Array.Fill(damaged, (byte)0xA5, 8192, 40_000);
        await File.WriteAllBytesAsync(In("damaged"), damaged);
        File.Copy(In("good"), In("newer"));
        await using (var newer = new SqliteDatabase(In("newer")))
        {
            await newer.Write<bool>(async session =>
            {
                await session.Execute("insert into schemaversions (scriptname, applied) values ('9999_from_the_future', 'now')");
                return true;
            });
        }

        var before = await installation.LastChange();
        foreach (var (file, sentence) in new[]
        {
            ("none", "There is no file"), ("text", "damaged, or no backup"), ("empty", "no backup of API Connections"), ("damaged", "damaged, or no backup"), ("strangers", "another key-encryption key"),
            ("newer", "newer version"),
        })
            (await installation.IsOneSentence(1, "restore", In(file))).ShouldContain(sentence, customMessage: file);

        (await installation.LastChange()).ShouldBe(before);
        var node = await installation.Start();
        (await installation.IsOneSentence(1, "restore", In("good"))).ShouldContain("a server runs on this folder; stop it first");
        (await installation.IsOneSentence(1, "restored")).ShouldContain("a server runs on this folder; stop it first");
        (await node.Token(consumer)).ShouldBeIssued();
        Directory.GetDirectories(installation.Folder).ShouldBeEmpty();
        Directory.GetFiles(installation.Folder, "*before-restore*").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_database_that_cannot_be_read_any_more_makes_room_and_is_kept()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var consumer = await installation.Consumer();
        var (file, database) = (Path.Combine(installation.Folder, "backup.db"), Path.Combine(installation.Folder, "api-connections.db"));
        await installation.Do("backup", file);
        var spoilt = new string('x', 10_000);
        await File.WriteAllTextAsync(database, spoilt);

        var restored = await installation.Do("restore", file);

        (await File.ReadAllTextAsync(restored.GetProperty("database_before").GetString()!)).ShouldBe(spoilt);
        var node = await installation.Start();
        (await node.Token(consumer)).ShouldBeIssued();
    }

    [Theory, OnlyPostgres]
    public async Task On_postgres_its_own_tools_put_a_backup_back(On engine)
    {
        await using var installation = await Installation.New(engine);
        (await installation.IsOneSentence(1, "restore", Path.Combine(installation.Folder, "backup.db"))).ShouldContain("api-connections restored");
    }
}
