using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.OAuth.Authorize;

/// <summary>Turns what a person answers into an authorization and a code. Each answer is decided anew, in one transaction.</summary>
internal sealed class Consents(IDatabase database, ConsumerDirectory directory, AuthorizationCodes codes, RequestedScope scopes, ModuleCatalogue catalogue, TimeProvider time)
{
    /// <summary>The app or the person is not what they were when it was asked.</summary>
    public static readonly Refusal Gone = OAuthError.AccessDenied.Because("This app may not ask this person any more.");

    /// <summary>The page says something else by now.</summary>
    public static readonly Refusal Changed = OAuthError.AccessDenied.Because("The app has changed what it asks for.");

    public static readonly Refusal NothingKept = OAuthError.AccessDenied.Because("Nothing was left to allow.");

    /// <summary>It was decided before, has run out, or belongs to a session that has ended.</summary>
    public static readonly Refusal Closed = OAuthError.AccessDenied.Because("The request is not open any more.");

    /// <summary>What a page may say, from what this node knows; what is answered is decided on the rows.</summary>
    public async Task<Standing> Look(AskingApp app, User user)
    {
        var persons = user.GroupId is { } id ? await directory.Group(id) : null;
        return new Standing(app.Consumer, app.Company, user, EffectiveScope.Of(app.Group, persons?.Group, app.Company, catalogue));
    }

    /// <summary>The same as the rows say; null where the app may not ask this person any more.</summary>
    public Task<Standing?> LookAnew(string consumer, Guid user) => database.Read(session => Standing.Read(session, consumer, user, catalogue));

    /// <summary>What the person has granted and declined before.</summary>
    public Task<Authorization?> Before(string consumer, Guid user) => database.Read(session => AuthorizationStore.FindLive(session, consumer, user));

    public Outcome<ScopeSet> Offer(Standing standing, CheckedRequest request) => standing.Offer(scopes, request.Scope);

    /// <summary>Allow was pressed twice, and the browser shows the second answer only: another code takes the place of the first, if nobody has redeemed it.</summary>
    public Task<Outcome<TokenValue>> AllowAgain(AuthorizationRequest pending, AskingApp app, CheckedRequest request) => database.Write<TokenValue>(async session =>
    {
        // Held first, so that of three presses the last sees the code of the second.
        if (await AuthorizationStore.FindLiveAndHold(session, pending.Consumer, pending.UserId) is not { } authorization)
            return Gone;
        if (await AuthorizationRequestStore.Find(session, pending.Id) is not { Decision: Decision.Allow, Code: { } last } || await CodeStore.FindUnredeemed(session, last) is not { } first)
            return Closed;
        if (await Standing.Read(session, pending.Consumer, pending.UserId, catalogue) is not { } now || !now.Takes(app, await Standing.OpenTrials(session, [app], time)))
            return Gone;

        var granted = first.Scope.Intersect(now.Allowed);
        if (granted.IsEmpty || authorization.Id != first.Authorization)
            return Gone;
        if (!await CodeStore.End(session, last, time.GetUtcNow()))
            return Closed;

        var code = await Issue(session, authorization, now, app, request, granted);
        return await AuthorizationRequestStore.Replace(session, pending.Id, last, code.Locator) ? code.Value : Closed;
    });

    /// <summary>Says no; nothing of it is kept but that the request is answered.</summary>
    /// <returns>False where it was answered before.</returns>
    public async Task<bool> Deny(AuthorizationRequest pending) => (await database.Write<bool>(async session =>
        await AuthorizationRequestStore.Deny(session, pending.Id, time.GetUtcNow()) ? true : Closed)).TryGet(out _, out _);

    /// <summary>A code without a page, for what the person has answered before.</summary>
    public Task<Outcome<TokenValue>> Remember(Guid user, AskingApp app, CheckedRequest request) => database.Write<TokenValue>(async session =>
    {
        if (await AuthorizationStore.FindLiveAndHold(session, app.Consumer.Key, user) is not { } live
            || await Standing.Read(session, app.Consumer.Key, user, catalogue) is not { } now || !now.Takes(app, new HashSet<Guid>()))
            return Gone;
        if (!Offer(now, request).TryGet(out var offered, out var refusal))
            return refusal;
        if (!now.Remembers(live, offered, app.RedirectUri))
            return Changed;

        return (await Issue(session, live, now, app, request, offered.Intersect(live.Scope))).Value;
    });

    /// <summary>Remembers what a page says, so that nothing else is allowed with it.</summary>
    public Task Show(AuthorizationRequest pending, ShownConsent shown) => database.Write<bool>(async session =>
    {
        await AuthorizationRequestStore.Show(session, pending.Id, shown);
        return true;
    });

    private async Task<NewCode> Issue(Session session, Authorization authorization, Standing now, AskingApp app, CheckedRequest request, ScopeSet scope)
    {
        var code = codes.New();
        await codes.Issue(session, [new CodeToIssue(code, authorization, now.Generations, Binding(app, request, scope))]);
        return code;
    }

    public static CodeBinding Binding(AskingApp app, CheckedRequest request, ScopeSet scope) =>
        new(app.RedirectUri.Value, app.RedirectUriGiven, request.Challenge, scope, request.Audience);
}
