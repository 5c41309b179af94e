using System.Net;
using System.Text.Json;
using ApiConnections.Server.Model;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Settings.TransactionsLog;

/// <summary>A company's log as a file, from its page and on the command line.</summary>
public sealed class LogExportTests
{
    private const string Csv = "/settings/log.csv";
    private const string JsonLines = "/settings/log.jsonl";

    [Theory, Engines]
    public async Task The_page_sends_what_its_filter_finds_as_CSV_without_formulas_and_as_JSON_lines(On engine)
    {
        await using var installation = await Installation.New(engine);
        await installation.Do("group", "create", "--name", "=cmd|' /C calc'!A0", "--scopes", "tasks:view");
        var node = await installation.Start();
        using var browser = await Administrator(installation, node);
        await installation.Execute("update transactions_log set actor = '=HYPERLINK(\"https://evil.test\")', subject = '@SUM(1)' where action = 'group.create' and data like '%calc%'");

        var csv = await browser.Get(Csv + "?action=group.create&lang=es");
        (csv.Status, csv.Headers["Content-Type"]).ShouldBe((HttpStatusCode.OK, "text/csv; charset=utf-8"));
        csv.Headers["Content-Disposition"].ShouldContain("transactions-log.csv");
        csv.Headers["Cache-Control"].ShouldContain("no-store");
        var lines = csv.Html.TrimStart('\uFEFF').Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(3);
        lines[0].ShouldStartWith("\"Número\",\"Hora\"");
        lines[1].ShouldContain("\"'=HYPERLINK(\"\"https://evil.test\"\")\"");
        lines[1].ShouldContain("\"'@SUM(1)\"");
        lines[2].ShouldContain("Viewers");
        lines.SelectMany(line => line.Split("\",\"")).ShouldAllBe(cell => !cell.TrimStart('"').StartsWith('='));

        var json = await browser.Get(JsonLines + "?action=group.create");
        json.Headers["Content-Type"].ShouldBe("application/x-ndjson; charset=utf-8");
        var records = json.Html.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        records.Select(record => record.GetProperty("data").GetProperty("name").GetString()).ShouldBe(["=cmd|' /C calc'!A0", "Viewers"]);
        records.ShouldAllBe(record => record.GetProperty("mac").GetString()!.Length == 64);
        (await browser.Get(JsonLines + "?subject=nobody")).Html.ShouldBe("");
        (await browser.Get(JsonLines + "?before=1&from=nonsense")).Html.Count(character => character == '\n').ShouldBe((int)await Count(installation));
    }

    [Theory, Engines]
    public async Task Nobody_gets_the_file_who_may_not_see_the_list(On engine)
    {
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        using var stranger = node.Browser(installation);
        foreach (var path in new[] { Csv, JsonLines })
        {
            var answer = await stranger.Get(path);
            (answer.Status, answer.Location).ShouldBe((HttpStatusCode.SeeOther, "/signin?return=%2Fsettings%2Flog"));
            foreach (var role in new[] { UserRole.User, UserRole.IntegrationDeveloper })
            {
                using var browser = node.Browser(installation);
                await browser.SignIn(await node.Person("Viewers", role: role));
                answer = await browser.Get(path);
                (answer.Status, answer.Html).ShouldBe((HttpStatusCode.Forbidden, ""), $"{role}");
            }
        }
    }

    [Theory, Engines]
    public async Task A_long_log_is_sent_to_its_last_record_each_once_filtered_or_not(On engine)
    {
        const int Count = 25_000;
        await using var installation = await Installation.New(engine);
        var node = await installation.Start();
        using var browser = await Administrator(installation, node);
        var company = (await installation.Query<Guid>("select id from companies")).Single();
        await installation.Execute(
            engine == On.Sqlite
                ? $"with recursive numbers (n) as (select 100 union all select n + 1 from numbers where n < {99 + Count}) insert into transactions_log select @company, n, n * 1000, 'somebody', 'local', 'general', 'company.test', '', '{{\"kind\":\"' || case n % 2 when 0 then 'even' else 'odd' end || '\"}}', x'00' from numbers"
                : $"insert into transactions_log select @company, n, n * 1000, 'somebody', 'local', 'general', 'company.test', '', '{{\"kind\":\"' || case n % 2 when 0 then 'even' else 'odd' end || '\"}}', '' from generate_series(100, {99 + Count}) as n",
            new { company });

        Numbers(await browser.Get(JsonLines + "?actor=somebody")).ShouldBe(Enumerable.Range(100, Count).Reverse().Select(number => (long)number));
        Numbers(await browser.Get(JsonLines + "?actor=somebody&text=ODD")).Length.ShouldBe(Count / 2);
        (await browser.Get(Csv + "?actor=somebody")).Html.Split("\r\n").Length.ShouldBe(Count + 2);
    }

    [Theory, Engines]
    public async Task The_command_line_exports_the_same_by_the_same_filters(On engine)
    {
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        await installation.Do("consumer", "disable", consumer.Key);
        var node = await installation.Start();
        using var browser = await Administrator(installation, node);

        (await installation.Run("log", "export", "--subject", consumer.Key)).Output.ShouldBe((await browser.Get(JsonLines + "?subject=" + consumer.Key)).Html);
        var csv = (await installation.Run("log", "export", "--csv", "--action", "consumer.disable")).Output;
        csv.ShouldStartWith("\"number\",\"time\"");
        csv.TrimEnd().Split("\r\n").Length.ShouldBe(2);
        (await installation.Run("log", "export", "--text", consumer.Name, "--module", "api_connections", "--action", "consumer.create")).Output.TrimEnd().Split('\n').Length.ShouldBe(1);
        (await installation.Run("log", "export", "--from", "2090-01-01T00:00:00Z")).Output.ShouldBe("");
        (await installation.Run("log", "export", "--csv", "--company", "Nobody")).Error.ShouldContain("There is no company \"Nobody\".");
        (await installation.Run("log", "export", "--from", "yesterday")).Exit.ShouldNotBe(0);
    }

    private static Task<long> Count(Installation installation) => installation.Count("transactions_log where chain in (select id from companies)");

    private static long[] Numbers(PageAnswer answer) => [.. answer.Html.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("number").GetInt64())];

    private static async Task<Browser> Administrator(Installation installation, Node node)
    {
        var browser = node.Browser(installation);
        await browser.SignIn(await node.Person("Viewers", role: UserRole.SuperAdministrator));
        return browser;
    }
}
