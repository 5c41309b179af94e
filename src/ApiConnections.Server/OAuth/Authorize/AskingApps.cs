using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.OAuth.Authorize;

/// <summary>An app that asks, and where its answer goes.</summary>
/// <param name="RedirectUri">As the request wrote it, or the only registered one.</param>
internal sealed record AskingApp(Consumer Consumer, Company Company, PermissionGroup Group, RedirectUri RedirectUri, bool RedirectUriGiven)
{
    /// <summary>The test in the console whose address the answer goes to; null for an app's own request.</summary>
    public Trial? Trial { get; init; }

    /// <summary>Whether an answer may be given in this session: a test's only in the one that began it.</summary>
    public bool IsFor(PersonSession? session) => Trial is null || Trial.SessionId == session?.Id;
}

/// <summary>What is wrong with a request.</summary>
/// <param name="Expected">For the consumer's owner: what would have been right.</param>
/// <param name="Offending">For the consumer's owner: what came; never a secret.</param>
internal sealed record Wrong(Refusal Refusal, string? Expected = null, string? Offending = null)
{
    /// <summary>The consumer's key, where it is known.</summary>
    public string? Consumer { get; init; }

    /// <summary>What the error page says, by the key of its text.</summary>
    public string Sentence { get; init; } = "authorize.wrong_request";
}

/// <summary>Finds out who asks and where the answer goes. Until both are settled nobody is sent anywhere.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1"/>
internal sealed class AskingApps(ConsumerDirectory directory, Trials trials)
{
    private const int LongestKey = 256;
    private static readonly Refusal unknown = OAuthError.InvalidClient.Because("The client_id is missing or unknown.");
    private static readonly Refusal program = OAuthError.UnauthorizedClient.Because("This consumer uses client credentials; it cannot act for people.");
    private static readonly Refusal unavailable = OAuthError.UnauthorizedClient.Because("This consumer is disabled, or its company is.");
    private static readonly Refusal missing = OAuthError.InvalidRequest.Because("The redirect_uri is missing or stands in the request twice.");
    private static readonly Refusal notRegistered = OAuthError.InvalidRequest.Because("The redirect_uri is not registered.");

    private static readonly Refusal otherTrial = OAuthError.InvalidRequest.Because("The redirect_uri is that of a test in the console, which is over, belongs to another sign-in, or was never begun.");

    /// <summary>A test of somebody else, or of an earlier sign-in.</summary>
    public static Wrong OtherTrial(AskingApp app) => OtherTrial(app.Consumer, app.RedirectUri.Value);

    public async Task<(AskingApp? App, Wrong? Wrong)> Find(AuthorizeParameters parameters)
    {
        // A key that cannot exist is not looked up with the stranger's bytes.
        if (parameters[OAuthParameters.ClientId] is not { Length: <= LongestKey } key || !key.All(char.IsAscii) || key.Any(char.IsControl))
            return Unknown(parameters);

        var found = await Match(await directory.Find(key), parameters);
        // It may have been made or edited on another node a moment ago.
        return found.App is null ? await Match(await directory.FindAnew(key), parameters) : found;
    }

    private async Task<(AskingApp? App, Wrong? Wrong)> Match(KnownConsumer? known, AuthorizeParameters parameters)
    {
        if (known is not { Consumer: { Status: not ConsumerStatus.Deleted } consumer } || await directory.CompanyOf(known) is not { } company || await directory.GroupOf(known) is not { Group: var group })
            return Unknown(parameters);
        if (consumer.GrantType != GrantType.AuthorizationCode)
            return (null, new Wrong(program, GrantTypes.AuthorizationCode, GrantTypes.ClientCredentials) { Consumer = consumer.Key, Sentence = "authorize.wrong_grant" });
        if (consumer.Status != ConsumerStatus.Active || !company.MayUseApis)
            return (null, new Wrong(unavailable) { Consumer = consumer.Key, Sentence = "authorize.unavailable" });

        return await Redirect(consumer, company, group, parameters);
    }

    private async Task<(AskingApp?, Wrong?)> Redirect(Consumer consumer, Company company, PermissionGroup group, AuthorizeParameters parameters)
    {
        var registered = consumer.CallbackUrls;
        var isGiven = parameters[OAuthParameters.RedirectUri] is not null;
        var expected = string.Join(' ', registered.Select(callback => callback.Value));
        if (parameters[OAuthParameters.RedirectUri] is { } asked)
        {
            var app = new AskingApp(consumer, company, group, new RedirectUri(asked), isGiven);
            if (registered.Any(callback => callback.Allows(asked)))
                return (app, null);

            // The only address that need not be registered: our own page, for a request that was begun there.
            if (string.Equals(asked, trials.Callback(consumer.Key), StringComparison.Ordinal))
            {
                var trial = await trials.Find(consumer.Key, asked, parameters[OAuthParameters.State], parameters[OAuthParameters.CodeChallenge]);
                return trial is null ? (null, OtherTrial(consumer, asked)) : (app with { Trial = trial }, null);
            }

            return (null, new Wrong(notRegistered, expected, asked) { Consumer = consumer.Key, Sentence = "authorize.wrong_redirect" });
        }

        // RFC 6749 s3.1.2.3: it may be left out where there is only one.
        return registered.Count == 1 && !parameters.Repeated.Contains(OAuthParameters.RedirectUri)
            ? (new AskingApp(consumer, company, group, registered[0], isGiven), null)
            : (null, new Wrong(missing, expected) { Consumer = consumer.Key, Sentence = "authorize.missing_redirect" });
    }

    private static Wrong OtherTrial(Consumer consumer, string asked) => new(otherTrial, null, asked) { Consumer = consumer.Key, Sentence = "authorize.other_trial" };

    private static (AskingApp?, Wrong?) Unknown(AuthorizeParameters parameters) =>
        (null, new Wrong(unknown, null, parameters[OAuthParameters.ClientId]) { Sentence = "authorize.unknown_app" });
}
