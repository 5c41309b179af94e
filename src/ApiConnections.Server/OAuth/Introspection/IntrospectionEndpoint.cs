using System.Buffers;
using System.Text.Json;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.OAuth.ClientAuthentication;
using ApiConnections.Server.OAuth.Shared;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.OAuth.Introspection;

/// <summary>Tells an API, or the app itself, whether a token is good now: from the rows, whatever any cache says.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc7662#section-2"/>
internal sealed class IntrospectionEndpoint(Callers callers, IntrospectedTokens tokens, ChangeListener changes, RequestLog requests, IOptions<IssuerOptions> issuer, TimeProvider time)
{
    private static readonly Refusal blind = OAuthError.TemporarilyUnavailable.Because("The storage cannot be reached; try again in a moment.") with { RetryAfter = TimeSpan.FromSeconds(1) };
    private static readonly Refusal missing = OAuthError.InvalidRequest.Because("The parameter token is missing.");
    private readonly string issuer = issuer.Value.Issuer;

    // Hot path: introspect
    public async Task Answer(HttpContext http)
    {
        if ((await Read(http)).TryGet(out var asked, out var refusal))
            await Answer(http, asked.Caller, asked.Token);
        else
            await OAuthErrorWriter.Write(http, refusal);
    }

    private async ValueTask<Outcome<(Caller Caller, string Token)>> Read(HttpContext http)
    {
        if (!(await FormReader.Read(http)).TryGet(out var form, out var refusal))
            return refusal;
        if (!changes.IsCurrent && !await changes.EnsureCurrent())
            return blind;

        if (!(await callers.Authenticate(http, form)).TryGet(out var caller, out refusal))
            return NamedConsumer.Of(http) is { } named ? Refused(http, named, refusal) : refusal;
        if (form.Token is not { } token)
            return caller.Api is null ? Refused(http, caller.Consumer.Consumer.Consumer.Key, missing) : missing;

        return (caller, token);
    }

    private async ValueTask Answer(HttpContext http, Caller caller, string token)
    {
        var outcome = await tokens.Look(caller, token);
        var active = outcome.TryGet(out var found, out var why) ? found : null;
        if (caller.Api is null && active is not null)
            caller.Consumer.Consumer.Successes.Record(time.GetUtcNow(), caller.Consumer.From, caller.Consumer.Agent, LoggedEndpoint.Introspect, "");
        else if (caller.Api is null)
            requests.Refused(http, caller.Consumer.Consumer.Consumer.Key, LoggedEndpoint.Introspect, null, why!);

        await Write(http.Response, active);
    }

    private async ValueTask Write(HttpResponse response, ActiveToken? token)
    {
        var body = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(body))
            Write(json, token);

        response.ContentType = "application/json";
        response.ContentLength = body.WrittenCount;
        NoStore.Apply(response);
        await response.Body.WriteAsync(body.WrittenMemory);
    }

    private void Write(Utf8JsonWriter json, ActiveToken? token)
    {
        json.WriteStartObject();
        json.WriteBoolean("active"u8, token is not null);
        if (token is not null)
        {
            json.WriteString("scope"u8, token.Scope);
            json.WriteString("client_id"u8, token.ClientId);
            json.WriteString("sub"u8, token.Subject);
            if (token.Person is { } person)
                json.WriteString("username"u8, person);
            json.WriteString("company"u8, token.Company);
            json.WriteString("authorization_id"u8, token.AuthorizationId);
            json.WriteNumber("iat"u8, token.IssuedAt);
            json.WriteNumber("exp"u8, token.ExpiresAt);
            json.WriteString("iss"u8, issuer);
            // RFC 7662 s2.2: how it is used, which a refresh token at an API is not.
            if (token.Audience is { } audience)
            {
                json.WriteString("aud"u8, audience);
                json.WriteString("token_type"u8, "Bearer");
            }
        }

        json.WriteEndObject();
    }

    private Refusal Refused(HttpContext http, string consumer, Refusal refusal)
    {
        requests.Refused(http, consumer, LoggedEndpoint.Introspect, null, refusal);
        return refusal;
    }
}
