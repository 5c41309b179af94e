using System.Collections.Concurrent;
using ApiConnections.Protocol;
using Microsoft.Data.Sqlite;

namespace ApiConnections.Server.Storage;

/// <summary>
/// One file. WAL with <c>synchronous=FULL</c>: NORMAL loses acknowledged commits at power loss. One writer per process; commands beside
/// a running server take turns with it by SQLite's own lock.
/// </summary>
internal sealed class SqliteDatabase : IDatabase
{
    private const int Readers = 8;
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(2);

    private readonly string connectionString;
    private readonly string file;
    private readonly SemaphoreSlim writing = new(1);
    private readonly SemaphoreSlim reading = new(Readers);
    private readonly ConcurrentBag<SqliteConnection> idle = [];
    private SqliteConnection? writer;

    public SqliteDatabase(string file)
    {
        this.file = file;
        connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Pooling = false,
            ForeignKeys = true,
            DefaultTimeout = (int)patience.TotalSeconds,
        }.ToString();
    }

    public Engine Engine => Engine.Sqlite;

    public IDatabase Grouped => this;

    public async Task<T> Read<T>(Func<Session, Task<T>> read)
    {
        if (!await reading.WaitAsync(patience))
            throw new StorageUnavailableException("All readers of the database are busy.");

        SqliteConnection? connection = null;
        try
        {
            if (!idle.TryTake(out connection))
                connection = Open();

            var result = await read(new Session(connection, null, Engine.Sqlite));
            idle.Add(connection);
            connection = null;
            return result;
        }
        catch (SqliteException e) when (IsOutage(e))
        {
            throw new StorageUnavailableException($"SQLite: {e.Message}", e);
        }
        finally
        {
            connection?.Dispose();
            reading.Release();
        }
    }

    public Task<T> ReadToWrite<T>(Func<Session, Task<T>> read) => OnWriter(connection => read(new Session(connection, null, Engine.Sqlite)));

    public Task<Outcome<T>> Write<T>(Func<Session, Task<Outcome<T>>> write)
        where T : notnull => OnWriter(async connection =>
    {
        // BEGIN IMMEDIATE: a transaction that starts as a reader and turns writer may find itself refused half-way.
        using var transaction = connection.BeginTransaction(deferred: false);
        var outcome = await write(new Session(connection, transaction, Engine.Sqlite));
        if (outcome.TryGet(out _, out _))
            transaction.Commit();

        return outcome;
    });

    public async Task<T> WriteAtOnce<T>(Func<Session, Task<T>> write)
        where T : notnull =>
        (await Write(async session => Outcome.Of(await write(session)))).TryGet(out var written, out _) ? written : throw new InvalidOperationException("Nothing refuses here.");

    public Task<ICommitSignal> OpenCommitSignal()
    {
        try
        {
            return Task.FromResult<ICommitSignal>(new DataVersion(Open()));
        }
        catch (SqliteException e) when (IsOutage(e))
        {
            throw new StorageUnavailableException($"SQLite: {e.Message}", e);
        }
    }

    public Task Migrate()
    {
        DataFolder.Reserve(file);
        Schema.Upgrade(DbUp.DeployChanges.To.SqliteDatabase(connectionString), Engine.Sqlite);
        return Task.CompletedTask;
    }

    public async Task<IReadOnlyList<string>> AppliedMigrations()
    {
        if (!File.Exists(file))
            return [];

        return await Read(Schema.Applied);
    }

    /// <summary>Copies the whole database, as it stands at one moment, into a new file of mode 0600; nothing is left of it where that fails.</summary>
    public void CopyTo(string target)
    {
        DataFolder.Reserve(target);
        try
        {
            using var source = Open();
            using var copy = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = target, Pooling = false }.ToString());
            copy.Open();
            source.BackupDatabase(copy);
        }
        catch (SqliteException e) when (IsOutage(e))
        {
            File.Delete(target);
            throw new StorageUnavailableException($"SQLite: {e.Message}", e);
        }
    }

    /// <summary>Puts the content of another database in the place of this one's, in one transaction: whole or not at all, and on the disk before it returns.</summary>
    public void ReplaceWith(SqliteDatabase other)
    {
        try
        {
            using var source = other.Open();
            using var target = Open();
            source.BackupDatabase(target);
        }
        catch (SqliteException e) when (IsOutage(e))
        {
            throw new StorageUnavailableException($"SQLite: {e.Message}", e);
        }
    }

    /// <summary>Why the file is no whole SQLite database, in SQLite's words; null where it is.</summary>
    public async Task<string?> WhatIsDamaged()
    {
        try
        {
            var found = await Read(session => session.Value<string>("pragma quick_check(1)"));
            return found == "ok" ? null : found?.ReplaceLineEndings(" ");
        }
        catch (StorageUnavailableException e)
        {
            return e.Message;
        }
    }

    public ValueTask DisposeAsync()
    {
        writer?.Dispose();
        foreach (var connection in idle)
            connection.Dispose();

        writing.Dispose();
        reading.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<T> OnWriter<T>(Func<SqliteConnection, Task<T>> work)
    {
        if (!await writing.WaitAsync(patience))
            throw new StorageUnavailableException("The database is busy writing.");

        try
        {
            writer ??= OpenWriter();
            return await work(writer);
        }
        catch (SqliteException e) when (IsOutage(e))
        {
            writer?.Dispose();
            writer = null;
            throw new StorageUnavailableException($"SQLite: {e.Message}", e);
        }
        finally
        {
            writing.Release();
        }
    }

    // Where nobody else writes its pages stay good from one transaction to the next: what a batch read is there when it is written. What undoes one statement
    // stays in memory too; it is as large as the batch, and was a file made and removed for each.
    private SqliteStatements OpenWriter() => Open("pragma cache_size = -16000; pragma temp_store = memory;");

    private SqliteStatements Open(string more = "")
    {
        DataFolder.Reserve(file);
        var connection = new SqliteStatements(connectionString);
        try
        {
            connection.Open();
            using var pragmas = connection.CreateCommand();
            pragmas.CommandText = "pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 2000; pragma trusted_schema = off;" + more;
            pragmas.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // https://www.sqlite.org/rescode.html: busy, locked, read-only, I/O error, corrupt, full, cannot open, protocol, no database. Anything else is a bug of ours.
    private static bool IsOutage(SqliteException e) => e.SqliteErrorCode is 5 or 6 or 8 or 10 or 11 or 13 or 14 or 15 or 26;

    /// <summary><c>PRAGMA data_version</c> moves when another connection, of this process or any other, has committed.</summary>
    private sealed class DataVersion(SqliteConnection connection) : ICommitSignal
    {
        private static readonly TimeSpan step = TimeSpan.FromMilliseconds(50);
        private const int Steps = 10;
        private long seen = -1;

        public async Task Wait(CancellationToken stop)
        {
            for (var i = 0; i < Steps; i++)
            {
                await Task.Delay(step, stop);
                if (Moved())
                    return;
            }
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();

        private bool Moved()
        {
            try
            {
                using var command = connection.CreateCommand();
                command.CommandText = "pragma data_version";
                var now = (long)command.ExecuteScalar()!;
                var moved = now != seen;
                seen = now;
                return moved;
            }
            catch (SqliteException e) when (IsOutage(e))
            {
                throw new StorageUnavailableException($"SQLite: {e.Message}", e);
            }
        }
    }
}
