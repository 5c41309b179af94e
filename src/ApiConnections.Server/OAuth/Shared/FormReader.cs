using System.Buffers;
using ApiConnections.Protocol;
using Microsoft.AspNetCore.Connections;
using Microsoft.Net.Http.Headers;

namespace ApiConnections.Server.OAuth.Shared;

/// <summary>Reads the form of an OAuth request, strictly: what two readers could understand in two ways is refused.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-3.2"/>
internal static class FormReader
{
    /// <summary>Kestrel itself cuts a body off a little above this, so that the answer here comes first.</summary>
    public const int LongestBody = 64 * 1024;

    private const string FormType = "application/x-www-form-urlencoded";

    private static readonly Refusal notPost = OAuthError.InvalidRequest.As(405).Because("Use POST.");
    private static readonly Refusal notAForm = OAuthError.InvalidRequest.As(415).Because("Send a form: Content-Type application/x-www-form-urlencoded.");
    private static readonly Refusal tooLong = OAuthError.InvalidRequest.As(413).Because("The form is longer than 64 KiB.");
    private static readonly Refusal cutOff = OAuthError.InvalidRequest.Because("The form could not be read.");
    private static readonly Refusal credentialsInQuery = OAuthError.InvalidRequest.Because("Credentials and grants belong in the form, never in the address.");

    // Hot path: token
    public static ValueTask<Outcome<OAuthForm>> Read(HttpContext http)
    {
        var request = http.Request;
        if (!HttpMethods.IsPost(request.Method))
            return new(notPost);
        if (!IsForm(request.ContentType))
            return new(notAForm);
        if (request.ContentLength > LongestBody)
            return new(tooLong);
        if (request.QueryString.HasValue && HoldsCredentials(request.Query))
            return new(credentialsInQuery);

        return ReadBody(http);
    }

    private static async ValueTask<Outcome<OAuthForm>> ReadBody(HttpContext http)
    {
        var body = http.Request.BodyReader;
        try
        {
            while (true)
            {
                var read = await body.ReadAsync(http.RequestAborted);
                if (read.Buffer.Length > LongestBody)
                {
                    // Kestrel logs an error of ours where a read is left open.
                    body.AdvanceTo(read.Buffer.End);
                    return tooLong;
                }

                if (read.IsCompleted)
                {
                    var form = Parse(read.Buffer);
                    body.AdvanceTo(read.Buffer.End);
                    return form;
                }

                body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (BadHttpRequestException e)
        {
            // Kestrel's word for a body that is too long, too slow, or broken off.
            return e.StatusCode == StatusCodes.Status413PayloadTooLarge ? tooLong : cutOff;
        }
        catch (IOException e) when (e is not ConnectionResetException)
        {
            // And its word for a chunk longer than it can count; where such a body ends nobody knows.
            http.Response.Headers.Connection = "close";
            return cutOff;
        }
    }

    private static Outcome<OAuthForm> Parse(ReadOnlySequence<byte> body)
    {
        if (body.IsSingleSegment)
            return FormParser.Parse(body.FirstSpan);

        var whole = ArrayPool<byte>.Shared.Rent((int)body.Length);
        try
        {
            body.CopyTo(whole);
            return FormParser.Parse(whole.AsSpan(0, (int)body.Length));
        }
        finally
        {
            // A secret may have stood in it.
            ArrayPool<byte>.Shared.Return(whole, clearArray: true);
        }
    }

    private static bool IsForm(string? contentType)
    {
        if (string.Equals(contentType, FormType, StringComparison.OrdinalIgnoreCase))
            return true;

        return MediaTypeHeaderValue.TryParse(contentType, out var type)
            && type.MediaType.Equals(FormType, StringComparison.OrdinalIgnoreCase)
            && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase));
    }

    private static bool HoldsCredentials(IQueryCollection query) =>
        query.ContainsKey(OAuthParameters.ClientSecret) || query.ContainsKey(OAuthParameters.ClientId) || query.ContainsKey("client_assertion")
        || query.ContainsKey("code") || query.ContainsKey("refresh_token") || query.ContainsKey("access_token") || query.ContainsKey("token");
}
