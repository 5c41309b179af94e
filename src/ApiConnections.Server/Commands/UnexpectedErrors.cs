using ApiConnections.Protocol;
using ApiConnections.Server.OAuth.Shared;
using ApiConnections.Server.Storage;
using Microsoft.AspNetCore.Connections;

namespace ApiConnections.Server.Commands;

/// <summary>What no room has answered: an outage becomes 503, a bug 500 with a number under which the log tells more; nobody sees a stack trace.</summary>
internal static partial class UnexpectedErrors
{
    private static readonly Refusal unavailable = OAuthError.TemporarilyUnavailable.Because("The storage cannot be reached; try again in a moment.") with { RetryAfter = TimeSpan.FromSeconds(1) };
    private static readonly Refusal unexpected = OAuthError.ServerError.Because("The server met a condition that it did not expect; its log tells more under the trace_id.");

    public static async Task Answer(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http);
        }
        catch (StorageUnavailableException e) when (!http.Response.HasStarted)
        {
            LogUnavailable(LoggerOf(http), e.Message);
            await OAuthErrorWriter.Write(http, unavailable);
        }
        catch (Exception e) when (e is ConnectionResetException || (e is OperationCanceledException && http.RequestAborted.IsCancellationRequested))
        {
            // The caller hung up; nobody reads an answer, and nobody sends the rest of the request.
            http.Response.StatusCode = 499;
            http.Abort();
        }
        catch (Exception e) when (e is not BadHttpRequestException && !http.Response.HasStarted)
        {
            LogUnexpected(LoggerOf(http), http.TraceIdentifier, e);
            await OAuthErrorWriter.Write(http, unexpected, http.TraceIdentifier);
        }
    }

    public static void LogRuntime(this ILogger logger, string warning) => LogWarning(logger, warning);

    private static ILogger LoggerOf(HttpContext http) => http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("ApiConnections.Server");

    [LoggerMessage(LogLevel.Warning, "Answered 503: {Why}")]
    private static partial void LogUnavailable(ILogger logger, string why);

    [LoggerMessage(LogLevel.Error, "Answered 500 ({Trace})")]
    private static partial void LogUnexpected(ILogger logger, string trace, Exception exception);

    [LoggerMessage(LogLevel.Warning, "{Warning}")]
    private static partial void LogWarning(ILogger logger, string warning);
}
