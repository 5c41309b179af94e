using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.OAuth.Authorize;

/// <summary>How an answer reaches the app.</summary>
/// <param name="IsDirect">Whether the app's own GET is answered; after a page of ours browsers let nobody leave but by a hand-over page.</param>
internal sealed record Reply(AskingApp App, string? State, bool IsDirect);

/// <summary>Answers of the authorization endpoint: to the app, or to the person where the app cannot be trusted.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2"/>
internal sealed partial class AuthorizeAnswers(Pages pages, RequestLog requests, IOptions<IssuerOptions> issuer, ILogger<AuthorizeAnswers> logger)
{
    /// <summary>RFC 6749 s4.1.2: gives the app its code.</summary>
    public Task Code(HttpContext http, Reply reply, TokenValue code)
    {
        requests.Succeeded(http, reply.App.Consumer.Key, LoggedEndpoint.Authorize, GrantTypes.AuthorizationCode);
        return Send(http, reply, (OAuthParameters.Code, code.Reveal()), (OAuthParameters.State, reply.State));
    }

    /// <summary>RFC 6749 s4.1.2.1: tells the app why not.</summary>
    public Task Refuse(HttpContext http, Reply reply, Wrong wrong)
    {
        Note(http, wrong);
        return Send(http, reply, (OAuthParameters.Error, wrong.Refusal.Error.Code), (OAuthParameters.ErrorDescription, wrong.Refusal.Reason), (OAuthParameters.State, reply.State));
    }

    /// <summary>RFC 6749 s4.1.2.1: tells the person, and sends them nowhere.</summary>
    public Task Page(HttpContext http, Wrong wrong)
    {
        Note(http, wrong);
        LogRefused(logger, http.TraceIdentifier, wrong.Refusal.Reason);
        var shown = wrong.Offending is { } offending ? DisplayText.Visible(offending) : null;
        return pages.Error(http, StatusCodes.Status400BadRequest, new PageError("authorize.wrong_title", wrong.Sentence, ForDeveloper: true, shown, http.TraceIdentifier));
    }

    /// <summary>The page's address has run out, or belongs to another browser or sign-in.</summary>
    public Task Closed(HttpContext http) =>
        pages.Error(http, StatusCodes.Status400BadRequest, new PageError("authorize.closed_title", "authorize.closed", ForDeveloper: false, null, null));

    // Every refusal of this endpoint comes through here, with the reason, what would have been right and what came.
    private void Note(HttpContext http, Wrong wrong)
    {
        if (wrong.Consumer is { } consumer)
            requests.Refused(http, consumer, LoggedEndpoint.Authorize, GrantTypes.AuthorizationCode, wrong.Refusal, wrong.Expected, wrong.Offending);
    }

    private Task Send(HttpContext http, Reply reply, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        // RFC 9207 s2: who answers, in errors too.
        var address = Address(reply.App.RedirectUri.Value, [.. parameters, (OAuthParameters.Issuer, issuer.Value.Issuer)]);
        if (!reply.IsDirect)
            return pages.HandOver(http, address, DisplayText.Visible(reply.App.Consumer.Name));

        Pages.Protect(http.Response);
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        // RFC 9700 s4.12: never 307, which would hand a form on.
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = address;
        return Task.CompletedTask;
    }

    /// <summary>RFC 6749 s3.1.2: a query that was registered stays, the answer's parameters follow it.</summary>
    private static string Address(string redirectUri, ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var address = new StringBuilder(redirectUri);
        var separator = !redirectUri.Contains('?', StringComparison.Ordinal) ? '?' : redirectUri[^1] is '?' or '&' ? '\0' : '&';
        foreach (var (name, value) in parameters)
        {
            if (value is null)
                continue;
            if (separator != '\0')
                address.Append(separator);

            address.Append(name).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }

        return address.ToString();
    }

    [LoggerMessage(LogLevel.Information, "An authorization request was answered with a page ({Reference}): {Why}")]
    private static partial void LogRefused(ILogger logger, string reference, string why);
}
