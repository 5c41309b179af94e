using ApiConnections.Protocol;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.SignIn;

/// <summary>What the sign-in page shows.</summary>
/// <param name="Email">As it was typed or hinted.</param>
/// <param name="Again">Somebody is signed in and was asked to show it again.</param>
/// <param name="Why">What is wrong; null at first.</param>
internal sealed record SignInView(string Email, string Return, bool Again, bool SignedOut, Refusal? Why)
{
    /// <summary>They have just chosen another password.</summary>
    public bool PasswordSet { get; init; }

    /// <summary>Nobody can sign in yet: the first person is made at the one-time address.</summary>
    public bool NobodyYet { get; init; }

    /// <summary>Whether browsers know passkeys for this address.</summary>
    public bool Passkeys { get; init; }
}

/// <summary>What the page for the second factor shows.</summary>
internal sealed record CodeView(string Email, string Return, bool Recovery, Refusal? Why);

/// <summary>Sign-in: e-mail address and password, then the code of somebody who has a second factor.</summary>
internal sealed class SignInPages(Pages pages, PageForms forms, People people, SignInSteps steps, PendingSignIns pending, NewSessions sessions, Passkeys passkeys, SetUpAddress setUp)
{
    public const string Path = "/signin";
    public const string CodePath = "/signin/code";
    private const string AgainParameter = "again";
    private const string RecoveryParameter = "recovery";

    public async Task Show(HttpContext http)
    {
        var query = http.Request.Query;
        var again = query[AgainParameter] == "1";
        if (!again && await people.Find(http) is not null)
            pages.See(http, LocalReturn.Of(http));
        else
            await pages.Write<SignInPage, SignInView>(http, new SignInView(Hint(query["login_hint"]), LocalReturn.Of(http), again, query["out"] == "1", null) { PasswordSet = query["set"] == "1", NobodyYet = !await setUp.IsSomeoneThere(), Passkeys = passkeys.ArePossible });
    }

    public async Task Submit(HttpContext http)
    {
        if (await forms.Read(http) is not { } form)
            return;

        var view = new SignInView(Hint(form.One("email")), LocalReturn.Of(form), form.One(AgainParameter) == "1", false, null) { Passkeys = passkeys.ArePossible };
        if (!(await steps.Password(http, form.One("email"), form.One("password"))).TryGet(out var person, out var refusal))
        {
            await pages.Refuse<SignInPage, SignInView>(http, view with { Why = refusal }, refusal);
        }
        else if ((await steps.Begin(http, await people.Find(http), person)).TryGet(out var progress, out refusal))
        {
            sessions.Enter(http, progress, view.Return);
        }
        else
        {
            await pages.Refuse<SignInPage, SignInView>(http, view with { Why = refusal }, refusal);
        }
    }

    public async Task ShowCode(HttpContext http)
    {
        if (await pending.Find(http) is { } person && sessions.Next(person) == SignInStep.Code)
            await pages.Write<CodePage, CodeView>(http, new CodeView(person.User.Email, LocalReturn.Of(http), http.Request.Query[RecoveryParameter] == "1", null));
        else
            pages.See(http, LocalReturn.On(Path, LocalReturn.Of(http)));
    }

    public async Task SubmitCode(HttpContext http)
    {
        if (await forms.Read(http) is not { } form)
            return;

        var path = LocalReturn.Of(form);
        if (await pending.Find(http) is not { } person || sessions.Next(person) != SignInStep.Code)
        {
            pages.See(http, LocalReturn.On(Path, path));
        }
        else if ((await steps.Code(http, await people.Find(http), person, form.One("code"))).TryGet(out var progress, out var refusal))
        {
            sessions.Enter(http, progress, path);
        }
        else
        {
            await pages.Refuse<CodePage, CodeView>(http, new CodeView(person.User.Email, path, form.One(RecoveryParameter) == "1", refusal), refusal);
        }
    }

    // What hides characters is not shown back; it is nobody's address anyway.
    private static string Hint(string? typed) => DisplayText.Read("", typed, EmailAddress.Longest, required: false).Text ?? "";
}
