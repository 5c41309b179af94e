using ApiConnections.Server.Storage;
using Microsoft.Data.Sqlite;
using Shouldly;
using SQLitePCL;
using Xunit;

namespace ApiConnections.Tests.Storage;

/// <summary>Statements that are kept compiled answer as fresh ones would.</summary>
public sealed class SqliteStatementsTests : IDisposable
{
    private readonly SqliteStatements connection = new("Data Source=:memory:");
    private readonly Session session;

    public SqliteStatementsTests()
    {
        connection.Open();
        connection.Handle!.enable_sqlite3_next_stmt(true);
        session = new Session(connection, null, Engine.Sqlite);
    }

    public void Dispose() => connection.Dispose();

    [Fact]
    public async Task A_text_is_compiled_once_and_run_with_the_values_of_each_time()
    {
        for (var i = 0; i < 5; i++)
            (await session.Value<long>("select @one + @two", i % 2 == 0 ? new { one = i, two = 1 } : new { one = 1, two = i } as object)).ShouldBe(i + 1);

        Compiled().ShouldBe(1);
    }

    [Fact]
    public async Task A_value_that_is_not_given_is_not_the_one_of_the_time_before()
    {
        (await session.Value<long>("select @one", new { one = 1 })).ShouldBe(1);

        await Should.ThrowAsync<InvalidOperationException>(() => session.Value<long>("select @one"));
    }

    [Fact]
    public async Task However_many_texts_there_are_the_newest_fifty_are_kept()
    {
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 200; i++)
                (await session.Value<long>($"select {i} + @more", new { more = round })).ShouldBe(i + round);
        }

        Compiled().ShouldBe(50);
    }

    [Fact]
    public async Task A_statement_that_failed_leaves_nothing_behind_and_runs_again()
    {
        const string Insert = "insert into things (name) values (@name)";
        await session.Execute("create table things (name text primary key) strict");
        await session.Execute(Insert, new { name = "one" });

        await Should.ThrowAsync<SqliteException>(() => session.Execute(Insert, new { name = "one" }));
        await session.Execute(Insert, new { name = "two" });

        (await session.Query<string>("select name from things order by name")).ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task Lists_of_any_length_and_one_statement_for_each_of_many_rows_are_run_as_they_are_given()
    {
        await session.Execute("create table things (name text primary key) strict");

        (await session.Execute("insert into things (name) values (@name)", new[] { new { name = "one" }, new { name = "two" }, new { name = "three" } })).ShouldBe(3);
        foreach (string[] names in new[] { ["one"], new[] { "one", "two" }, ["one", "two", "three"], ["two"], [] })
            (await session.Value<long>("select count(*) from things where name in @names", new { names })).ShouldBe(names.Length);
    }

    [Fact]
    public async Task A_text_of_two_statements_runs_both_each_time()
    {
        await session.Execute("create table things (name text primary key) strict");
        for (var i = 0; i < 3; i++)
            (await session.Query<string>("update things set name = name || '!'; insert into things (name) values (@name) returning name", new { name = $"{i}" })).ShouldBe([$"{i}"]);

        (await session.Query<string>("select name from things order by name")).ShouldBe(["0!!", "1!", "2"]);
    }

    [Fact]
    public async Task A_transaction_that_was_rolled_back_is_not_the_one_of_the_next()
    {
        await session.Execute("create table things (name text primary key) strict");
        for (var i = 0; i < 2; i++)
        {
            using var transaction = connection.BeginTransaction(deferred: false);
            await new Session(connection, transaction, Engine.Sqlite).Execute("insert into things (name) values (@name)", new { name = $"{i}" });
            if (i == 1)
                transaction.Commit();
        }

        (await session.Query<string>("select name from things")).ShouldBe(["1"]);
    }

    [Fact]
    public async Task A_table_that_was_made_anew_is_read_as_it_is()
    {
        const string Read = "select * from things";
        await session.Execute("create table things (name text) strict");
        await session.Execute("insert into things (name) values ('one')");
        (await session.Query<string>(Read)).ShouldBe(["one"]);

        await session.Execute("drop table things");
        await session.Execute("create table things (number integer) strict");
        await session.Execute("insert into things (number) values (7)");

        (await session.Query<long>(Read)).ShouldBe([7]);
    }

    private int Compiled()
    {
        var count = 0;
        for (var statement = raw.sqlite3_next_stmt(connection.Handle, null); statement is not null; statement = raw.sqlite3_next_stmt(connection.Handle, statement))
            count++;

        return count;
    }
}
