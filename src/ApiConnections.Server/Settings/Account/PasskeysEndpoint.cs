using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.Account;

/// <summary>What the page of a person's passkeys shows.</summary>
/// <param name="Possible">Whether browsers know passkeys for this address.</param>
/// <param name="Suggested">What a new one may be called.</param>
internal sealed record PasskeysView(IReadOnlyList<Passkey> Passkeys, bool Possible, string Suggested, TimeZoneInfo Zone, Refusal? WhyNot, AccountMessage? Message);

/// <summary>What the page shows on which a passkey is made.</summary>
/// <param name="Options">What the browser is asked for.</param>
internal sealed record NewPasskeyView(string Name, string Options, Refusal? WhyNot);

/// <summary>What the page of one passkey shows.</summary>
/// <param name="Asked">Which form was refused; null where none was.</param>
internal sealed record PasskeyView(Passkey Passkey, TimeZoneInfo Zone, string? Asked, Refusal? WhyNot);

/// <summary><c>/account/passkeys</c>: make one, rename it, remove it. Making and removing ask for the password, so that a page left open is not enough.</summary>
internal sealed class PasskeysEndpoint(AccountPages pages, Passkeys passkeys, PasskeyQuestions questions, Passwords passwords)
{
    public const string Rename = "rename";
    public const string Remove = "remove";
    private static readonly AccountMessage missing = new("page.passkey_missing", Good: false);

    public async Task Show(HttpContext http)
    {
        if (await pages.Person(http) is { } person)
            await Write(http, person, null, AccountMessage.Done(http, "passkey_added", "passkey_renamed", "passkey_removed"));
    }

    /// <summary>The password is right: the browser is asked for a new passkey.</summary>
    public async Task Begin(HttpContext http)
    {
        if (await pages.Form(http) is not var (person, form))
            return;

        if (!Passkeys.Name(form.One("name")).TryGet(out var name, out var refusal)
            || !(await passwords.Prove(person, form.One("password"), http.Connection.RemoteIpAddress, stop: http.RequestAborted)).TryGet(out _, out refusal))
        {
            await Write(http, person, refusal, null);
            return;
        }

        await Ask(http, person, name, null);
    }

    public async Task ShowNew(HttpContext http)
    {
        if (await pages.Person(http) is not null)
            pages.See(http, AccountRoom.Passkeys);
    }

    public async Task Add(HttpContext http)
    {
        if (await pages.Form(http) is not var (person, form))
            return;

        var asked = questions.Find(http, PasskeyQuestions.ForNew, person.Session.Id);
        questions.Remove(http);
        if (asked is null)
            await Write(http, person, PersonRefused.Passkey, null);
        else if ((await passkeys.Add(People.ActorOf(http, person), person.User, asked.Name, asked.State, form.One("credential"))).TryGet(out _, out var refusal))
            pages.See(http, AccountRoom.Passkeys + "?done=passkey_added");
        else
            await Ask(http, person, asked.Name!, refusal);
    }

    public async Task ShowOne(HttpContext http)
    {
        if (await pages.Person(http) is { } person)
            await WriteOne(http, person, null, null);
    }

    public async Task Change(HttpContext http)
    {
        if (await pages.Form(http) is not var (person, form))
            return;

        var asked = form.One("do");
        if (await Do(http, person, asked, form) is { } refusal)
            await WriteOne(http, person, asked, refusal);
        else
            pages.See(http, $"{AccountRoom.Passkeys}?done={(asked == Rename ? "passkey_renamed" : "passkey_removed")}");
    }

    /// <returns>Why it was not done; null where it was.</returns>
    private async Task<Refusal?> Do(HttpContext http, SignedIn person, string? asked, IFormCollection form)
    {
        var actor = People.ActorOf(http, person);
        if (asked == Rename)
            return (await passkeys.Rename(actor, person.User, IdOf(http), form.One("name"))).TryGet(out _, out var notRenamed) ? null : notRenamed;
        if (asked != Remove)
            return PersonRefused.PasskeyMissing;
        if (!(await passwords.Prove(person, form.One("password"), http.Connection.RemoteIpAddress, stop: http.RequestAborted)).TryGet(out _, out var refusal))
            return refusal;

        return (await passkeys.Remove(actor, person.User, person.Session.Id, IdOf(http))).TryGet(out _, out refusal) ? null : refusal;
    }

    private async Task Ask(HttpContext http, SignedIn person, string name, Refusal? whyNot)
    {
        var question = await passkeys.AskForNew(person.User);
        questions.Put(http, question, PasskeyQuestions.ForNew, person.Session.Id, name);
        var view = new NewPasskeyView(name, question.Options, whyNot);
        await (whyNot is null ? pages.Write<NewPasskeyPage, NewPasskeyView>(http, view, script: true) : pages.Refuse<NewPasskeyPage, NewPasskeyView>(http, view, whyNot, script: true));
    }

    private async Task WriteOne(HttpContext http, SignedIn person, string? asked, Refusal? whyNot)
    {
        if ((await passkeys.Of(person.User)).FirstOrDefault(passkey => passkey.Id == IdOf(http)) is not { } passkey)
            await Write(http, person, null, missing, StatusCodes.Status404NotFound);
        else if (whyNot is not null)
            await pages.Refuse<PasskeyPage, PasskeyView>(http, new PasskeyView(passkey, await pages.ZoneOf(person.User), asked, whyNot), whyNot);
        else
            await pages.Write<PasskeyPage, PasskeyView>(http, new PasskeyView(passkey, await pages.ZoneOf(person.User), asked, whyNot));
    }

    private async Task Write(HttpContext http, SignedIn person, Refusal? whyNot, AccountMessage? message, int status = StatusCodes.Status200OK)
    {
        var suggested = AgentName.Of(http.Request.Headers.UserAgent.ToString()) ?? "";
        var view = new PasskeysView(await passkeys.Of(person.User), passkeys.ArePossible, suggested, await pages.ZoneOf(person.User), whyNot, message);
        if (whyNot is null)
            await pages.Write<PasskeysPage, PasskeysView>(http, view, status);
        else
            await pages.Refuse<PasskeysPage, PasskeysView>(http, view, whyNot);
    }

    private static Guid IdOf(HttpContext http) => Guid.TryParse(http.Request.RouteValues["id"] as string, out var id) ? id : Guid.Empty;
}
