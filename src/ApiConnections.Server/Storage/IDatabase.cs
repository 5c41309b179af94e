using ApiConnections.Protocol;

namespace ApiConnections.Server.Storage;

/// <summary>Which database holds the data.</summary>
internal enum Engine
{
    /// <summary>One file, one node.</summary>
    Sqlite,

    /// <summary>PostgreSQL 15 or later, any number of nodes.</summary>
    Postgres,
}

/// <summary>The database, in one of its two engines. Every method throws <see cref="StorageUnavailableException"/> when it cannot be reached.</summary>
internal interface IDatabase : IAsyncDisposable
{
    Engine Engine { get; }

    /// <summary>
    /// The same database over a few connections of its own, for what is committed in groups: what these have planned and read stays warm, and they wait
    /// for nobody else. Itself where connections are one file's.
    /// </summary>
    IDatabase Grouped { get; }

    /// <summary>Runs <paramref name="read"/> outside any transaction; it may run twice when a connection turns out to be dead.</summary>
    Task<T> Read<T>(Func<Session, Task<T>> read);

    /// <summary>As <see cref="Read"/>, for rows that a <see cref="Write"/> right after it changes: over the connection that writes where there is but one, which then has them at hand.</summary>
    Task<T> ReadToWrite<T>(Func<Session, Task<T>> read);

    /// <summary>
    /// Runs <paramref name="write"/> in one transaction: committed and durable when it grants, rolled back when it refuses or throws.
    /// It may run again after a deadlock, so it changes nothing but the database.
    /// </summary>
    Task<Outcome<T>> Write<T>(Func<Session, Task<Outcome<T>>> write)
        where T : notnull;

    /// <summary>Runs <paramref name="write"/>, which is one statement and so a transaction of its own: one round trip instead of two. Else as <see cref="Write"/>.</summary>
    Task<T> WriteAtOnce<T>(Func<Session, Task<T>> write)
        where T : notnull;

    /// <summary>Opens what tells that another connection has committed.</summary>
    Task<ICommitSignal> OpenCommitSignal();

    /// <summary>Brings the schema up to this version. Idempotent; safe when several nodes do it at once.</summary>
    Task Migrate();

    /// <summary>The names of the migrations that this database has seen, newest last; empty for an empty database.</summary>
    Task<IReadOnlyList<string>> AppliedMigrations();
}

/// <summary>Tells that somebody may have committed something.</summary>
internal interface ICommitSignal : IAsyncDisposable
{
    /// <summary>Returns at the next commit of anybody, or after half a second without one.</summary>
    Task Wait(CancellationToken stop);
}

/// <summary>The storage cannot be reached, is full, or does not answer in time. Answered with 503.</summary>
internal sealed class StorageUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
