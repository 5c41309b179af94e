using System.Data.Common;
using ApiConnections.Benchmarks.Token;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Storage;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ApiConnections.Benchmarks.Log;

/// <summary>Fills a company's log: as the server does, record by record in their chain, and, where only their number counts, by one statement.</summary>
internal static class LogSeeds
{
    private const int AtOnce = 2_000;

    /// <summary>Chained records, through the function that every change goes through.</summary>
    public static async Task Chained(IDatabase database, AuditLog log, Guid company, int count)
    {
        for (var made = 0; made < count; made += AtOnce)
        {
            var from = made;
            var written = await database.Write<bool>(async session =>
            {
                await log.Append(session, [.. Enumerable.Range(from, Math.Min(AtOnce, count - from)).Select(number => new NewRecord(
                    new Actor($"person{number % 1000}@bench.test", $"198.51.100.{number % 250}"), company, "api_connections", "consumer.edit", $"{number % 100_000:D20}",
                    new { before = new { name = $"Asset {number}", group = "Viewers" }, after = new { name = $"Asset {number + 1}", group = "Viewers" } }))]);
                return true;
            });
            if (!written.TryGet(out _, out _))
                throw new InvalidOperationException("The records were refused.");
        }
    }

    /// <summary>Records up to a number, a second apart, that are in no chain; indexes are made anew afterwards, as a restored database has them.</summary>
    public static async Task Listed(BenchInstallation installation, Guid company, long from, long to)
    {
        var sqlite = installation.Engine == "SQLite";
        await using DbConnection connection = sqlite
            ? new SqliteConnection($"Data Source={Path.Combine(installation.Folder, "api-connections.db")};Pooling=False;Default Timeout=0")
            : new NpgsqlConnection(installation.Settings["ApiConnections:Database:ConnectionString"] + ";Command Timeout=0");
        await connection.OpenAsync();
        var indexes = await Indexes(connection, sqlite);
        foreach (var (name, _) in indexes)
            await Run(connection, $"drop index {name}");

        var (numbers, id, text, mac) = sqlite
            ? ($"with recursive numbers (n) as (select {from} union all select n + 1 from numbers where n < {to}) ", $"x'{Convert.ToHexString(company.ToByteArray(bigEndian: true))}'", "printf('%020d', n % 100000)", "zeroblob(32)")
            : ("", $"'{company}'::uuid", "lpad((n % 100000)::text, 20, '0')", "decode(repeat('00', 32), 'hex')");
        await Run(
            connection,
            $"""
            insert into transactions_log (chain, number, made_at, actor, ip, module, action, subject, data, mac)
            {numbers}select {id}, n, 1800000000000 + n * 1000, case when n % 500000 = 0 then 'rare@bench.test' else 'person' || (n % 1000) || '@bench.test' end, '198.51.100.' || (n % 250),
                case n % 5 when 0 then 'general' when 1 then 'modules' when 2 then 'security' when 3 then 'user_accounts' else 'api_connections' end,
                'thing.action' || (n % 20), {text}, '{"{"}"before":{"{"}"name":"Asset ' || n || '"{"}"},"after":{"{"}"name":"Asset ' || (n + 1) || '"{"}"}{"}"}', {mac}
            from {(sqlite ? "numbers" : $"generate_series({from}::bigint, {to}) as n")}
            """);
        foreach (var (_, sql) in indexes)
            await Run(connection, sql);

        await Run(connection, $"update log_heads set number = {to} where chain = {id}");
        await Run(connection, sqlite ? "pragma wal_checkpoint(truncate)" : "vacuum analyze transactions_log");
    }

    private static async Task<IReadOnlyList<(string Name, string Sql)>> Indexes(DbConnection connection, bool sqlite)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sqlite
            ? "select name, sql from sqlite_master where type = 'index' and tbl_name = 'transactions_log' and sql is not null"
            : "select indexname, indexdef from pg_indexes where tablename = 'transactions_log' and indexname not like '%pkey'";
        await using var reader = await command.ExecuteReaderAsync();
        var found = new List<(string, string)>();
        while (await reader.ReadAsync())
            found.Add((reader.GetString(0), reader.GetString(1)));

        return found;
    }

    private static async Task Run(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandTimeout = 0;
#pragma warning disable CA2100 // nothing of it was typed by anybody
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
