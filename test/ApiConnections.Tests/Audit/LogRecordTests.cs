using System.Text.Json;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Audit;

public sealed class LogRecordTests
{
    [Theory, Engines]
    public async Task Every_administrative_command_leaves_one_record_in_the_right_chain(On engine)
    {
        await using var installation = await Installation.New(engine);
        var acme = (await installation.Do("company", "list"))[0].GetProperty("id").GetString()!;
        var consumer = await installation.Consumer();
        var authorization = (await installation.Do("authorization", "list"))[0].GetProperty("id").GetString()!;
        var api = (await installation.Do("api", "list"))[0].GetProperty("key").GetString()!;
        var group = (await installation.Do("group", "show", "Viewers")).GetProperty("id").GetString()!;
        var secret = (await installation.Do("consumer", "show", consumer.Key)).GetProperty("secrets")[0].GetProperty("hint").GetString()!;

        foreach (var (command, chain, action, subject) in new (string[], string, string, string?)[]
        {
            (["group", "create", "--name", "Editors", "--scopes", "tasks:edit"], acme, "group.create", null),
            (["group", "edit", "Viewers", "--scopes", "assets:view"], acme, "group.edit", group),
            (["group", "delete", "Editors"], acme, "group.delete", null),
            (["module", "off", "tasks"], acme, "module.off", "tasks"),
            (["module", "on", "tasks"], acme, "module.on", "tasks"),
            (["consumer", "disable", consumer.Key], acme, "consumer.disable", consumer.Key),
            (["consumer", "enable", consumer.Key], acme, "consumer.enable", consumer.Key),
            (["group", "create", "--name", "Movers", "--scopes", "tasks:edit"], acme, "group.create", null),
            (["consumer", "edit", consumer.Key, "--group", "Movers"], acme, "consumer.move", consumer.Key),
            (["consumer", "revoke-tokens", consumer.Key], acme, "consumer.revoke_tokens", consumer.Key),
            (["secret", "add", consumer.Key, "--label", "second"], acme, "secret.add", consumer.Key),
            (["secret", "revoke", consumer.Key, secret], acme, "secret.revoke", consumer.Key),
            (["authorization", "revoke", authorization], acme, "authorization.revoke", authorization),
            (["authorization", "allow", consumer.Key], acme, "authorization.allow", null),
            (["api", "create", "--name", "Acme's", "--audience", "https://acme.test", "--company", "Acme"], acme, "api.create", null),
            (["api", "create", "--name", "All's", "--audience", "https://all.test"], "installation", "api.create", null),
            (["api", "secret", api], "installation", "api_secret.add", api),
            (["consumer", "create", "--name", "Second", "--group", "Viewers", "--grant", "client_credentials"], acme, "consumer.create", null),
            (["consumer", "delete", consumer.Key], acme, "consumer.delete", consumer.Key),
            (["company", "suspend"], acme, "company.suspend", acme),
            (["company", "resume"], acme, "company.resume", acme),
            (["company", "addon", "off"], acme, "company.addon_off", acme),
            (["company", "addon", "on"], acme, "company.addon_on", acme),
            (["keys", "rotate"], "installation", "key.rotate", null),
            (["keys", "rotate", "--compromised"], "installation", "key.compromised", null),
        })
        {
            var before = await Records(installation);
            await installation.Reveal(command);
            var made = (await Records(installation)).Except(before, StringComparer.Ordinal).Select(line => JsonDocument.Parse(line).RootElement).ToArray();

            var record = made.ShouldHaveSingleItem(string.Join(' ', command));
            var name = record.GetProperty("chain").GetGuid() == Guid.Empty ? "installation" : record.GetProperty("chain").GetString();
            (name, record.GetProperty("action").GetString()).ShouldBe((chain, action));
            record.GetProperty("actor").GetString().ShouldBe($"command line ({Environment.UserName})");
            record.GetProperty("ip").GetString().ShouldBe("local");
            if (subject is not null)
                record.GetProperty("subject").GetString().ShouldBe(subject);
        }

        // A company's birth belongs to the installation and begins its own chain.
        var all = await Records(installation);
        await installation.Do("company", "create", "Second");
        (await Records(installation)).Except(all, StringComparer.Ordinal).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("action").GetString()).ShouldBe(["company.create", "company.create"]);
        (await installation.Run("log", "verify")).Exit.ShouldBe(0);
    }

    [Theory, Engines]
    public async Task A_refused_command_leaves_no_record_and_no_hole(On engine)
    {
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        var before = await Records(installation);

        foreach (var command in new string[][]
        {
            ["company", "create", "Acme"], ["company", "resume"], ["group", "create", "--name", "Viewers", "--scopes", "tasks:view"], ["group", "edit", "Viewers", "--scopes", ""],
            ["consumer", "create", "--name", "Bad", "--group", "None", "--grant", "client_credentials"], ["consumer", "enable", consumer.Key], ["secret", "revoke", consumer.Key, "none"],
            ["authorization", "allow", consumer.Key], ["api", "create", "--name", "Bad", "--audience", "no address"], ["keys", "reseal", "--new-key-file", "/nowhere"], ["module", "off", "none"],
        })
            (await installation.Run(command)).Exit.ShouldBe(1, string.Join(' ', command));

        (await Records(installation)).ShouldBe(before);
    }

    [Theory, Engines]
    public async Task Writers_at_once_keep_one_chain_without_gaps(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        var consumers = node.App.Services.GetRequiredService<Server.Settings.ApiConnections.Consumers.Consumers>();
        var groups = node.App.Services.GetRequiredService<Server.Settings.Modules.Groups>();
        var before = (await Records(installation)).Length;

        // Consumers of one group wait for each other at its row; groups meet at nothing but the chain.
        var made = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(async () => i % 2 == 0
            ? Made(await consumers.Create(Server.Audit.Actor.CommandLine, new() { Name = $"Consumer {i}", Group = "Viewers", GrantType = "client_credentials" }))
            : Made(await groups.Create(Server.Audit.Actor.CommandLine, null, $"Group {i}", "tasks:view", readOnly: false)))));

        made.ShouldAllBe(done => done);
        var verdicts = await installation.Do("log", "verify");
        verdicts.EnumerateArray().ShouldAllBe(chain => chain.GetProperty("ok").GetBoolean());
        (await Records(installation)).Length.ShouldBe(before + 64);
        (await installation.Query<long>("select number from transactions_log where action in ('consumer.create', 'group.create') order by number")).ShouldBe(Enumerable.Range(2, 65).Select(number => (long)number));
    }

    [Theory, Engines]
    public async Task What_is_exported_is_what_is_stored_one_json_document_a_line(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("group", "create", "--name", "Über <b>\"größte\"</b> 漢字 😀", "--scopes", "tasks:view");
        await installation.Do("company", "create", "Second");

        var lines = await Records(installation);
        var records = lines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();

        var stored = await installation.Query<string>("select data from transactions_log order by chain, number");
        records.Length.ShouldBe(stored.Count);
        records.Select(record => Normal(record.GetProperty("data").GetRawText())).ShouldBe(stored.Select(Normal));
        records.ShouldContain(record => record.GetProperty("action").GetString() == "group.create" && record.GetProperty("data").GetProperty("name").GetString() == "Über <b>\"größte\"</b> 漢字 😀");
        (await Records(installation, "--company", "Second")).Length.ShouldBe(1);
        (await installation.Run("log", "export", "--company", "None")).Exit.ShouldBe(1);
    }

    [Theory, Engines]
    public async Task A_record_that_somebody_has_spoilt_is_exported_all_the_same(On engine)
    {
        await using var installation = await Installation.New(engine);
        var before = (await Records(installation)).Length;
        await installation.Execute("update transactions_log set data = 'no {json' where action = 'group.create'");

        var lines = await Records(installation);

        lines.Length.ShouldBe(before);
        lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("data")).ShouldContain(data => data.ValueKind == JsonValueKind.String && data.GetString() == "no {json");
    }

    private static async Task<string[]> Records(Installation installation, params string[] options)
    {
        var result = await installation.Run(["log", "export", .. options]);
        result.Exit.ShouldBe(0, result.Error);
        result.Error.ShouldBeEmpty();
        return result.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool Made<T>(Protocol.Outcome<T> outcome)
        where T : notnull => outcome.TryGet(out _, out _);

    private static string Normal(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json));
}
