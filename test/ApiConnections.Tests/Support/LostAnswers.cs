using ApiConnections.Protocol;
using ApiConnections.Server.Storage;

namespace ApiConnections.Tests.Support;

/// <summary>The installation's own database behind a network that breaks right after a commit, as often as a test says.</summary>
internal sealed class LostAnswers(Installation installation) : IDatabase
{
    private readonly IDatabase database = installation.Database();

    public Engine Engine => database.Engine;

    public IDatabase Grouped => this;

    /// <summary>How many commits are still to lose their answer.</summary>
    public int Left { get; set; }

    public int Writes { get; private set; }

    public void Use(WebApplicationBuilder builder) => builder.Services.AddSingleton<IDatabase>(this);

    public Task<T> Read<T>(Func<Session, Task<T>> read) => database.Read(read);

    public Task<T> ReadToWrite<T>(Func<Session, Task<T>> read) => database.ReadToWrite(read);

    public Task<Outcome<T>> Write<T>(Func<Session, Task<Outcome<T>>> write)
        where T : notnull => Lose(database.Write(write));

    public Task<T> WriteAtOnce<T>(Func<Session, Task<T>> write)
        where T : notnull => Lose(database.WriteAtOnce(write));

    public Task<ICommitSignal> OpenCommitSignal() => database.OpenCommitSignal();

    public Task Migrate() => database.Migrate();

    public Task<IReadOnlyList<string>> AppliedMigrations() => database.AppliedMigrations();

    public ValueTask DisposeAsync() => database.DisposeAsync();

    private async Task<T> Lose<T>(Task<T> commit)
    {
        Writes++;
        var outcome = await commit;
        return --Left < 0 ? outcome : throw new StorageUnavailableException("The connection broke after the commit.");
    }
}
