using System.Security.Cryptography;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>Asks the real endpoints for a token as the consumer does, with the secret that somebody typed and nobody keeps.</summary>
internal sealed class TrialRuns(IDatabase database, OwnEndpoints endpoints, Trials trials, RequestLog log, TimeProvider time)
{
    // The log is written once a second.
    private static readonly TimeSpan look = TimeSpan.FromMilliseconds(200);
    private const int Looks = 25;

    public async Task<Outcome<Tried>> ClientCredentials(Actor actor, string key, string secret, string scope, string resource)
    {
        if (!(await Find(actor, key)).TryGet(out var consumer, out var refusal))
            return refusal;
        if (consumer.GrantType != GrantType.ClientCredentials)
            return Refused.Conflict("This consumer acts for people: try it as yourself.");

        return await Token(consumer, [("grant_type", GrantTypes.ClientCredentials), ("scope", scope.Trim()), ("resource", resource.Trim())], secret);
    }

    /// <summary>Whether the secret is good, before a person is sent anywhere for it.</summary>
    /// <returns>True; else why not.</returns>
    public async Task<Outcome<Tried>> Secret(Actor actor, string key, string secret)
    {
        if (!(await Find(actor, key)).TryGet(out var consumer, out var refusal))
            return refusal;
        if (!consumer.Confidential)
            return new Tried(null, null);

        return (await Ask(consumer, OAuthPaths.Introspection, LoggedEndpoint.Introspect, [("token", "none"), .. Credentials(consumer, secret)])).TryGet(out var asked, out refusal)
            ? new Tried(null, asked.Refused)
            : refusal;
    }

    /// <summary>Redeems the code that came back to our own page.</summary>
    public async Task<Outcome<Tried>> Redeem(Actor actor, string key, string secret, string verifier, TokenValue code)
    {
        if (!(await Find(actor, key)).TryGet(out var consumer, out var refusal))
            return refusal;

        return await Token(
            consumer,
            [("grant_type", GrantTypes.AuthorizationCode), ("code", code.Reveal()), ("redirect_uri", trials.Callback(consumer.Key)), ("code_verifier", verifier)],
            secret);
    }

    private Task<Outcome<Consumer>> Find(Actor actor, string key) => database.Read(session => ConsumerChanges.Look(session, actor, key, time.GetUtcNow()));

    private async Task<Outcome<Tried>> Token(Consumer consumer, (string, string?)[] form, string secret)
    {
        if (!(await Ask(consumer, OAuthPaths.Token, LoggedEndpoint.Token, [.. form, .. Credentials(consumer, secret)])).TryGet(out var asked, out var refusal))
            return refusal;
        if (asked.Refused is { } refused)
            return new Tried(null, refused);

        OwnAnswer? introspected = null;
        if (consumer.Confidential && (await endpoints.Post(OAuthPaths.Introspection, [("token", asked.Answer.Text("access_token")), .. Credentials(consumer, secret)], Agent())).TryGet(out var said, out _))
            introspected = said;

        return new Tried(TriedToken.Of(asked.Answer, introspected), null);
    }

    private async Task<Outcome<Asked>> Ask(Consumer consumer, string path, string endpoint, (string, string?)[] form)
    {
        var agent = Agent();
        var refused = log.Expect(agent);
        try
        {
            if (!(await endpoints.Post(path, form, agent)).TryGet(out var answer, out var refusal))
                return refusal;

            return new Asked(answer, answer.IsGood ? null : await Explain(consumer, endpoint, answer, agent, refused));
        }
        finally
        {
            log.Forget(agent);
        }
    }

    // RFC 6749 s2.3.1: in the body, so that nothing of them has to be encoded twice.
    private static IEnumerable<(string, string?)> Credentials(Consumer consumer, string secret) => [("client_id", consumer.Key), ("client_secret", consumer.Confidential ? secret.Trim() : null)];

    private static string Agent() => "ApiConnections-Test/" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));

    // What the caller is not told the request log has heard before the answer came. Where another node answered, it stands in the consumer's requests a moment later.
    private async Task<Refusal> Explain(Consumer consumer, string endpoint, OwnAnswer answer, string agent, Task<LoggedRequest> refused)
    {
        var refusal = new OAuthError(answer.Text("error") ?? OAuthError.ServerError.Code, answer.Status).Because(answer.Text("error_description") ?? "");
        for (var i = 0; i < Looks; i++)
        {
            var heard = refused.IsCompletedSuccessfully ? [await refused] : await database.Read(session => RequestLogStore.OfConsumer(session, consumer.Key));
            if (heard.FirstOrDefault(request => request.Agent == agent && request.Endpoint == endpoint && request.Outcome != RequestLog.Ok) is { } logged)
                return (refusal with { Detail = logged.Detail.Length > 0 ? logged.Detail : null }).Against(logged.Expected, logged.Offending);

            await Task.Delay(look);
        }

        return refusal;
    }

    /// <param name="Refused">Why, where the answer is no good one.</param>
    private sealed record Asked(OwnAnswer Answer, Refusal? Refused);
}
