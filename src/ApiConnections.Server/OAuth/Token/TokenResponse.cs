using System.Buffers.Text;
using System.Text;
using ApiConnections.Server.OAuth.Shared;

namespace ApiConnections.Server.OAuth.Token;

/// <summary>Writes the successful answer.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-5.1"/>
internal static class TokenResponse
{
    // Hot path: token
    public static async ValueTask Write(HttpResponse response, IssuedToken token)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/json";
        NoStore.Apply(response);
        Compose(response, token);
        await response.BodyWriter.FlushAsync();
    }

    // Neither a JWS nor a refresh token nor a scope (RFC 6749 s3.3) can hold a character that JSON escapes, so the answer is put together from parts.
    private static void Compose(HttpResponse response, in IssuedToken token)
    {
        var scope = token.Scope.ToString();
        var refresh = token.RefreshToken?.Reveal();
        var span = response.BodyWriter.GetSpan(token.AccessToken.Length + scope.Length + (refresh?.Length ?? 0) + 160);
        var length = 0;
        Append(span, ref length, "{\"access_token\":\""u8);
        Append(span, ref length, token.AccessToken);
        Append(span, ref length, "\",\"token_type\":\"Bearer\",\"expires_in\":"u8);
        Utf8Formatter.TryFormat(token.ExpiresIn, span[length..], out var digits);
        length += digits;
        Append(span, ref length, ",\"scope\":\""u8);
        length += Encoding.ASCII.GetBytes(scope, span[length..]);
        if (refresh is not null)
        {
            Append(span, ref length, "\",\"refresh_token\":\""u8);
            length += Encoding.ASCII.GetBytes(refresh, span[length..]);
        }

        Append(span, ref length, "\"}"u8);
        response.ContentLength = length;
        response.BodyWriter.Advance(length);
    }

    private static void Append(Span<byte> span, ref int length, ReadOnlySpan<byte> part)
    {
        part.CopyTo(span[length..]);
        length += part.Length;
    }
}
