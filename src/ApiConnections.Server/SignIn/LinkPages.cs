using ApiConnections.Protocol;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.SignIn;

/// <summary>What the page behind a one-time link shows.</summary>
/// <param name="Why">What is wrong with the password; null at first.</param>
internal sealed record LinkView(string Action, LinkPurpose Purpose, OpenedLink Opened, Refusal? Why);

/// <summary>Pages behind one-time links: somebody who was invited, or has forgotten their password, chooses one.</summary>
internal sealed class LinkPages(Pages pages, PageForms forms, PersonLinks links, LinkedPeople linked, Passwords passwords, People people, NewSessions sessions)
{
    public Task ShowInvitation(HttpContext http) => Show(http, LinkPurpose.Invitation);

    public Task SubmitInvitation(HttpContext http) => Submit(http, LinkPurpose.Invitation);

    public Task ShowPassword(HttpContext http) => Show(http, LinkPurpose.Password);

    public Task SubmitPassword(HttpContext http) => Submit(http, LinkPurpose.Password);

    private async Task Show(HttpContext http, LinkPurpose purpose)
    {
        if ((await links.Open(TokenOf(http), purpose)).TryGet(out var opened, out var refusal))
            await Write(http, purpose, opened, null);
        else
            await Refuse(http, refusal);
    }

    private async Task Submit(HttpContext http, LinkPurpose purpose)
    {
        if (await forms.Read(http) is not { } form)
            return;

        // Before anything is hashed for somebody without a link.
        if (!(await links.Open(TokenOf(http), purpose)).TryGet(out var opened, out var refusal))
        {
            await Refuse(http, refusal);
            return;
        }

        if (!(await passwords.Hash(form.One("password"), opened.User.Email, opened.User.Name, opened.Policy, http.RequestAborted)).TryGet(out var hash, out refusal))
            await Write(http, purpose, opened, refusal);
        else if (purpose == LinkPurpose.Invitation)
            await Accept(http, hash);
        else
            await Change(http, hash);
    }

    private async Task Accept(HttpContext http, string hash)
    {
        if ((await linked.Accept(http, await people.Find(http), TokenOf(http), hash)).TryGet(out var progress, out var refusal))
            sessions.Enter(http, progress, LocalReturn.Default);
        else
            await Refuse(http, refusal);
    }

    // Whoever has a second factor shows it at the sign-in, as ever.
    private async Task Change(HttpContext http, string hash)
    {
        if ((await linked.ChangePassword(http, TokenOf(http), hash)).TryGet(out _, out var refusal))
            pages.See(http, SignInPages.Path + "?again=1&set=1");
        else
            await Refuse(http, refusal);
    }

    private Task Write(HttpContext http, LinkPurpose purpose, OpenedLink opened, Refusal? why)
    {
        Languages.OfCompany(http, opened.Company);
        var view = new LinkView(http.Request.Path, purpose, opened, why);
        return why is null ? pages.Write<LinkPage, LinkView>(http, view) : pages.Refuse<LinkPage, LinkView>(http, view, why);
    }

    private Task Refuse(HttpContext http, Refusal refusal) =>
        pages.Error(http, refusal.Error.Status, new PageError("signin.link_title", $"signin.link_{refusal.Error.Code}", ForDeveloper: false, null, null) { Way = refusal == PersonLinks.Used ? new PageWay(SignInPages.Path, "signin.title") : null });

    private static string? TokenOf(HttpContext http) => http.Request.RouteValues["token"] as string;
}
