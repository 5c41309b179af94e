using System.Data.Common;
using System.Net.Sockets;
using ApiConnections.Protocol;
using Npgsql;

namespace ApiConnections.Server.Storage;

/// <summary>PostgreSQL, for any number of nodes. READ COMMITTED; what must be decided once is decided by one conditional statement.</summary>
internal sealed class PostgresDatabase : IDatabase
{
    /// <summary>The channel on which a commit of changes is announced.</summary>
    public const string Channel = "api_connections_changes";

    private const int Tries = 3;
    private const int ForGroups = 4; // of the connections: as many as there are kinds of what is committed in groups
    private static readonly TimeSpan pollEvery = TimeSpan.FromMilliseconds(500);
    private readonly NpgsqlDataSource source;
    private readonly NpgsqlDataSource listening;

    private readonly PostgresDatabase? grouped;

    public PostgresDatabase(DatabaseOptions options)
        : this(options, options.Connections >= 3 * ForGroups ? ForGroups : 0)
    {
    }

    private PostgresDatabase(DatabaseOptions options, int forGroups)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            MaxPoolSize = options.Connections - forGroups,
            ApplicationName = "api-connections",
        };
        // No request may cost more than about two seconds of work; an operator who knows better says so in the connection string.
        // (Npgsql's own builder says of every keyword that it knows that it is there.)
        var given = new DbConnectionStringBuilder { ConnectionString = options.ConnectionString };
        if (!given.ContainsKey("Timeout"))
            settings.Timeout = 2;
        if (!given.ContainsKey("Command Timeout") && !given.ContainsKey("CommandTimeout"))
            settings.CommandTimeout = 2;
        if (!given.ContainsKey("Cancellation Timeout") && !given.ContainsKey("CancellationTimeout"))
            settings.CancellationTimeout = 250;
        settings.Options ??= "-c statement_timeout=2000";
        // The same few statements again and again: half of what a read costs the database is parsing and planning it. (Poolers that cannot do this
        // need Max Auto Prepare=0 in the connection string.)
        if (!given.ContainsKey("Max Auto Prepare") && !given.ContainsKey("MaxAutoPrepare"))
            settings.MaxAutoPrepare = 100;
        // No connection keeps anything for the next who takes it, but for the one that listens, which is not pooled.
        settings.NoResetOnClose = true;
        ConnectionString = settings.ToString();
        source = Source(settings);
        listening = Source(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false });
        // The pool hands out the connection that has rested longest: each would plan every statement for itself, and map the pages that it reads.
        grouped = forGroups > 0 ? new PostgresDatabase(options with { Connections = forGroups }, forGroups: 0) : null;
    }

    public Engine Engine => Engine.Postgres;

    public IDatabase Grouped => grouped ?? this;

    private string ConnectionString { get; }

    public async Task<T> Read<T>(Func<Session, Task<T>> read)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync();
                return await read(new Session(connection, null, Engine.Postgres));
            }
            catch (NpgsqlException e) when (attempt == 1 && IsDeadConnection(e))
            {
                // The pool may hold connections from before a restart of the database; a read is safe to repeat.
            }
            catch (Exception e) when (IsOutage(e))
            {
                throw new StorageUnavailableException($"PostgreSQL: {e.Message}", e);
            }
        }
    }

    public Task<T> ReadToWrite<T>(Func<Session, Task<T>> read) => Read(read);

    public Task<Outcome<T>> Write<T>(Func<Session, Task<Outcome<T>>> write)
        where T : notnull
    {
        var undecided = false;
        return Commit(
            async connection =>
            {
                undecided = false;
                await using var transaction = await connection.BeginTransactionAsync();
                var outcome = await write(new Session(connection, transaction, Engine.Postgres));
                if (outcome.TryGet(out _, out _))
                {
                    undecided = true;
                    await transaction.CommitAsync();
                }

                return outcome;
            },
            isUndone: () => !undecided);
    }

    public Task<T> WriteAtOnce<T>(Func<Session, Task<T>> write)
        where T : notnull => Commit(connection => write(new Session(connection, null, Engine.Postgres)), isUndone: () => false);

    public async Task<ICommitSignal> OpenCommitSignal()
    {
        try
        {
            var connection = await listening.OpenConnectionAsync();
            await using var listen = new NpgsqlCommand($"listen {Channel}", connection);
            await listen.ExecuteNonQueryAsync();
            return new Notifications(connection);
        }
        catch (Exception e) when (IsOutage(e))
        {
            throw new StorageUnavailableException($"PostgreSQL: {e.Message}", e);
        }
    }

    public async Task Migrate()
    {
        // One node migrates, the others wait; a migration may take longer than a request.
        var patient = new NpgsqlConnectionStringBuilder(ConnectionString) { CommandTimeout = 0, Options = "-c statement_timeout=0", Pooling = false };
        await using var guard = new NpgsqlConnection(patient.ToString());
        try
        {
            await guard.OpenAsync();
            await using var hold = new NpgsqlCommand("select pg_advisory_lock(@name)", guard) { Parameters = { new("name", (long)AdvisoryLock.Migrations) } };
            await hold.ExecuteNonQueryAsync();
            Schema.Upgrade(DbUp.DeployChanges.To.PostgresqlDatabase(patient.ToString()), Engine.Postgres);
        }
        catch (Exception e) when (IsOutage(e))
        {
            throw new StorageUnavailableException($"PostgreSQL: {e.Message}", e);
        }
    }

    public Task<IReadOnlyList<string>> AppliedMigrations() => Read(Schema.Applied);

    public async ValueTask DisposeAsync()
    {
        if (grouped is not null)
            await grouped.DisposeAsync();
        await listening.DisposeAsync();
        await source.DisposeAsync();
    }

    // Asked when a connection turned out to be dead: is it certain that nothing was committed?
    private async Task<T> Commit<T>(Func<NpgsqlConnection, Task<T>> write, Func<bool> isUndone)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync();
                return await write(connection);
            }
            catch (PostgresException e) when (attempt < Tries && e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.UniqueViolation)
            {
                // The server undid this transaction as a whole: it is as if it had never begun. One that took a name which another took at the same
                // moment sees it taken at the next try, and refuses.
            }
            catch (NpgsqlException e) when (attempt == 1 && IsDeadConnection(e) && isUndone())
            {
                // As for a read.
            }
            catch (Exception e) when (IsOutage(e))
            {
                throw new StorageUnavailableException($"PostgreSQL: {e.Message}", e);
            }
        }
    }

    // Several hosts (a primary and its standbys) need a source of their own, which finds the one that is meant.
    private static NpgsqlDataSource Source(NpgsqlConnectionStringBuilder settings)
    {
        if (settings.Host?.Contains(',', StringComparison.Ordinal) != true)
            return NpgsqlDataSource.Create(settings);

        var session = settings.TargetSessionAttributes is { } asked && Enum.TryParse<TargetSessionAttributes>(asked.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var parsed)
            ? parsed
            : TargetSessionAttributes.ReadWrite;
        settings.Remove("Target Session Attributes");
        return new NpgsqlDataSourceBuilder(settings.ToString()).BuildMultiHost().WithTargetSession(session);
    }

    private static bool IsDeadConnection(NpgsqlException e) =>
        e is not PostgresException ? e.InnerException is IOException : e.SqlState is not null && e.SqlState.StartsWith("57P", StringComparison.Ordinal);

    // https://www.postgresql.org/docs/current/errcodes-appendix.html: connection (08), wrong or unknown login (28, 3D), resources (53),
    // operator intervention and time-outs (57), system errors (58), a read-only replica (25006). Anything else is a bug of ours.
    // Names that do not resolve and connections that time out come as they are; a deadlock that lasted for all tries is an outage too.
    private static bool IsOutage(Exception e) => e switch
    {
        PostgresException { SqlState: var state } => state[..2] is "08" or "28" or "3D" or "53" or "57" or "58" || state is "25006" or "40001" or "40P01" or "55P03",
        DbException or SocketException or TimeoutException => true,
        _ => false,
    };

    private sealed class Notifications(NpgsqlConnection connection) : ICommitSignal
    {
        public async Task Wait(CancellationToken stop)
        {
            try
            {
                await connection.WaitAsync(pollEvery, stop);
            }
            catch (Exception e) when (IsOutage(e))
            {
                throw new StorageUnavailableException($"PostgreSQL: {e.Message}", e);
            }
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
