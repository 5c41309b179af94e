using System.Diagnostics;
using ApiConnections.Protocol;
using ApiConnections.Server.Telemetry;

namespace ApiConnections.Server.Storage;

/// <summary>A database whose time is told: only where telemetry is sent, so that elsewhere nothing is measured.</summary>
internal sealed class MeasuredDatabase : IDatabase
{
    private readonly IDatabase inner;
    private readonly Instruments instruments;

    public MeasuredDatabase(IDatabase inner, Instruments instruments)
    {
        (this.inner, this.instruments) = (inner, instruments);
        Grouped = ReferenceEquals(inner.Grouped, inner) ? this : new MeasuredDatabase(inner.Grouped, instruments);
    }

    public Engine Engine => inner.Engine;

    public IDatabase Grouped { get; }

    public Task<T> Read<T>(Func<Session, Task<T>> read) => Measure("read", () => inner.Read(read));

    public Task<T> ReadToWrite<T>(Func<Session, Task<T>> read) => Measure("read", () => inner.ReadToWrite(read));

    public Task<Outcome<T>> Write<T>(Func<Session, Task<Outcome<T>>> write)
        where T : notnull => Measure("write", () => inner.Write(write));

    public Task<T> WriteAtOnce<T>(Func<Session, Task<T>> write)
        where T : notnull => Measure("write", () => inner.WriteAtOnce(write));

    public Task<ICommitSignal> OpenCommitSignal() => inner.OpenCommitSignal();

    public Task Migrate() => inner.Migrate();

    public Task<IReadOnlyList<string>> AppliedMigrations() => inner.AppliedMigrations();

    // Its Grouped belongs to the inner one.
    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async Task<T> Measure<T>(string operation, Func<Task<T>> work)
    {
        // A part of a request that is traced; what nobody waits for begins no trace.
        using var span = Activity.Current is null ? null : instruments.Traces.StartActivity("database " + operation, ActivityKind.Client);
        span?.SetTag("db.system.name", Engine == Engine.Postgres ? "postgresql" : "sqlite");
        var start = Stopwatch.GetTimestamp();
        var outcome = "error";
        try
        {
            var result = await work();
            outcome = Instruments.Ok;
            return result;
        }
        catch (StorageUnavailableException)
        {
            outcome = "unavailable";
            throw;
        }
        finally
        {
            instruments.Database(operation, outcome, Stopwatch.GetElapsedTime(start));
            if (outcome != Instruments.Ok)
                span?.SetStatus(ActivityStatusCode.Error, outcome);
        }
    }
}
