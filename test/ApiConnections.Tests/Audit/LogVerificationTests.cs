using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Audit;

/// <summary>What the chain of the transactions log shows.</summary>
public sealed class LogVerificationTests
{
    public static IEnumerable<ITheoryDataRow> Tampering()
    {
        (string What, string Sql, string Finds)[] cases =
        [
            ("another actor", "update transactions_log set actor = 'somebody' where number = 2", "holds to record 1; record 2 was changed"),
            ("another address", "update transactions_log set ip = '192.0.2.1' where number = 2", "holds to record 1"),
            ("another time", "update transactions_log set made_at = made_at + 1 where number = 2", "holds to record 1"),
            ("another module", "update transactions_log set module = 'general' where number = 2", "holds to record 1"),
            ("another action", "update transactions_log set action = 'group.edit' where number = 2", "holds to record 1"),
            ("another subject", "update transactions_log set subject = 'x' where number = 2", "holds to record 1"),
            ("other data", "update transactions_log set data = '{}' where number = 2", "holds to record 1"),
            ("the first one gone", "delete from transactions_log where number = 1", "holds to record 0; record 1 is missing"),
            ("one in the middle gone", "delete from transactions_log where number = 2", "holds to record 1; record 2 is missing"),
            ("the last one gone", "delete from transactions_log where number = (select max(number) from transactions_log)", "missing at the end"),
            ("two changed places", "update transactions_log set number = case number when 1 then -2 when 2 then -1 end where number in (1, 2); update transactions_log set number = -number where number < 0", "holds to record 0"),
            ("a whole chain gone", "delete from transactions_log where number > 0; delete from log_heads where number > 2", "the whole chain is gone"),
        ];
        return cases.SelectMany(row => new[] { On.Sqlite, On.Postgres }.Select(engine => EnginesAttribute.Row(engine, row.What, row.Sql, row.Finds)));
    }

    [Theory, MemberData(nameof(Tampering))]
    public async Task Every_tampering_is_found(On engine, string what, string sql, string finds)
    {
        what.ShouldNotBeEmpty();
        await using var installation = await WithThreeRecords(engine);
        (await installation.Run("log", "verify")).Exit.ShouldBe(0);

        await Tamper(installation, sql);

        var verdict = await installation.Run("log", "verify");
        verdict.Exit.ShouldBe(1);
        verdict.Error.ShouldContain(finds);
    }

    [Theory, Engines]
    public async Task A_cut_tail_is_found_with_a_head_that_was_exported_before(On engine)
    {
        await using var installation = await WithThreeRecords(engine);
        var heads = Path.Combine(installation.Folder, "heads.jsonl");
        await File.WriteAllTextAsync(heads, (await installation.Run("log", "export", "--head")).Output);

        // Whoever can write to the database can also move the head back: the mac of an earlier record is known.
        await Tamper(installation, "delete from transactions_log where number = 4; update log_heads set number = 3, mac = (select mac from transactions_log where transactions_log.chain = log_heads.chain and number = 3) where number = 4");

        (await installation.Run("log", "verify")).Exit.ShouldBe(0);
        var verdict = await installation.Run("log", "verify", "--head", heads);
        verdict.Exit.ShouldBe(1);
        verdict.Error.ShouldContain("they were there when the head was exported");
    }

    [Theory, Engines]
    public async Task Parallel_writers_leave_one_chain_without_a_gap(On engine)
    {
        await using var installation = await Installation.New(engine);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => installation.Do("group", "create", "--name", $"Group {i}", "--scopes", "tasks:view")));

        (await installation.Run("log", "verify")).Exit.ShouldBe(0);
        var records = await Records(installation);
        records.Where(record => record.Contains("group.create", StringComparison.Ordinal)).Count().ShouldBe(17);
    }

    [Theory, Engines]
    public async Task A_refused_command_leaves_no_record(On engine)
    {
        await using var installation = await Installation.New(engine);
        var before = (await Records(installation)).Length;

        (await installation.Run("group", "create", "--name", "Viewers", "--scopes", "tasks:view")).Exit.ShouldBe(1);
        (await installation.Run("consumer", "disable", "NoSuchConsumer000000")).Exit.ShouldBe(1);
        (await installation.Run("company", "resume")).Exit.ShouldBe(1);

        (await Records(installation)).Length.ShouldBe(before);
    }

    [Theory, Engines]
    public async Task A_record_says_who_did_what_and_holds_no_secret(On engine)
    {
        await using var installation = await Installation.New(engine);
        var consumer = await installation.Consumer();
        var second = await installation.Reveal("secret", "add", consumer.Key, "--label", "second");

        var records = await Records(installation);

        var made = records.Single(record => record.Contains("consumer.create", StringComparison.Ordinal));
        made.ShouldContain("command line");
        made.ShouldContain(consumer.Key);
        records.Single(record => record.Contains("secret.add", StringComparison.Ordinal)).ShouldContain("second");
        records.ShouldAllBe(record => !record.Contains(consumer.Secret) && !record.Contains(second.GetProperty("secret").GetString()!));
    }

    private static async Task<string[]> Records(Installation installation) =>
        (await installation.Run("log", "export")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    // The installation's own chain holds two records, the company's four.
    private static async Task<Installation> WithThreeRecords(On engine)
    {
        var installation = await Installation.New(engine);
        await installation.Do("group", "create", "--name", "Second", "--scopes", "tasks:view");
        await installation.Do("group", "create", "--name", "Third", "--scopes", "tasks:view");
        return installation;
    }

    private static async Task Tamper(Installation installation, string sql)
    {
        await using var database = installation.Database();
        var outcome = await database.Write<int>(async session =>
        {
            foreach (var statement in sql.Split(';'))
                await session.Execute(statement + (statement.Contains("transactions_log set", StringComparison.Ordinal) || statement.Contains("from transactions_log where number =", StringComparison.Ordinal) ? OfCompany(statement) : ""));
            return 0;
        });
        outcome.TryGet(out _, out _).ShouldBeTrue();
    }

    // The company's chain is the longer one; single statements on a record mean that chain.
    private static string OfCompany(string statement) =>
        statement.Contains("log_heads set", StringComparison.Ordinal) ? "" : " and chain = (select chain from log_heads order by number desc limit 1)";
}
