namespace ApiConnections.Server.Storage;

/// <summary>
/// The clock of PostgreSQL, by which all nodes of an installation live: one whose own clock is wrong would take another's codes for expired, and retries for
/// thefts. The machine's own clock, as long as both agree to a second.
/// </summary>
internal sealed partial class DatabaseClock(ILogger<DatabaseClock> logger) : TimeProvider
{
    private static readonly TimeSpan agreed = TimeSpan.FromSeconds(1);
    private long apart; // in ticks

    // Hot path: token
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Volatile.Read(ref apart));

    /// <summary>Asks the database what time it is.</summary>
    public async Task Ask(IDatabase database)
    {
        if (database.Engine != Engine.Postgres)
            return;

        var asked = GetTimestamp();
        var theirs = (await database.Read(session => session.Value<long>("select (extract(epoch from clock_timestamp()) * 1000)::bigint"))).ToTime();
        var took = GetElapsedTime(asked);
        var found = theirs - (System.GetUtcNow() - (took / 2));
        if (found.Duration() < agreed + took)
            found = TimeSpan.Zero;

        var before = TimeSpan.FromTicks(Interlocked.Exchange(ref apart, found.Ticks));
        if ((found - before).Duration() >= agreed)
            LogApart(logger, found.TotalSeconds);
    }

    [LoggerMessage(LogLevel.Warning, "The clock of the database is {Seconds:F0} seconds ahead of this machine's, and counts; let both follow a time server.")]
    private static partial void LogApart(ILogger logger, double seconds);
}

/// <summary>Asks again and again: clocks are set while programs run.</summary>
internal sealed partial class DatabaseClockJob(DatabaseClock clock, IDatabase database, ILogger<DatabaseClockJob> logger) : BackgroundService
{
    private static readonly TimeSpan often = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(often);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TryAsk();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task TryAsk()
    {
        try
        {
            await clock.Ask(database);
        }
        catch (Exception e)
        {
            // A job that gives up would take the node with it; what was last known goes on.
            LogFailed(logger, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Debug, "The database did not say what time it is: {Why}")]
    private static partial void LogFailed(ILogger logger, string why);
}
