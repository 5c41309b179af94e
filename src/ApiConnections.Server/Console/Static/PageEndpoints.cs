using ApiConnections.Server.Access;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Console.Static;

/// <summary>Addresses of pages: GET and POST each with a handler of its own, everything else 405; an outage is a page too.</summary>
internal static partial class PageEndpoints
{
    private static readonly PageError missing = new("page.missing_title", "page.missing", ForDeveloper: false, null, null) { Way = new PageWay("/", "page.start") };
    private static readonly PageError unavailable = new("page.unavailable_title", "page.unavailable", ForDeveloper: false, null, null);

    public static void MapPage(this IEndpointRouteBuilder endpoints, string path, RequestDelegate get, RequestDelegate? post = null)
    {
        endpoints.MapMethods(path, ["GET"], http => Answer(http, get));
        if (post is not null)
            endpoints.MapMethods(path, ["POST"], http => Answer(http, post));
    }

    /// <summary>An address that nothing of ours has: a page for people, the bare status for programs.</summary>
    public static Task Missing(HttpContext http)
    {
        if (HttpMethods.IsGet(http.Request.Method) && http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
            return Answer(http, static http => http.RequestServices.GetRequiredService<Pages>().Error(http, StatusCodes.Status404NotFound, missing));

        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    /// <summary>
    /// A handler of something that is made at its first page, not at the start: what seals forms reads the ring of keys, and a node that only issues tokens does without.
    /// </summary>
    public static RequestDelegate On<T>(Func<T, RequestDelegate> handler)
        where T : notnull => http => handler(http.RequestServices.GetRequiredService<T>())(http);

    private static async Task Answer(HttpContext http, RequestDelegate handler)
    {
        var pages = http.RequestServices.GetRequiredService<Pages>();
        // Behind a proxy that ends TLS the request looks plain; what people see in their address bar is the issuer's scheme, and cookies follow it.
        http.Request.Scheme = http.RequestServices.GetRequiredService<IOptions<IssuerOptions>>().Value.Uri.Scheme;
        try
        {
            await http.RequestServices.GetRequiredService<RingAtFirstUse>().Wait();
            await handler(http);
        }
        catch (StorageUnavailableException e) when (!http.Response.HasStarted)
        {
            LogUnavailable(LoggerOf(http), e.Message);
            http.Response.Headers.RetryAfter = "1";
            await WithoutPerson(http, StatusCodes.Status503ServiceUnavailable, unavailable, pages);
        }
        catch (Exception e) when (e is not OperationCanceledException and not BadHttpRequestException && !http.Response.HasStarted)
        {
            LogUnexpected(LoggerOf(http), http.TraceIdentifier, e);
            await WithoutPerson(http, StatusCodes.Status500InternalServerError, new PageError("page.unexpected_title", "page.unexpected", ForDeveloper: false, null, http.TraceIdentifier), pages);
        }
    }

    // Who is signed in cannot be looked up while the storage is away.
    private static Task WithoutPerson(HttpContext http, int status, PageError error, Pages pages)
    {
        People.Forget(http);
        return pages.Error(http, status, error);
    }

    private static ILogger LoggerOf(HttpContext http) => http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("ApiConnections.Server.Pages");

    [LoggerMessage(LogLevel.Warning, "Answered 503: {Why}")]
    private static partial void LogUnavailable(ILogger logger, string why);

    [LoggerMessage(LogLevel.Error, "Answered 500 ({Trace})")]
    private static partial void LogUnexpected(ILogger logger, string trace, Exception exception);
}
