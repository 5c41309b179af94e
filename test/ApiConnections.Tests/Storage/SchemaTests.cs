using ApiConnections.Tests.Support;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Storage;

/// <summary>One SQL text runs on both engines, so the two schemas must be the same but for the engines' own names of types.</summary>
public sealed class SchemaTests
{
    private static readonly Dictionary<string, string> sameAs = new() { ["bigint"] = "integer", ["bytea"] = "blob", ["uuid"] = "blob", ["text"] = "text", ["integer"] = "integer", ["blob"] = "blob" };

    [Fact]
    public async Task Both_engines_have_the_same_tables_columns_and_nullability()
    {
        var (sqlite, postgres) = await Both(
            """
            select m.name as table_name, c.name, c.type, case when c."notnull" = 1 or c.pk > 0 then 'no' else 'yes' end as nullable
            from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'sqlite%' and lower(m.name) <> 'schemaversions'
            """,
            """
            select table_name, column_name as name, data_type as type, lower(is_nullable) as nullable
            from information_schema.columns where table_schema = current_schema() and table_name <> 'schemaversions'
            """);

        sqlite.Length.ShouldBeGreaterThan(80);
        sqlite.ShouldBe(postgres);
    }

    [Fact]
    public async Task Both_engines_have_the_same_primary_keys()
    {
        var (sqlite, postgres) = await Both(
            """
            select m.name as table_name, cast(c.pk as text) as type, c.name, '' as nullable
            from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' and c.pk > 0 and m.name not like 'sqlite%' and lower(m.name) <> 'schemaversions'
            """,
            """
            select u.table_name, u.ordinal_position::text as type, u.column_name as name, '' as nullable
            from information_schema.table_constraints c join information_schema.key_column_usage u using (constraint_schema, constraint_name)
            where c.constraint_type = 'PRIMARY KEY' and c.table_schema = current_schema() and u.table_name <> 'schemaversions'
            """);

        sqlite.Length.ShouldBeGreaterThanOrEqualTo(15);
        sqlite.ShouldBe(postgres);
    }

    [Fact]
    public async Task Both_engines_have_the_same_indexes_unique_or_not()
    {
        var (sqlite, postgres) = await Both(
            """
            select m.name as table_name, group_concat(c.name, ',') as name, l."unique" || ' ' || l.partial as type, '' as nullable
            from sqlite_master m join pragma_index_list(m.name) l join pragma_index_info(l.name) c
            where m.type = 'table' and m.name not like 'sqlite%' and lower(m.name) <> 'schemaversions' and l.origin <> 'pk' group by m.name, l.name
            """,
            """
            select t.relname as table_name, string_agg(a.attname, ',' order by k.place) as name,
                   i.indisunique::int || ' ' || (i.indpred is not null)::int as type, '' as nullable
            from pg_index i join pg_class t on t.oid = i.indrelid, unnest(i.indkey) with ordinality as k (number, place)
            join pg_attribute a on a.attnum = k.number
            where t.relnamespace = current_schema()::regnamespace and t.relname <> 'schemaversions' and not i.indisprimary and a.attrelid = t.oid
            group by t.relname, i.indexrelid, i.indisunique, i.indpred
            """);

        sqlite.Length.ShouldBeGreaterThan(8);
        sqlite.ShouldBe(postgres);
    }

    private static async Task<(string[] Sqlite, string[] Postgres)> Both(string onSqlite, string onPostgres)
    {
        if (TestPostgres.Connection is null && !TestPostgres.MustBeThere)
            Assert.Skip("There is no PostgreSQL here; ./test.sh starts one.");

        return (await Read(On.Sqlite, onSqlite), await Read(On.Postgres, onPostgres));
    }

    private static async Task<string[]> Read(On engine, string sql)
    {
        await using var installation = await Installation.Empty(engine);
        await installation.Do("migrate");
        return [.. (await installation.Query<Row>(sql)).Select(row => $"{row.TableName} {row.Name} {sameAs.GetValueOrDefault(row.Type.ToLowerInvariant(), row.Type)} {row.Nullable}").Order(StringComparer.Ordinal)];
    }

    private sealed class Row
    {
        public string TableName { get; init; } = "";
        public string Name { get; init; } = "";
        public string Type { get; init; } = "";
        public string Nullable { get; init; } = "";
    }
}
