using ApiConnections.Server.Audit;
using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Audit;

/// <summary>Whoever can write to the database but does not have the key of the log cannot change it unnoticed.</summary>
public sealed class LogVerificationTests
{
    [Theory, Engines]
    public async Task A_record_of_which_any_field_was_changed_is_found(On engine)
    {
        await using var installation = await Chain.New(engine);
        var chain = await installation.CompanyChain();
        foreach (var (column, changed) in new[]
        {
            ("made_at", "made_at + 1"), ("actor", "actor || ' '"), ("ip", "'192.0.2.1'"), ("module", "'general '"), ("action", "'group.delete'"), ("subject", "'nobody'"),
            ("data", "replace(data, 'tasks', 'tasky')"), ("mac", engine == On.Sqlite ? "randomblob(32)" : "sha256(mac)"),
        })
        {
            var before = (await installation.Query<dynamic>($"select {column} as value from transactions_log where chain = @chain and number = 3", new { chain })).Single();
            await installation.Execute($"update transactions_log set {column} = {changed} where chain = @chain and number = 3", new { chain });

            await installation.FindsFault(chain, "holds to record 2; record 3 was changed", column);
            await installation.Execute($"update transactions_log set {column} = @value where chain = @chain and number = 3", new { chain, before.value });
            (await installation.Run("log", "verify")).Exit.ShouldBe(0, column);
        }
    }

    [Theory, Engines]
    public async Task A_record_that_was_removed_moved_or_inserted_is_found(On engine)
    {
        await using var installation = await Chain.New(engine);
        var chain = await installation.CompanyChain();
        foreach (var (tampering, fault) in new[]
        {
            ("delete from transactions_log where chain = @chain and number = 1", "holds to record 0; record 1 is missing."),
            ("delete from transactions_log where chain = @chain and number = 3", "holds to record 2; record 3 is missing."),
            ("delete from transactions_log where chain = @chain and number = 5", "holds to record 4; records 5 to 5 are missing at the end."),
            ("delete from transactions_log where chain = @chain", "holds to record 0; records 1 to 5 are missing at the end."),
            ("delete from transactions_log where chain = @chain; delete from log_heads where chain = @chain", "holds to record 0; the whole chain is gone"),

            // Closed up again behind the gap.
            ("delete from transactions_log where chain = @chain and number = 3; update transactions_log set number = number - 1 where chain = @chain and number > 3; update log_heads set number = 4 where chain = @chain", "holds to record 2; record 3 was changed"),

            // Reordered.
            ("update transactions_log set number = 100 where chain = @chain and number = 2; update transactions_log set number = 2 where chain = @chain and number = 3; update transactions_log set number = 3 where chain = @chain and number = 100", "holds to record 1; record 2 was changed"),

            // A copy of the last, put after it.
            ("insert into transactions_log select chain, number + 1, made_at, actor, ip, module, action, subject, data, mac from transactions_log where chain = @chain and number = 5; update log_heads set number = 6 where chain = @chain", "holds to record 5; record 6 was changed"),

            // From another chain, in the place of one's own.
            ("delete from transactions_log where chain = @chain and number = 1; insert into transactions_log select @chain, number, made_at, actor, ip, module, action, subject, data, mac from transactions_log where chain = @zero and number = 1", "holds to record 0; record 1 was changed"),

            // The head alone: what is written next would hang on it.
            ("update log_heads set mac = (select mac from transactions_log where chain = @chain and number = 4) where chain = @chain", "the end of the chain was changed"),
        })
        {
            await using var undo = await Undo.Keep(installation);
            await installation.Execute(tampering, new { chain, zero = AuditLog.InstallationChain });
            await installation.FindsFault(chain, fault, tampering);
        }

        (await installation.Run("log", "verify")).Exit.ShouldBe(0);
    }

    [Theory, Engines]
    public async Task A_tail_that_was_cut_with_its_head_is_found_with_a_head_that_was_exported_before(On engine)
    {
        await using var installation = await Chain.New(engine);
        var chain = await installation.CompanyChain();
        var heads = Path.Combine(installation.Folder, "heads.jsonl");
        await File.WriteAllTextAsync(heads, (await installation.Run("log", "export", "--head")).Output);
        (await installation.Run("log", "verify", "--head", heads)).Exit.ShouldBe(0);
        await installation.Do("group", "create", "--name", "Later", "--scopes", "tasks:view");
        (await installation.Run("log", "verify", "--head", heads)).Exit.ShouldBe(0);

        await installation.Execute(
            """
            delete from transactions_log where chain = @chain and number > 3;
            update log_heads set number = 3, mac = (select mac from transactions_log where chain = @chain and number = 3) where chain = @chain
            """,
            new { chain });

        (await installation.Run("log", "verify")).Exit.ShouldBe(0);
        await installation.FindsFault(chain, "holds to record 3; records 4 to 5 are missing at the end: they were there when the head was exported.", "cut tail", "--head", heads);

        // Written on since then, as long as before: it is another record now.
        await installation.Do("group", "create", "--name", "Forged", "--scopes", "tasks:view");
        await installation.Do("group", "create", "--name", "Forged too", "--scopes", "tasks:view");
        (await installation.Run("log", "verify")).Exit.ShouldBe(0);
        await installation.FindsFault(chain, "is another one than when the head was exported", "written anew", "--head", heads);

        // Both gone without a trace.
        await installation.Execute("delete from transactions_log where chain = @zero; delete from log_heads where chain = @zero", new { zero = AuditLog.InstallationChain });
        (await installation.Run("log", "verify", "--head", heads)).Error.ShouldContain("installation: holds to record 0; the whole chain is gone");
    }

    [Fact]
    public async Task A_file_that_holds_no_heads_is_refused()
    {
        await using var installation = await Chain.New(On.Sqlite);
        var file = Path.Combine(installation.Folder, "heads.jsonl");
        foreach (var content in new[] { "nonsense", "{}", "[1]", "{\"chain\":\"00000000-0000-0000-0000-000000000000\",\"number\":1,\"mac\":\"zz\"}", "null" })
        {
            await File.WriteAllTextAsync(file, content);
            var result = await installation.Run("log", "verify", "--head", file);
            result.Exit.ShouldBe(1, content);
            result.Error.ShouldContain("does not hold what");
        }
    }

    /// <summary>Puts the log back as it was.</summary>
    private sealed class Undo : IAsyncDisposable
    {
        private readonly Installation installation;

        private Undo(Installation installation) => this.installation = installation;

        public static async Task<Undo> Keep(Installation installation)
        {
            await installation.Execute("create table kept_log as select * from transactions_log; create table kept_heads as select * from log_heads");
            return new Undo(installation);
        }

        public async ValueTask DisposeAsync() => await installation.Execute(
            "delete from transactions_log; delete from log_heads; insert into log_heads select * from kept_heads; insert into transactions_log select * from kept_log; drop table kept_log; drop table kept_heads");
    }
}

/// <summary>A log with five records in the company's chain.</summary>
internal static class Chain
{
    public static async Task<Installation> New(On engine)
    {
        var installation = await Installation.New(engine);
        foreach (var name in new[] { "First", "Second", "Third" })
            await installation.Do("group", "create", "--name", name, "--scopes", "tasks:view tasks:edit");

        return installation;
    }

    public static async Task<Guid> CompanyChain(this Installation installation) =>
        (await installation.Query<Guid>("select id from companies where name = 'Acme'")).Single();

    public static async Task FindsFault(this Installation installation, Guid chain, string fault, string why, params string[] options)
    {
        var result = await installation.Run(["log", "verify", .. options]);
        result.Exit.ShouldBe(1, why);
        result.Output.ShouldBeEmpty(why);
        result.Error.ShouldContain($"{chain}: holds to record", Case.Sensitive, why);
        result.Error.ShouldContain(fault, Case.Sensitive, why);
    }
}
