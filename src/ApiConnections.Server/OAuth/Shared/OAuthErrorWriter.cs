using System.Buffers;
using System.Globalization;
using System.Text.Json;
using ApiConnections.Protocol;

namespace ApiConnections.Server.OAuth.Shared;

/// <summary>Writes refusals as JSON, never to be stored by anybody.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-5.2"/>
internal static class OAuthErrorWriter
{
    /// <param name="trace">For the unexpected only: a number under which the log tells more.</param>
    public static async Task Write(HttpContext http, Refusal refusal, string? trace = null)
    {
        var response = http.Response;
        response.StatusCode = refusal.Error.Status;
        NoStore.Apply(response);
        response.ContentType = "application/json";
        switch (refusal.Error.Status)
        {
            case StatusCodes.Status401Unauthorized:
                // RFC 6749 s5.2: the scheme that the client used; we name it whatever was tried.
                response.Headers.WWWAuthenticate = "Basic realm=\"api-connections\", charset=\"UTF-8\"";
                break;
            case StatusCodes.Status405MethodNotAllowed when response.Headers.Allow.Count == 0:
                response.Headers.Allow = "POST, OPTIONS";
                break;
            case StatusCodes.Status413PayloadTooLarge:
                // Nobody reads the rest of that body.
                response.Headers.Connection = "close";
                break;
        }

        if (refusal.RetryAfter is { } wait)
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

        var body = Body(refusal, trace);
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body);
    }

    private static ReadOnlyMemory<byte> Body(Refusal refusal, string? trace)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("error"u8, refusal.Error.Code);
        json.WriteString("error_description"u8, refusal.Reason);
        if (trace is not null)
            json.WriteString("trace_id"u8, trace);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
