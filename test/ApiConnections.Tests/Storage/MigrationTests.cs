using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Storage;

public sealed class MigrationTests
{
    [Theory, Engines]
    public async Task Migrating_twice_does_nothing_the_second_time(On engine)
    {
        await using var installation = await Installation.Empty(engine);

        (await installation.Do("migrate")).GetProperty("applied").GetArrayLength().ShouldBeGreaterThan(0);
        (await installation.Do("migrate")).GetProperty("applied").GetArrayLength().ShouldBe(0);

        (await installation.Count("schemaversions")).ShouldBe((await installation.Read(Server.Storage.Schema.Applied)).Count);
    }

    [Theory, Engines]
    public async Task Several_programs_that_migrate_at_once_migrate_once(On engine)
    {
        await using var installation = await Installation.Empty(engine);

        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => installation.Run("migrate", "--json"))));

        // On SQLite the folder has one holder at a time; whoever comes while it is held is told so.
        foreach (var refused in results.Where(result => result.Exit != 0))
            refused.Error.ShouldBe("ApiConnections:Data: a server runs on this folder; stop it first." + Environment.NewLine);
        if (engine == On.Postgres)
            results.ShouldAllBe(result => result.Exit == 0);

        (await installation.Count("schemaversions")).ShouldBe(Server.Storage.Schema.Known(engine.ToEngine()).Count);
        (await installation.Run("company", "create", "Acme")).Exit.ShouldBe(0);
    }

    [Theory, Engines]
    public async Task A_database_of_a_newer_version_is_refused_by_the_server_and_by_every_command(On engine)
    {
        await using var installation = await Installation.New(engine);
        var known = await installation.Count("schemaversions");
        await installation.Execute(engine == On.Sqlite
            ? "insert into SchemaVersions (ScriptName, Applied) values ('9999_from_the_future', '2030-01-01')"
            : "insert into schemaversions (scriptname, applied) values ('9999_from_the_future', '2030-01-01')");

        foreach (var command in new string[][] { ["serve"], ["migrate"], ["company", "list"], ["log", "verify"] })
        {
            var result = await installation.Run(command);
            result.Exit.ShouldBe(1);
            result.Output.ShouldBeEmpty();
            result.Error.ShouldContain("newer version");
            result.Error.ShouldContain("9999_from_the_future");
            result.Error.ShouldStartWith("ApiConnections:Da");
            result.Error.Trim().ShouldNotContain('\n');
        }

        (await installation.Count("schemaversions")).ShouldBe(known + 1);
    }

    [Theory, Engines]
    public async Task An_empty_database_is_made_by_the_way_on_sqlite_and_only_by_migrate_on_postgres(On engine)
    {
        await using var installation = await Installation.Empty(engine);

        var result = await installation.Run("company", "create", "Acme");
        var serving = engine == On.Postgres ? await installation.Run("serve") : null;

        if (engine == On.Sqlite)
        {
            result.Exit.ShouldBe(0, result.Error);
            return;
        }

        foreach (var refused in new[] { result, serving! })
        {
            refused.Exit.ShouldBe(1);
            refused.Error.ShouldContain("api-connections migrate");
        }

        (await installation.Count("information_schema.tables where table_schema = current_schema()")).ShouldBe(0);
    }
}
