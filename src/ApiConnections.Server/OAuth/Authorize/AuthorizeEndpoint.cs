using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.OAuth.Authorize;

/// <summary>Where apps send people to be allowed to act for them.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-3.1"/>
internal sealed class AuthorizeEndpoint(AskingApps apps, RequestChecks checks, SealedRequests seals, Consents consents, PendingRequests pending, AuthorizeAnswers answers, ConsentPages screens)
{
    private static readonly Wrong nobody = new(OAuthError.LoginRequired.Because("Nobody who may answer is signed in, and prompt=none allows no page."));
    private static readonly Wrong mustAsk = new(OAuthError.ConsentRequired.Because("The person has to be asked, and prompt=none allows no page."));

    /// <summary>RFC 6749 s3.1: GET.</summary>
    public async Task Get(HttpContext http)
    {
        if (!AuthorizeParameters.Parse(Encoding.UTF8.GetBytes(http.Request.QueryString.Value is ['?', .. var query] ? query : "")).TryGet(out var parameters, out var refusal))
        {
            await answers.Page(http, new Wrong(refusal));
            return;
        }

        Speak(http, parameters);
        await Answer(http, seals.Take(parameters), isDirect: true);
    }

    /// <summary>RFC 6749 s3.1: POST. A form of another site brings no cookies along (SameSite=Lax), so a GET of ours takes over.</summary>
    public async Task Post(HttpContext http)
    {
        if (!(await AuthorizeForm.Read(http)).TryGet(out var parameters, out var refusal))
        {
            await answers.Page(http, new Wrong(refusal));
            return;
        }

        var (app, wrong) = await apps.Find(parameters);
        if (app is null)
        {
            await answers.Page(http, wrong!);
            return;
        }

        Speak(http, parameters);
        screens.See(http, seals.ContinueAddress(seals.Take(parameters)));
    }

    /// <summary>After a sign-in, or a POST.</summary>
    public Task Continue(HttpContext http) =>
        seals.Open(http.Request.Query["request"] is [var request] ? request : null) is { } asked ? Answer(http, asked, isDirect: false) : answers.Closed(http);

    private async Task Answer(HttpContext http, AskedRequest asked, bool isDirect)
    {
        var (app, unknown) = await apps.Find(asked.Parameters);
        if (app is null)
        {
            await answers.Page(http, unknown!);
            return;
        }

        var person = await screens.Person(http);
        if (!app.IsFor(person?.Session))
        {
            await answers.Page(http, AskingApps.OtherTrial(app));
            return;
        }

        var reply = new Reply(app, asked.Parameters[OAuthParameters.State], isDirect);
        var (request, wrong) = await checks.Check(asked.Parameters, app);
        var isQuiet = asked.Parameters[OAuthParameters.Prompt] == "none";

        // RFC 9700 s4.11.2: nobody is sent to an app before they have signed in, but for an app that asked to see no page.
        if (isQuiet && person?.User.CompanyId != app.Company.Id)
            await answers.Refuse(http, reply, nobody with { Consumer = app.Consumer.Key });
        else if (person is null || MustSignInAgain(request, person, asked, isDirect))
            screens.See(http, seals.SignInAddress(asked, again: request is { PromptsLogin: true }));
        else if (person.User.CompanyId != app.Company.Id)
            await screens.OtherCompany(http, app, seals.SignInAddress(asked, again: true));
        else if (request is null)
            await answers.Refuse(http, reply, wrong!);
        else
            await Ask(http, asked, request, person, reply, isQuiet);
    }

    private async Task Ask(HttpContext http, AskedRequest asked, CheckedRequest request, SignedIn person, Reply reply, bool isQuiet)
    {
        var app = reply.App;
        var standing = await consents.Look(app, person.User);
        if (!consents.Offer(standing, request).TryGet(out var offered, out var refusal))
        {
            await answers.Refuse(http, reply, new Wrong(refusal, standing.Allowed.ToString(), request.Scope) { Consumer = app.Consumer.Key });
            return;
        }

        if (!request.PromptsConsent && app.Trial is null
            && standing.Remembers(await consents.Before(app.Consumer.Key, person.User.Id), offered, app.RedirectUri)
            && (await consents.Remember(person.User.Id, app, request)).TryGet(out var code, out _))
            await answers.Code(http, reply, code);
        else if (isQuiet)
            await answers.Refuse(http, reply, mustAsk with { Consumer = app.Consumer.Key });
        else
            screens.See(http, $"{ConsentEndpoint.Path}?request={await pending.Open(http, person, asked, app.Consumer.Key, ShownConsent.Of(offered, standing.Consumer)):N}");
    }

    // A sign-in from before the app asked does not count where it asked for one.
    private static bool MustSignInAgain(CheckedRequest? request, SignedIn person, AskedRequest asked, bool isDirect) =>
        request is { PromptsLogin: true } && (isDirect || person.Session.AuthenticatedAt.ToUnixTimeMilliseconds() < asked.At.ToUnixTimeMilliseconds());

    private static void Speak(HttpContext http, AuthorizeParameters parameters)
    {
        if (Languages.OfUiLocales(parameters[OAuthParameters.UiLocales]) is { } language)
            Languages.Keep(http, language);
    }
}
