using System.Buffers;
using System.Globalization;
using System.Text.Json;
using ApiConnections.Protocol;
using Microsoft.AspNetCore.Http;

namespace ApiConnections.ResourceServer;

/// <summary>Writes a refusal as the standard wants it: the challenge in the header, the same for people in the body.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6750#section-3"/>
internal static class RefusalAnswer
{
    /// <param name="http">The request.</param>
    /// <param name="refusal">Why it is turned down.</param>
    /// <param name="scope">RFC 6750 s3: the permissions that the endpoint needs, for <c>insufficient_scope</c>.</param>
    public static Task Write(HttpContext http, Refusal refusal, string? scope = null)
    {
        var response = http.Response;
        response.StatusCode = refusal.Error.Status;
        response.Headers.CacheControl = "no-store";
        if (refusal.Error.Status != StatusCodes.Status503ServiceUnavailable)
            response.Headers.WWWAuthenticate = Challenge(refusal, scope);
        if (refusal.RetryAfter is { } wait)
            response.Headers.RetryAfter = ((int)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);

        if (refusal.Error.Code.Length == 0)
        {
            response.ContentLength = 0;
            return Task.CompletedTask;
        }

        return WriteBody(response, refusal);
    }

    private static string Challenge(Refusal refusal, string? scope) => (refusal.Error.Code, scope) switch
    {
        ("", _) => "Bearer",
        (var code, null) => $"Bearer error=\"{code}\", error_description=\"{refusal.Reason}\"",
        (var code, _) => $"Bearer error=\"{code}\", scope=\"{scope}\"",
    };

    private static Task WriteBody(HttpResponse response, Refusal refusal)
    {
        var body = new ArrayBufferWriter<byte>(160);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("error"u8, refusal.Error.Code);
            json.WriteString("error_description"u8, refusal.Reason);
            json.WriteEndObject();
        }

        response.ContentType = "application/json";
        response.ContentLength = body.WrittenCount;
        return response.Body.WriteAsync(body.WrittenMemory, response.HttpContext.RequestAborted).AsTask();
    }
}
