using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.OAuth.Authorize;

/// <summary>Asks the person, and carries out what they answer.</summary>
internal sealed class ConsentEndpoint(PendingRequests pending, AskingApps apps, RequestChecks checks, Consents consents, AllowedConsents allowed, AuthorizeAnswers answers, SealedRequests seals, ConsentPages screens)
{
    public const string Path = "/consent";

    public async Task Get(HttpContext http)
    {
        var request = http.Request.Query["request"] is [var id] ? id : null;
        if (await Open(http, await screens.Person(http), request) is not { } opened)
            return;

        if (opened.Pending.Decision is null)
            await Show(http, opened, await consents.Look(opened.App, opened.Person.User), message: null, kept: null);
        else
            await screens.Answered(http, opened.App);
    }

    public async Task Post(HttpContext http)
    {
        if (await screens.Read(http) is not { } form || await Open(http, await screens.Person(http), form.One("request")) is not { } opened)
            return;

        switch (form.One("decision"), opened.Pending.Decision)
        {
            case ("allow", null):
                await Allow(http, opened, ScopeSet.Of(form["scope"].OfType<string>()));
                break;
            case ("deny", null):
                await Deny(http, opened);
                break;
            case ("allow", Decision.Allow):
                await AllowAgain(http, opened);
                break;
            case ("allow" or "deny", _):
                await screens.Answered(http, opened.App);
                break;
            default:
                await answers.Closed(http);
                break;
        }
    }

    private async Task Allow(HttpContext http, Opened opened, ScopeSet ticked)
    {
        var outcome = await allowed.Allow(People.ActorOf(http, opened.Person), opened.Pending, opened.App, opened.Request, ticked);
        if (outcome.TryGet(out var code, out var refusal))
            await answers.Code(http, opened.Reply, code);
        else if (refusal == Consents.Closed)
            await AllowAgain(http, opened);
        else if (refusal == Consents.NothingKept)
            await Show(http, opened, await consents.LookAnew(opened.Pending.Consumer, opened.Pending.UserId), "authorize.nothing_kept", ticked);
        else if (refusal == Consents.Changed)
            await Show(http, opened, await consents.LookAnew(opened.Pending.Consumer, opened.Pending.UserId), "authorize.changed", kept: null);
        else if (refusal == Consents.Gone)
            await Gone(http, opened);
        else
            await answers.Refuse(http, opened.Reply, new Wrong(refusal, null, opened.Request.Scope) { Consumer = opened.App.Consumer.Key });
    }

    private async Task AllowAgain(HttpContext http, Opened opened)
    {
        if ((await consents.AllowAgain(opened.Pending, opened.App, opened.Request)).TryGet(out var code, out _))
            await answers.Code(http, opened.Reply, code);
        else
            await screens.Answered(http, opened.App);
    }

    private async Task Deny(HttpContext http, Opened opened)
    {
        if (await consents.Deny(opened.Pending))
            await answers.Refuse(http, opened.Reply, new Wrong(OAuthError.AccessDenied.Because("The person said no.")) { Consumer = opened.App.Consumer.Key });
        else
            await screens.Answered(http, opened.App);
    }

    private async Task Show(HttpContext http, Opened opened, Standing? standing, string? message, ScopeSet? kept)
    {
        if (standing is null)
        {
            await Gone(http, opened);
            return;
        }

        if (!consents.Offer(standing, opened.Request).TryGet(out var offered, out var refusal))
        {
            await answers.Refuse(http, opened.Reply, new Wrong(refusal, standing.Allowed.ToString(), opened.Request.Scope) { Consumer = opened.App.Consumer.Key });
            return;
        }

        var shown = ShownConsent.Of(offered, standing.Consumer);
        if (shown != opened.Pending.Shown)
            await consents.Show(opened.Pending, shown);

        var before = await consents.Before(opened.Pending.Consumer, opened.Pending.UserId);
        await screens.Ask(http, opened.App with { Consumer = standing.Consumer, Company = standing.Company }, opened.Pending.Id, Choices(standing.Consumer, before, offered, kept), seals.SignInAddress(opened.Asked, again: true), message);
    }

    // Its address may be what was taken away: nobody is sent there.
    private Task Gone(HttpContext http, Opened opened) =>
        answers.Page(http, new Wrong(Consents.Gone) { Consumer = opened.App.Consumer.Key, Sentence = "authorize.unavailable" });

    private static IReadOnlyList<Choice> Choices(Consumer consumer, Authorization? before, ScopeSet offered, ScopeSet? kept) => [.. offered.Select(scope => new Choice(
        scope,
        IsRequired: consumer.RequiredScopes.Contains(scope),
        IsTicked: kept?.Contains(scope) ?? true,
        IsNew: before is not null && !before.Scope.Contains(scope) && !before.Declined.Contains(scope)))];

    /// <summary>The request, with its app as it is now; null where there is none for this browser and person, and the answer is written.</summary>
    private async Task<Opened?> Open(HttpContext http, SignedIn? person, string? id)
    {
        if (person is null || await pending.Find(http, person, id) is not { } found || AskedRequest.Read(found.Request) is not { } asked)
        {
            await answers.Closed(http);
            return null;
        }

        var (app, unknown) = await apps.Find(asked.Parameters);
        if (app is null)
        {
            await answers.Page(http, unknown!);
            return null;
        }

        if (!app.IsFor(person.Session))
        {
            await answers.Page(http, AskingApps.OtherTrial(app));
            return null;
        }

        var reply = new Reply(app, asked.Parameters[OAuthParameters.State], IsDirect: false);
        var (request, wrong) = await checks.Check(asked.Parameters, app);
        if (request is null)
        {
            await answers.Refuse(http, reply, wrong!);
            return null;
        }

        return new Opened(person, found, asked, request, reply);
    }

    private sealed record Opened(SignedIn Person, AuthorizationRequest Pending, AskedRequest Asked, CheckedRequest Request, Reply Reply)
    {
        public AskingApp App => Reply.App;
    }
}
