using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>A test that was begun. State and verifier stay with whoever began it, in memory.</summary>
/// <param name="Address">Where the person answers, in a tab of its own.</param>
internal sealed record BegunTrial(Guid Id, TrialState State, string Verifier, string Address, DateTimeOffset ExpiresAt, Guid? Before)
{
    public override string ToString() => $"{Id}: ***";
}

/// <summary>What has come of a test so far.</summary>
/// <param name="IsOver">It has run out, or was closed.</param>
internal sealed record TrialProgress(bool IsOver, TokenValue? Code, string? Error)
{
    public override string ToString() => "***";
}

/// <summary>Tries an app that acts for people as the very person who sits there: one request that may come back to our own page, once, in their session, for ten minutes.</summary>
internal sealed class PersonTrials(IDatabase database, Trials trials, AuditLog log, IOptions<IssuerOptions> issuer, TimeProvider time)
{
    private const int LongestError = 64;
    private static readonly Refusal closed = Refused.Conflict("This test is not open any more; begin another one.");

    public Task<Outcome<BegunTrial>> Begin(Actor actor, string key, string scope, string resource) => database.Write<BegunTrial>(async session =>
    {
        var now = time.GetUtcNow();
        if (!(await ConsumerChanges.Find(session, actor, key, now)).TryGet(out var consumer, out var refusal))
            return refusal;
        if (consumer.GrantType != GrantType.AuthorizationCode)
            return Refused.Conflict("This consumer works without people: there is nobody to ask.");
        if (actor.Session is not { } sessionId || await SessionStore.FindById(session, sessionId) is not { User: var user })
            return Rights.SignedOut;

        var state = TrialState.New(now);
        var verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        // RFC 7636 s4.2.
        var challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        var before = (await AuthorizationStore.FindLive(session, key, user.Id))?.Id;
        var trial = new Trial(state.Id, state.Hash, key, user.Id, sessionId, challenge, before, now, now + Trial.Lifetime);
        await TrialStore.Insert(session, trial);
        await log.Append(session, actor, consumer.CompanyId, "api_connections", "consumer.test", key, new { consumer.Name });
        return new BegunTrial(state.Id, state, verifier, Address(key, state, challenge, scope.Trim(), resource.Trim()), trial.ExpiresAt, before);
    });

    /// <summary>Takes what came back to our own page: for exactly this request, in the session that began it, once.</summary>
    public Task<Outcome<Guid>> Answer(Actor actor, string key, string? state, string? code, string? error, string? from) => database.Write<Guid>(async session =>
    {
        if (!(await ConsumerChanges.Look(session, actor, key, time.GetUtcNow())).TryGet(out _, out var refusal))
            return refusal;
        // RFC 9207 s2.4: the answer of another server is none.
        if (TrialState.Read(state) is not { } read || actor.Session is not { } sessionId || code is null == error is null || !string.Equals(from, issuer.Value.Issuer, StringComparison.Ordinal))
            return closed;

        var why = error is null || (error.Length <= LongestError && error.All(character => char.IsAsciiLetterLower(character) || character == '_')) ? error : OAuthError.ServerError.Code;
        return await TrialStore.Answer(session, read.Id, read.Hash, key, sessionId, code is null ? null : read.Seal(code), why, time.GetUtcNow()) ? read.Id : closed;
    });

    /// <summary>Looks what has come of it, and takes the code, once.</summary>
    public async Task<Outcome<TrialProgress>> Look(Actor actor, string key, BegunTrial begun)
    {
        if (!(await database.Read(session => ConsumerChanges.Look(session, actor, key, time.GetUtcNow()))).TryGet(out _, out var refusal))
            return refusal;
        if (await database.Read(session => TrialStore.Find(session, begun.Id)) is not { } trial || trial.SessionId != actor.Session || trial.TakenAt is not null)
            return closed;
        if (trial.AnsweredAt is null)
            return new TrialProgress(IsOver: !trial.IsOpenAt(time.GetUtcNow()), null, null);

        var taken = await database.Write<bool>(async session => await TrialStore.Take(session, begun.Id, trial.SessionId, time.GetUtcNow()) ? true : closed);
        return taken.TryGet(out _, out refusal) ? new TrialProgress(IsOver: true, trial.SealedCode is { } box ? begun.State.Open(box) : null, trial.Error) : refusal;
    }

    /// <summary>Takes no answer any more.</summary>
    public Task<Outcome<bool>> Close(Actor actor, string key, Guid id) => database.Write<bool>(async session =>
    {
        if (!(await ConsumerChanges.Look(session, actor, key, time.GetUtcNow())).TryGet(out _, out var refusal))
            return refusal;

        return actor.Session is { } sessionId && await TrialStore.Close(session, id, sessionId, time.GetUtcNow()) ? true : closed;
    });

    private string Address(string key, TrialState state, string challenge, string scope, string resource)
    {
        var query = new QueryBuilder
        {
            { OAuthParameters.ResponseType, "code" },
            { OAuthParameters.ClientId, key },
            { OAuthParameters.RedirectUri, trials.Callback(key) },
            { OAuthParameters.State, state.Reveal() },
            { OAuthParameters.CodeChallenge, challenge },
            { OAuthParameters.CodeChallengeMethod, "S256" },
            { OAuthParameters.Prompt, "consent" },
        };
        if (scope.Length > 0)
            query.Add(OAuthParameters.Scope, scope);
        if (resource.Length > 0)
            query.Add(OAuthParameters.Resource, resource);

        return issuer.Value.Address(OAuthPaths.Authorize) + query.ToQueryString();
    }
}
