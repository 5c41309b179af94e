using System.Text.Json;
using ApiConnections.Protocol;
using ApiConnections.Server.OAuth.ClientAuthentication;
using ApiConnections.Server.OAuth.Shared;
using Microsoft.AspNetCore.Http.Features;

namespace ApiConnections.Server.OAuth.Usage;

/// <summary>Takes in what a protected API reports of the use of its tokens.</summary>
internal sealed class UsageEndpoint(ProtectedApis apis, UsageReports reports)
{
    private const int LongestBody = 512 * 1024;

    private static readonly Refusal notPost = OAuthError.InvalidRequest.As(405).Because("Use POST.");
    private static readonly Refusal notJson = OAuthError.InvalidRequest.As(415).Because("Send JSON: Content-Type application/json.");
    private static readonly Refusal tooLong = OAuthError.InvalidRequest.As(413).Because("The report is longer than 512 KiB.");
    private static readonly Refusal malformed = OAuthError.InvalidRequest.Because("The report is malformed: batch, authorizations of id, at, ip, count, and refusals of client_id, at, reason, needed, ip, count.");

    public async Task Answer(HttpContext http)
    {
        if ((await Take(http)).TryGet(out _, out var refusal))
        {
            NoStore.Apply(http.Response);
            http.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        else
        {
            await OAuthErrorWriter.Write(http, refusal);
        }
    }

    private async ValueTask<Outcome<bool>> Take(HttpContext http)
    {
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.Headers.Allow = "POST";
            return notPost;
        }

        if (!http.Request.HasJsonContentType())
            return notJson;
        if (!(await apis.Authenticate(http)).TryGet(out var caller, out var refusal))
            return refusal;
        if (!(await Read(http)).TryGet(out var report, out refusal))
            return refusal;
        if (report.WhyNot() is { } whyNot)
            return OAuthError.InvalidRequest.Because(whyNot);

        await reports.Count(caller.Api, report);
        return true;
    }

    private static async ValueTask<Outcome<UsageReport>> Read(HttpContext http)
    {
        // A thousand entries are longer than the forms that all others send.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = LongestBody;

        try
        {
            return await http.Request.ReadFromJsonAsync(UsageJson.Default.UsageReport, http.RequestAborted) is { } report ? report : malformed;
        }
        catch (JsonException)
        {
            return malformed;
        }
        catch (BadHttpRequestException e)
        {
            return e.StatusCode == StatusCodes.Status413PayloadTooLarge ? tooLong : malformed;
        }
    }
}
