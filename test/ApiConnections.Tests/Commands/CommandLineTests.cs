using System.Text.Json;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Commands;

public sealed class CommandLineTests
{
    [Theory, Engines]
    public async Task Every_command_prints_one_JSON_document_with_json_and_lines_without(On engine)
    {
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        var authorization = (await installation.Do("authorization", "list"))[0].GetProperty("id").GetString()!;

        string[][] commands =
        [
            ["company", "list"], ["company", "suspend"], ["company", "resume"], ["company", "addon", "off"], ["company", "addon", "on"],
            ["group", "list"], ["group", "show", "Viewers"], ["group", "edit", "Viewers", "--scopes", "tasks:view"], ["group", "create", "--name", "Spare", "--scopes", "tasks:view"], ["group", "delete", "Spare"],
            ["module", "list"], ["module", "off", "assets"], ["module", "on", "assets"],
            ["consumer", "list"], ["consumer", "show", consumer.Key], ["consumer", "disable", consumer.Key], ["consumer", "enable", consumer.Key], ["consumer", "revoke-tokens", consumer.Key],
            ["authorization", "list"], ["authorization", "revoke", authorization], ["authorization", "allow", consumer.Key],
            ["api", "list"], ["keys", "list"], ["keys", "rotate"], ["keys", "rotate", "--compromised"], ["log", "verify"],
            ["secret", "revoke", consumer.Key, consumer.Secret[^4..]], ["consumer", "delete", consumer.Key],
        ];
        foreach (var command in commands)
        {
            var result = await installation.Run([.. command, "--json"]);
            result.Exit.ShouldBe(0, $"{string.Join(' ', command)}: {result.Error}");
            JsonDocument.Parse(result.Output).RootElement.ValueKind.ShouldBeOneOf(JsonValueKind.Array, JsonValueKind.Object);
            result.Output.TrimEnd().ShouldNotContain("\n");
            result.Error.ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData("consumer show NoSuchConsumer000000", "There is no consumer \"NoSuchConsumer000000\".")]
    [InlineData("group show Nothing", "There is no permission group \"Nothing\" in this company.")]
    [InlineData("group create --name Viewers --scopes tasks:view", "There is a permission group \"Viewers\" in this company already.")]
    [InlineData("group create --name Odd --scopes tasks:fly", "\"tasks:fly\" is no scope of the catalogue")]
    [InlineData("company create Acme", "There is a company \"Acme\" already.")]
    [InlineData("consumer create --name X --grant password --group Viewers", "The grant type is client_credentials or authorization_code.")]
    [InlineData("consumer create --name X --grant client_credentials --group Nothing", "There is no permission group \"Nothing\"")]
    [InlineData("consumer create --name X --grant client_credentials --group Viewers --public", "keeps a secret")]
    [InlineData("consumer create --name X --grant authorization_code --group Viewers", "The callback URL cannot be empty")]
    [InlineData("consumer create --name X --grant authorization_code --group Viewers --callback http://app.example/cb", "must use https")]
    [InlineData("consumer create --name X --grant client_credentials --group Viewers --access-token-minutes 121", "1 to 120 minutes")]
    [InlineData("consumer create --name X --grant client_credentials --group Viewers --network 10.0.0.0/99", "is no network")]
    [InlineData("api create --name Y --audience not-an-address", "The audience is an absolute address")]
    [InlineData("group delete Viewers", "is used by 1 consumers")]
    public async Task What_cannot_be_done_is_said_in_one_sentence_on_standard_error(string command, string sentence)
    {
        await using var installation = await Installation.New(On.Sqlite);
        await installation.Consumer();

        var result = await installation.Run(command.Split(' '));

        result.Exit.ShouldBe(1);
        result.Output.ShouldBeEmpty();
        result.Error.ShouldContain(sentence);
        result.Error.TrimEnd().ShouldNotContain("\n");
    }

    [Theory]
    [InlineData("consumer")]
    [InlineData("consumer fly")]
    [InlineData("consumer create --name X")]
    [InlineData("authorization revoke not-an-id")]
    [InlineData("nonsense")]
    [InlineData("serve --what")]
    public async Task Wrong_usage_is_exit_code_2_and_points_to_the_help(string command)
    {
        await using var installation = await Installation.Empty(On.Sqlite);

        var result = await installation.Run(command.Split(' '));

        result.Exit.ShouldBe(2);
        result.Error.ShouldContain("--help");
        Directory.GetFiles(installation.Folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_backup_beside_a_running_server_holds_the_data_and_nobody_else_can_read_it()
    {
        await using var installation = await Installation.New(On.Sqlite);
        await installation.Start();
        var consumer = await installation.Consumer();
        var file = Path.Combine(installation.Folder, "copy.db");

        (await installation.Run("backup", file)).Output.ShouldContain("does not hold the key-encryption key");

        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await File.ReadAllTextAsync(file)).ShouldContain(consumer.Key);
        (await installation.Run("backup", file)).Exit.ShouldBe(1);
    }
}
