using Microsoft.Extensions.Primitives;

namespace ApiConnections.Server.OAuth.Shared;

/// <summary>Headers of answers that are for their receiver alone, and of those that any page may ask for.</summary>
internal static class NoStore
{
    private static readonly StringValues noStore = "no-store";
    private static readonly StringValues noSniff = "nosniff";
    private static readonly StringValues anybody = "*";

    /// <summary>RFC 6749 s5.1: nobody keeps a copy.</summary>
    // Hot path: token
    public static void Apply(HttpResponse response)
    {
        response.Headers.CacheControl = noStore;
        response.Headers.XContentTypeOptions = noSniff;
    }

    /// <summary>Browser apps are public consumers: no cookie counts here, so any page may call.</summary>
    // Hot path: token
    public static void AllowAnyOrigin(HttpResponse response) => response.Headers.AccessControlAllowOrigin = anybody;

    /// <summary>Answers a CORS preflight.</summary>
    /// <returns>False where the request is none.</returns>
    public static bool TryAnswerPreflight(HttpContext http, string methods)
    {
        if (!HttpMethods.IsOptions(http.Request.Method) || http.Request.Headers.AccessControlRequestMethod.Count == 0)
            return false;

        var response = http.Response;
        response.StatusCode = StatusCodes.Status204NoContent;
        AllowAnyOrigin(response);
        response.Headers.AccessControlAllowMethods = methods;
        response.Headers.AccessControlAllowHeaders = "Authorization, Content-Type";
        response.Headers.AccessControlMaxAge = "3600";
        return true;
    }
}
