using ApiConnections.Protocol;
using ApiConnections.Server.Storage;

namespace ApiConnections.Tests.Support;

/// <summary>The installation's own database, with a count of the reads that a node asks of it, which can be made to wait.</summary>
internal sealed class CountedReads(Installation installation) : IDatabase
{
    private readonly IDatabase database = installation.Database();
    private int reads;

    public Engine Engine => database.Engine;

    public IDatabase Grouped => this;

    /// <summary>Starts a node with this one.</summary>
    public void Use(WebApplicationBuilder builder) => builder.Services.AddSingleton<IDatabase>(this);

    /// <summary>What every read waits for first: a slow database.</summary>
    public Task Until { get; set; } = Task.CompletedTask;

    /// <summary>How many reads <paramref name="act"/> causes.</summary>
    public async Task<int> Count(Func<Task> act)
    {
        var before = Volatile.Read(ref reads);
        await act();
        return Volatile.Read(ref reads) - before;
    }

    public Task<T> Read<T>(Func<Session, Task<T>> read) => Counted(() => database.Read(read));

    public Task<T> ReadToWrite<T>(Func<Session, Task<T>> read) => Counted(() => database.ReadToWrite(read));

    public Task<Outcome<T>> Write<T>(Func<Session, Task<Outcome<T>>> write)
        where T : notnull => database.Write(write);

    public Task<T> WriteAtOnce<T>(Func<Session, Task<T>> write)
        where T : notnull => database.WriteAtOnce(write);

    public Task<ICommitSignal> OpenCommitSignal() => database.OpenCommitSignal();

    public Task Migrate() => database.Migrate();

    public Task<IReadOnlyList<string>> AppliedMigrations() => database.AppliedMigrations();

    public ValueTask DisposeAsync() => database.DisposeAsync();

    private async Task<T> Counted<T>(Func<Task<T>> read)
    {
        Interlocked.Increment(ref reads);
        await Until;
        return await read();
    }
}
