using ApiConnections.Server.Storage;

namespace ApiConnections.Tests.Support;

/// <summary>The rows of an installation's database, for what no door shows.</summary>
internal static class Rows
{
    public static async Task<T> Read<T>(this Installation installation, Func<Session, Task<T>> read)
    {
        await using var database = installation.Database();
        return await database.Read(read);
    }

    /// <summary>In one transaction, as somebody who can write to the database but does not go through the program.</summary>
    public static async Task Write(this Installation installation, Func<Session, Task> write)
    {
        await using var database = installation.Database();
        await database.Write<bool>(async session =>
        {
            await write(session);
            return true;
        });
    }

    public static Task<IReadOnlyList<T>> Query<T>(this Installation installation, string sql, object? parameters = null) =>
        installation.Read(session => session.Query<T>(sql, parameters));

    public static Task Execute(this Installation installation, string sql, object? parameters = null) =>
        installation.Write(session => session.Execute(sql, parameters));

    public static Task<long> Count(this Installation installation, string from) =>
        installation.Read(session => session.Value<long>($"select count(*) from {from}"));

    /// <summary>Whether a statement waits for what another transaction holds, on PostgreSQL.</summary>
    public static async Task<bool> Waits(this Installation installation) =>
        await installation.Count("pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0;

    /// <summary>A PostgreSQL that gives a statement longer than a request has, and looks for deadlocks that long after it began to wait.</summary>
    public static PostgresDatabase Patient(this Installation installation, TimeSpan deadlock) => new(new DatabaseOptions
    {
        Engine = Engine.Postgres,
        ConnectionString = $"{installation.Settings["ApiConnections:Database:ConnectionString"]};Command Timeout=60;Options=-c statement_timeout=60000 -c deadlock_timeout={(long)deadlock.TotalMilliseconds}",
    });

    /// <summary>The last place in the order of changes.</summary>
    public static Task<long> LastChange(this Installation installation) => installation.Read(ChangeStore.Last);

    public static Task<IReadOnlyList<Change>> ChangesAfter(this Installation installation, long sequence) =>
        installation.Read(session => ChangeStore.After(session, sequence, 1000));
}
