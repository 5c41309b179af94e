using System.Data.Common;
using Dapper;

namespace ApiConnections.Server.Storage;

/// <summary>One connection, within its transaction where there is one; what the stores write their SQL on.</summary>
internal sealed class Session(DbConnection connection, DbTransaction? transaction, Engine engine)
{
    private int? patience; // seconds, 0 for any time; null for what the connection says

    public Engine Engine => engine;

    /// <summary>Lets the rest of this transaction take as long as it takes: for what an operator waits for, never for a request.</summary>
    public async Task TakeTime()
    {
        if (engine == Engine.Postgres)
            await Execute("set local statement_timeout = 0");

        patience = 0;
    }

    public async Task<IReadOnlyList<T>> Query<T>(string sql, object? parameters = null) =>
        (await connection.QueryAsync<T>(sql, parameters, transaction, patience)).AsList();

    /// <summary>The row, or null where there is none.</summary>
    public Task<T?> Find<T>(string sql, object? parameters = null)
        where T : class => connection.QueryFirstOrDefaultAsync<T>(sql, parameters, transaction, patience);

    /// <summary>The first column of the first row, or null where there is none.</summary>
    public Task<T?> Value<T>(string sql, object? parameters = null) => connection.ExecuteScalarAsync<T>(sql, parameters, transaction, patience);

    /// <returns>How many rows were touched.</returns>
    public Task<int> Execute(string sql, object? parameters = null) => connection.ExecuteAsync(sql, parameters, transaction, patience);

    /// <summary>Runs a statement that touches the rows with <c>= @id</c> for all these ids at once.</summary>
    public Task ForEachId(string sql, IReadOnlyList<Guid> ids, params (string Name, object? Value)[] parameters)
    {
        var given = new GivenRows().With("id", ids);
        return Execute(sql.Replace("= @id", given.In(engine), StringComparison.Ordinal), given.Parameters(engine, parameters));
    }

    /// <summary>The rows of a query for <c>= @id</c>, for all these ids at once.</summary>
    /// <param name="given">With the one column <c>id</c>.</param>
    public Task<IReadOnlyList<T>> QueryEach<T>(string sql, GivenRows given, params (string Name, object? Value)[] parameters) =>
        Query<T>(sql.Replace("= @id", given.In(engine), StringComparison.Ordinal), given.Parameters(engine, parameters));

    /// <summary>
    /// Waits until no other transaction holds <paramref name="name"/>, and holds it until this one ends.
    /// SQLite has one writer, so every transaction there holds every lock.
    /// </summary>
    public Task Lock(AdvisoryLock name) =>
        engine == Engine.Postgres ? Execute("select pg_advisory_xact_lock(@name)", new { name = (long)name }) : Task.CompletedTask;

    /// <summary>As <see cref="Lock"/>, but false at once when another transaction holds it.</summary>
    public async Task<bool> TryLock(AdvisoryLock name) =>
        engine != Engine.Postgres || await Value<bool>("select pg_try_advisory_xact_lock(@name)", new { name = (long)name });
}

/// <summary>The advisory locks of an installation; the numbers are arbitrary and stay as they are.</summary>
internal enum AdvisoryLock : long
{
    Migrations = 7_340_001,
    Changes = 7_340_002,
    KeyRotation = 7_340_003,
    Pruning = 7_340_004,
}
