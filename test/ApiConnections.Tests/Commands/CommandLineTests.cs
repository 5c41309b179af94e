using System.Text.Json;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;
using static ApiConnections.Tests.Support.Should;

namespace ApiConnections.Tests.Commands;

public sealed class CommandLineTests
{
    [Theory, Engines]
    public async Task Every_command_prints_one_json_document_or_plain_lines(On engine)
    {
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        var authorization = (await installation.Do("authorization", "list"))[0].GetProperty("id").GetString()!;
        foreach (var command in new string[][]
        {
            ["migrate"], ["company", "create", "Second"], ["company", "list"], ["company", "suspend", "Second"], ["company", "resume", "Second"], ["company", "addon", "off", "Second"],
            ["company", "addon", "on", "Second"], ["group", "create", "--company", "Acme", "--name", "Readers", "--scopes", "tasks:view", "--read-only"], ["group", "list", "--company", "Acme"],
            ["group", "show", "Readers", "--company", "Acme"], ["group", "edit", "Readers", "--company", "Acme", "--name", "Lectores"], ["group", "delete", "Lectores", "--company", "Acme"],
            ["module", "list", "--company", "Acme"], ["module", "off", "tasks", "--company", "Acme"], ["module", "on", "tasks", "--company", "Acme"], ["consumer", "list", "--company", "Acme"],
            ["consumer", "show", consumer.Key], ["consumer", "disable", consumer.Key], ["consumer", "enable", consumer.Key], ["consumer", "revoke-tokens", consumer.Key],
            ["authorization", "list", "--consumer", consumer.Key], ["authorization", "revoke", authorization, "--reason", "Test"], ["authorization", "allow", consumer.Key], ["api", "list"],
            ["keys", "list"], ["keys", "rotate"], ["keys", "rotate", "--compromised"], ["log", "verify"], ["consumer", "delete", consumer.Key], ["restored"],
        })
        {
            var result = await installation.Run([.. command, "--json"]);
            result.Exit.ShouldBe(0, string.Join(' ', command) + result.Error);
            result.Error.ShouldBeEmpty();
            JsonDocument.Parse(result.Output).RootElement.ValueKind.ShouldBeOneOf(JsonValueKind.Object, JsonValueKind.Array);
            result.Output.Trim().ShouldNotContain('\n');
        }

        foreach (var command in new string[][] { ["company", "list"], ["group", "list", "--company", "Acme"], ["consumer", "list", "--company", "Acme"], ["api", "list"], ["keys", "list"], ["log", "verify"], ["authorization", "list", "--company", "Acme"] })
        {
            var result = await installation.Run(command);
            (result.Exit, result.Error).ShouldBe((0, ""));
            result.Output.ShouldNotStartWith("{");
            result.Output.ShouldNotStartWith("[");
        }
    }

    [Theory]
    [InlineData("--data", "FOLDER", "company", "list", "--json")]
    [InlineData("--json", "--data=FOLDER", "company", "list")]
    [InlineData("company", "list", "--data", "FOLDER", "--json")]
    public async Task The_folder_may_stand_before_the_command_as_in_a_line_that_is_kept_for_all_of_them(params string[] command)
    {
        await using var installation = await Installation.New(On.Sqlite);
        using var output = new StringWriter();
        using var error = new StringWriter();

        var exit = await Server.ApiConnectionsServer.Run([.. command.Select(word => word.Replace("FOLDER", installation.Folder, StringComparison.Ordinal))], output, error);

        exit.ShouldBe(0, error.ToString());
        JsonDocument.Parse(output.ToString()).RootElement[0].GetProperty("name").GetString().ShouldBe("Acme");
    }

    [Fact]
    public async Task Help_after_the_folder_is_that_of_all_commands()
    {
        await using var installation = await Installation.New(On.Sqlite);
        using var output = new StringWriter();

        (await Server.ApiConnectionsServer.Run(["--data", installation.Folder, "--help"], output, TextWriter.Null)).ShouldBe(0);

        output.ToString().ShouldContain("consumer");
    }

    [Fact]
    public async Task Who_looked_into_a_folder_without_an_installation_is_told_that_one_was_made()
    {
        await using var installation = await Installation.Empty(On.Sqlite);

        (await installation.Run("consumer", "list")).Error.ShouldContain($"{installation.Folder} held no installation: a new one was made there.");
        (await installation.Run("consumer", "list")).Error.ShouldNotContain("a new one was made");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("consumer")]
    [InlineData("consumer", "nonsense")]
    [InlineData("consumer", "show")]
    [InlineData("consumer", "create", "--name", "x")]
    [InlineData("consumer", "create", "--name", "x", "--grant", "client_credentials", "--group", "g", "--access-token-minutes", "ten")]
    [InlineData("authorization", "revoke", "no-id")]
    [InlineData("group", "edit", "g", "--read-only", "perhaps")]
    [InlineData("secret", "add", "key", "--expires", "tomorrow-ish")]
    [InlineData("company", "create")]
    [InlineData("company", "create", "a", "b")]
    [InlineData("backup")]
    [InlineData("keys", "rotate", "--unknown")]
    [InlineData("--unknown")]
    [InlineData("serve", "--issuer")]
    public async Task Wrong_usage_is_exit_2_and_touches_nothing(params string[] command)
    {
        await using var installation = await Installation.Empty(On.Sqlite);

        var result = await installation.Run(command);

        result.Exit.ShouldBe(2, result.Output + result.Error);
        result.Output.ShouldBeEmpty();
        result.Error.ShouldContain("See: api-connections ");
        result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(2);
        Directory.GetFiles(installation.Folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refused_command_is_one_sentence_and_exit_1()
    {
        await using var installation = await Installation.New(On.Sqlite);
        await installation.Do("company", "create", "Second");
        foreach (var command in new string[][]
        {
            ["group", "list"], ["group", "list", "--company", "None"], ["group", "show", "None", "--company", "Acme"], ["consumer", "show", "none"], ["consumer", "list"], ["company", "suspend", "None"],
            ["company", "create", " "], ["consumer", "create", "--company", "Acme", "--name", "x", "--group", "Viewers", "--grant", "password"],
            ["consumer", "create", "--company", "Acme", "--name", "x", "--group", "Viewers", "--grant", "client_credentials", "--access-token-minutes", "121"],
            ["consumer", "create", "--company", "Acme", "--name", "x", "--group", "Viewers", "--grant", "client_credentials", "--network", "10.0.0.1/8"],
            ["consumer", "create", "--company", "Acme", "--name", "x", "--group", "Viewers", "--grant", "client_credentials", "--public"],
            ["consumer", "create", "--company", "Acme", "--name", "x", "--group", "Viewers", "--grant", "authorization_code"],
            ["consumer", "create", "--company", "Acme", "--name", "x", "--group", "Viewers", "--grant", "authorization_code", "--callback", "http://app.example/"],
            ["consumer", "create", "--company", "Acme", "--name", "x", "--group", "Viewers", "--grant", "client_credentials", "--required-scopes", "tasks:edit"],
            ["consumer", "create", "--company", "Acme", "--name", "x", "--group", "Viewers", "--grant", "client_credentials", "--url", "javascript:alert(1)"],
            ["authorization", "revoke", Guid.Empty.ToString()], ["api", "secret", "none"], ["api", "create", "--name", "x", "--audience", "relative"], ["module", "off", "none", "--company", "Acme"],
            ["log", "export", "--company", "None"], ["log", "verify", "--head", "/nowhere"], ["keys", "reseal", "--new-key-file", "/nowhere"],
        })
            await installation.IsOneSentence(1, [.. command, "--json"]);
    }

    [Fact]
    public async Task What_stops_a_server_is_one_sentence_too()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start();
        await using var other = await Installation.Empty(On.Sqlite);

        (await other.IsOneSentence(1, "serve", "--urls", node.Issuer)).ShouldContain(node.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await other.IsOneSentence(1, "serve", "--urls", "nonsense");

        var file = Path.Combine(other.Folder, "file");
        await File.WriteAllTextAsync(file, "");
        (await other.IsOneSentence(1, "company", "list", "--data", file)).ShouldContain(file);
        (await other.IsOneSentence(1, "serve", "--data", Path.Combine(file, "below"))).ShouldContain(file);
        await File.WriteAllTextAsync(Path.Combine(other.Folder, "api-connections.db"), new string('x', 5000));
        await other.IsOneSentence(1, "company", "list");
    }

    [Theory, Engines]
    public async Task Show_says_what_a_consumer_may_do_and_which_secrets_were_used(On engine)
    {
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        var added = await installation.Reveal("secret", "add", consumer.Key, "--label", "second", "--expires", "2999-01-31T00:00:00Z");
        var node = await installation.Start();
        (await node.Token(consumer)).ShouldBeIssued();
        await node.Stop();

        var shown = await installation.Do("consumer", "show", consumer.Key);

        shown.GetProperty("name").GetString().ShouldBe(consumer.Name);
        shown.GetProperty("scope").GetString().ShouldBe("assets:view tasks:view");
        shown.GetProperty("status").GetString().ShouldBe("active");
        shown.GetProperty("allowed").GetBoolean().ShouldBeTrue();
        var secrets = shown.GetProperty("secrets").EnumerateArray().ToArray();
        secrets.Length.ShouldBe(2);
        secrets[0].GetProperty("hint").GetString().ShouldBe(consumer.Secret[^4..]);
        secrets[0].GetProperty("last_used_ip").GetString().ShouldBe("127.0.0.1");
        secrets[1].GetProperty("label").GetString().ShouldBe("second");
        secrets[1].GetProperty("last_used_at").ValueKind.ShouldBe(JsonValueKind.Null);
        secrets[1].GetProperty("expires_at").GetDateTimeOffset().Year.ShouldBe(2999);
        added.GetProperty("hint").GetString().ShouldBe(secrets[1].GetProperty("hint").GetString());
        (await installation.Run("consumer", "show", consumer.Key)).Output.ShouldContain("never used");

        await installation.Do("consumer", "delete", consumer.Key);
        (await installation.Do("consumer", "list")).GetArrayLength().ShouldBe(0);
        (await installation.Do("consumer", "show", consumer.Key)).GetProperty("status").GetString().ShouldBe("deleted");
    }

    [Fact]
    public async Task A_backup_beside_a_running_server_opens_and_holds_the_data()
    {
        await using var installation = await Installation.New(On.Sqlite);
        var consumer = await installation.Consumer();
        var node = await installation.Start();
        (await node.Token(consumer)).ShouldBeIssued();
        await using var restored = await Installation.Empty(On.Sqlite);
        var file = Path.Combine(restored.Folder, "api-connections.db");

        var done = await installation.Do("backup", file);
        var again = await installation.IsOneSentence(1, "backup", file);
        await installation.Do("company", "create", "Later");
        await installation.IsOneSentence(1, "backup", "/nowhere/backup.db");
        (await installation.IsOneSentence(1, "backup", "/sys/backup.db")).ShouldContain($"cannot be written by {Environment.UserName}, whom this runs as");

        done.GetProperty("holds_key_encryption_key").GetBoolean().ShouldBeFalse();
        again.ShouldContain("nothing was written");
        (await restored.IsOneSentence(1, "company", "list")).ShouldContain("key-encryption.key is missing");
        File.Copy(Path.Combine(installation.Folder, "key-encryption.key"), Path.Combine(restored.Folder, "key-encryption.key"));
        (await restored.Do("company", "list")).GetArrayLength().ShouldBe(1);
        (await restored.Run("log", "verify")).Exit.ShouldBe(0);
        var copy = await restored.Start();
        await Within(TimeSpan.FromSeconds(3), async () => (await copy.Token(consumer)).AccessToken is not null, "a token from the copy");
    }

    [Theory, OnlyPostgres]
    public async Task A_backup_of_postgres_is_left_to_its_own_tools(On engine)
    {
        await using var installation = await Installation.New(engine);
        var file = Path.Combine(installation.Folder, "backup.db");
        (await installation.IsOneSentence(1, "backup", file)).ShouldContain("pg_dump");
        File.Exists(file).ShouldBeFalse();
    }
}
