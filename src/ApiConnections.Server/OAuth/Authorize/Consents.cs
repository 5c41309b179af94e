using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.OAuth.Authorize;

/// <summary>Turns what a person answers into an authorization and a code. Each answer is decided anew, in one transaction.</summary>
internal sealed class Consents(IDatabase database, ConsumerDirectory directory, Authorizations authorizations, AuthorizationCodes codes, RequestedScope scopes, ModuleCatalogue catalogue, AuditLog log, TimeProvider time)
{
    /// <summary>RFC 6819 s4.4.1.11: unredeemed codes of one app and person at a time.</summary>
    private const int MostCodes = 5;

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

    /// <summary>Allows what was ticked of what the page showed; the rest of it is declined.</summary>
    public Task<Outcome<TokenValue>> Allow(Actor actor, AuthorizationRequest pending, AskingApp app, CheckedRequest request, ScopeSet ticked) => database.Write<TokenValue>(async session =>
    {
        if (await Standing.Read(session, pending.Consumer, pending.UserId, catalogue) is not { } now || !now.Takes(app.RedirectUri.Value))
            return Gone;
        if (!Offer(now, request).TryGet(out var offered, out var refusal))
            return refusal;
        if (ShownConsent.Of(offered, now.Consumer).App != pending.Shown.App)
            return Changed;

        var asked = offered.Intersect(pending.Shown.Offered);
        var granted = asked.Intersect(ticked.Union(now.Consumer.RequiredScopes));
        if (granted.IsEmpty)
            return asked.IsEmpty ? Changed : NothingKept;

        var authorization = await authorizations.Grant(session, now.Consumer, now.User, granted, asked.Except(granted));
        var (locator, code) = await Issue(session, authorization, now, app, request, granted);
        if (!await AuthorizationRequestStore.Decide(session, pending.Id, Decision.Allow, locator, time.GetUtcNow()))
            return Closed;

        await Record(session, actor, authorization, now, app, granted);
        return code;
    });

    /// <summary>Allow was pressed twice, and the browser shows the second answer only: another code takes the place of the first, if nobody has redeemed it.</summary>
    public Task<Outcome<TokenValue>> AllowAgain(AuthorizationRequest pending, AskingApp app, CheckedRequest request) => database.Write<TokenValue>(async session =>
    {
        // Held first, so that of three presses the last sees the code of the second.
        if (await AuthorizationStore.FindLiveAndHold(session, pending.Consumer, pending.UserId) is not { } authorization)
            return Gone;
        if (await AuthorizationRequestStore.Find(session, pending.Id) is not { Decision: Decision.Allow, Code: { } last } || await CodeStore.FindUnredeemed(session, last) is not { } first)
            return Closed;
        if (await Standing.Read(session, pending.Consumer, pending.UserId, catalogue) is not { } now || !now.Takes(app.RedirectUri.Value))
            return Gone;

        var granted = first.Scope.Intersect(now.Allowed);
        if (granted.IsEmpty || authorization.Id != first.Authorization)
            return Gone;
        if (!await CodeStore.End(session, last, time.GetUtcNow()))
            return Closed;

        var (locator, code) = await Issue(session, authorization, now, app, request, granted);
        return await AuthorizationRequestStore.Replace(session, pending.Id, last, locator) ? code : Closed;
    });

    /// <summary>Says no; nothing of it is kept but that the request is answered.</summary>
    /// <returns>False where it was answered before.</returns>
    public async Task<bool> Deny(AuthorizationRequest pending) => (await database.Write<bool>(async session =>
        await AuthorizationRequestStore.Decide(session, pending.Id, Decision.Deny, code: null, time.GetUtcNow()) ? true : Closed)).TryGet(out _, out _);

    /// <summary>A code without a page, for what the person has answered before.</summary>
    public Task<Outcome<TokenValue>> Remember(Guid user, AskingApp app, CheckedRequest request) => database.Write<TokenValue>(async session =>
    {
        if (await AuthorizationStore.FindLiveAndHold(session, app.Consumer.Key, user) is not { } live
            || await Standing.Read(session, app.Consumer.Key, user, catalogue) is not { } now || !now.Takes(app.RedirectUri.Value))
            return Gone;
        if (!Offer(now, request).TryGet(out var offered, out var refusal))
            return refusal;
        if (!now.Remembers(live, offered, app.RedirectUri))
            return Changed;

        return (await Issue(session, live, now, app, request, offered.Intersect(live.Scope))).Code;
    });

    /// <summary>Remembers what a page says, so that nothing else is allowed with it.</summary>
    public Task Show(AuthorizationRequest pending, ShownConsent shown) => database.Write<bool>(async session =>
    {
        await AuthorizationRequestStore.Show(session, pending.Id, shown);
        return true;
    });

    private async Task<(Guid Locator, TokenValue Code)> Issue(Session session, Authorization authorization, Standing now, AskingApp app, CheckedRequest request, ScopeSet scope)
    {
        var issued = await codes.Issue(session, authorization, now.Generations, new CodeBinding(app.RedirectUri.Value, app.RedirectUriGiven, request.Challenge, scope, request.Audience));
        await CodeStore.EndAllBut(session, authorization.Id, MostCodes, time.GetUtcNow());
        return issued;
    }

    private Task Record(Session session, Actor actor, Authorization authorization, Standing now, AskingApp app, ScopeSet granted) => log.Append(
        session,
        actor,
        authorization.CompanyId,
        "api_connections",
        "authorization.grant",
        authorization.Id.ToString(),
        new { app = now.Consumer.Name, consumer = now.Consumer.Key, scope = granted.ToString(), declined = authorization.Declined.ToString(), redirect_host = app.RedirectUri.Host });
}
