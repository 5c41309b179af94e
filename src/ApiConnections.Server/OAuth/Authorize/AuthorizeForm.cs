using ApiConnections.Protocol;
using Microsoft.AspNetCore.Connections;

namespace ApiConnections.Server.OAuth.Authorize;

/// <summary>An authorization request by POST: a form that may come from any site, since it changes nothing by itself.</summary>
internal static class AuthorizeForm
{
    private const string FormType = "application/x-www-form-urlencoded";
    private static readonly Refusal unreadable = OAuthError.InvalidRequest.Because("Send a form: Content-Type application/x-www-form-urlencoded, at most 64 KiB.");

    public static async Task<Outcome<AuthorizeParameters>> Read(HttpContext http)
    {
        if (http.Request.ContentType?.Split(';')[0].Trim().Equals(FormType, StringComparison.OrdinalIgnoreCase) != true)
            return unreadable;

        try
        {
            // Kestrel cuts it off.
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
            return AuthorizeParameters.Parse(body.GetBuffer().AsSpan(0, (int)body.Length));
        }
        catch (Exception e) when (e is BadHttpRequestException || (e is IOException and not ConnectionResetException))
        {
            http.Response.Headers.Connection = "close";
            return unreadable;
        }
    }
}
