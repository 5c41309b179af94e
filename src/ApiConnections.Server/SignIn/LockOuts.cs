using System.Threading.Channels;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.SignIn;

/// <summary>
/// Writes into the log that somebody has to wait after failures: one record for each time the wait grows, and none for a name that is nobody's, so that strangers
/// cannot fill it. Written apart from the answer, which takes as long for somebody as for nobody.
/// </summary>
internal sealed partial class LockOuts : BackgroundService
{
    private readonly IDatabase database;
    private readonly AuditLog log;
    private readonly ILogger<LockOuts> logger;
    private readonly Channel<LockOut> waiting = Channel.CreateBounded<LockOut>(new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropWrite });

    public LockOuts(IDatabase database, AuditLog log, FailedSignIns failures, ChangeListener changes, ILogger<LockOuts> logger)
    {
        (this.database, this.log, this.logger) = (database, log, logger);
        // An administrator has ended somebody's wait, perhaps on another node.
        changes.Tell(change =>
        {
            if (change.Kind == ChangeKind.SignIn)
                failures.Forget(change.Subject);
        });
    }

    public void Record(User user, string ip, TimeSpan wait) => waiting.Writer.TryWrite(new LockOut(user, ip, wait));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var lockOut in waiting.Reader.ReadAllAsync(stoppingToken))
                await Write(lockOut);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task Write(LockOut lockOut)
    {
        try
        {
            await database.Write<bool>(async session =>
            {
                var user = lockOut.User;
                await log.Append(session, new Actor("sign-in", lockOut.Ip), user.CompanyId, Persons.Module, "sign_in.delayed", user.Id.ToString(), new { user.Email, seconds = (int)lockOut.Wait.TotalSeconds });
                return true;
            });
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailed(logger, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "A wait after failed sign-ins could not be written into the transactions log: {Why}")]
    private static partial void LogFailed(ILogger logger, string why);

    private sealed record LockOut(User User, string Ip, TimeSpan Wait);
}
