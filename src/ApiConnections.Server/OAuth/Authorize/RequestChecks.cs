using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.OAuth.Authorize;

/// <summary>A request that is right as far as that can be said without the person.</summary>
/// <param name="Scope">As asked; null for all that the app may do.</param>
/// <param name="Challenge">RFC 7636 s4.2, S256; null only for an app that may leave it out.</param>
/// <param name="Audience">The API that was asked for; null for the default one.</param>
internal sealed record CheckedRequest(string? Scope, string? Challenge, string? Audience, string? State, bool PromptsLogin, bool PromptsConsent);

/// <summary>Everything that can be wrong with a request whose app and redirect URI are right: told to the app.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1"/>
internal sealed class RequestChecks(RequestedScope scopes, ResourceLookup resources, ModuleCatalogue catalogue)
{
    private const int ChallengeCharacters = 43; // SHA-256 in base64url
    private const string Code = "code";
    private static readonly Refusal noResponseType = OAuthError.InvalidRequest.Because("The parameter response_type is missing.");
    private static readonly Refusal responseType = OAuthError.UnsupportedResponseType.Because("The only response_type of this server is code.");
    private static readonly Refusal responseMode = OAuthError.InvalidRequest.Because("The only response_mode of this server is query.");
    private static readonly Refusal request = OAuthError.RequestNotSupported.Because("Requests in a JWT are not taken; send the parameters themselves.");
    private static readonly Refusal requestUri = OAuthError.RequestUriNotSupported.Because("Requests are not fetched from anywhere; send the parameters themselves.");
    private static readonly Refusal noChallenge = OAuthError.InvalidRequest.Because("The code_challenge is missing: this server requires PKCE (RFC 7636).");
    private static readonly Refusal challengeMethod = OAuthError.InvalidRequest.Because("The code_challenge_method must be S256.");
    private static readonly Refusal challenge = OAuthError.InvalidRequest.Because("The code_challenge must be 43 base64url characters.");
    private static readonly Refusal methodAlone = OAuthError.InvalidRequest.Because("There is a code_challenge_method without a code_challenge.");
    private static readonly Refusal prompt = OAuthError.InvalidRequest.Because("The prompt is none, or login and consent, with single spaces between them.");

    public async Task<(CheckedRequest? Request, Wrong? Wrong)> Check(AuthorizeParameters parameters, AskingApp app)
    {
        string? audience = null;
        var wrong = Repeated(parameters) ?? RequestObject(parameters) ?? ResponseType(parameters) ?? Pkce(parameters, app.Consumer) ?? Prompt(parameters) ?? Scope(parameters);
        if (wrong is null && parameters[OAuthParameters.Resource] is { } resource)
        {
            if ((await resources.Find(resource, app.Company.Id)).TryGet(out var api, out var refusal))
                audience = api.Audience;
            else
                wrong = new Wrong(refusal, null, resource);
        }

        var prompts = (parameters[OAuthParameters.Prompt] ?? "").Split(' ');
        return wrong is null
            ? (new CheckedRequest(parameters[OAuthParameters.Scope], parameters[OAuthParameters.CodeChallenge], audience, parameters[OAuthParameters.State], prompts.Contains("login"), prompts.Contains("consent")), null)
            : (null, wrong with { Consumer = app.Consumer.Key });
    }

    // RFC 6749 s3.1: parameters must not be included more than once; RFC 8707 s2 has an error of its own for several resources.
    private static Wrong? Repeated(AuthorizeParameters parameters) => parameters.Repeated.FirstOrDefault() switch
    {
        null => null,
        OAuthParameters.Resource => new Wrong(ResourceLookup.Several),
        var name => new Wrong(OAuthError.InvalidRequest.Because($"The parameter {name} stands in the request twice."), null, name),
    };

    private static Wrong? RequestObject(AuthorizeParameters parameters) =>
        parameters[OAuthParameters.Request] is not null ? new Wrong(request)
        : parameters[OAuthParameters.RequestUri] is { } address ? new Wrong(requestUri, null, address)
        : null;

    private static Wrong? ResponseType(AuthorizeParameters parameters) =>
        parameters[OAuthParameters.ResponseType] is not { } type ? new Wrong(noResponseType, Code)
        : type != Code ? new Wrong(responseType, Code, type)
        : parameters[OAuthParameters.ResponseMode] is { } mode and not "query" ? new Wrong(responseMode, "query", mode)
        : null;

    // RFC 7636 s4.3, s4.4.1. A missing method would mean plain, which does not exist here.
    private static Wrong? Pkce(AuthorizeParameters parameters, Consumer consumer)
    {
        var method = parameters[OAuthParameters.CodeChallengeMethod];
        if (parameters[OAuthParameters.CodeChallenge] is not { } value)
        {
            return !(consumer.Options.PkceOptional && consumer.Confidential) ? new Wrong(noChallenge)
                : method is not null ? new Wrong(methodAlone, null, method)
                : null;
        }

        return method != "S256" ? new Wrong(challengeMethod, "S256", method)
            : value.Length != ChallengeCharacters || !value.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_') ? new Wrong(challenge, null, value)
            : null;
    }

    // OpenID Connect Core s3.1.2.1: none stands alone.
    private static Wrong? Prompt(AuthorizeParameters parameters) =>
        parameters[OAuthParameters.Prompt] is not { } value || value == "none" || value.Split(' ').All(word => word is "login" or "consent") ? null : new Wrong(prompt, "none, login, consent", value);

    private Wrong? Scope(AuthorizeParameters parameters) =>
        parameters[OAuthParameters.Scope] is { } scope && !scopes.Grant(scope, catalogue.Everything).TryGet(out _, out var refusal) ? new Wrong(refusal, null, scope) : null;
}
