using ApiConnections.Protocol;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Console.Static;

namespace ApiConnections.Server.SignIn;

/// <summary>What the page shows on which somebody signs in with a passkey.</summary>
/// <param name="Options">What the browser is asked for.</param>
/// <param name="Asked">Whether their company asks for more than the password that they have shown.</param>
internal sealed record PasskeyView(string Options, string Return, bool Asked, Refusal? Why);

/// <summary>Sign-in with a passkey: on a page of its own, so that the one on which passwords are typed has no script.</summary>
internal sealed class PasskeyPages(Pages pages, PageForms forms, People people, Passkeys passkeys, PasskeyQuestions questions, SignInSteps steps, PendingSignIns pending, NewSessions sessions)
{
    public const string Path = "/signin/passkey";

    public Task Show(HttpContext http)
    {
        if (passkeys.ArePossible)
            return Ask(http, LocalReturn.Of(http), null);

        pages.See(http, LocalReturn.On(SignInPages.Path, LocalReturn.Of(http)));
        return Task.CompletedTask;
    }

    public async Task Submit(HttpContext http)
    {
        if (await forms.Read(http) is not { } form)
            return;

        var path = LocalReturn.Of(form);
        var asked = questions.Find(http, PasskeyQuestions.ForSignIn);
        questions.Remove(http);
        if (asked is null)
            await Ask(http, path, PersonRefused.Passkey);
        else if ((await steps.Passkey(http, await people.Find(http), asked.State, form.One("credential"))).TryGet(out var progress, out var refusal))
            sessions.Enter(http, progress, path);
        else
            await Ask(http, path, refusal);
    }

    private async Task Ask(HttpContext http, string path, Refusal? why)
    {
        var question = await passkeys.AskForAny();
        questions.Put(http, question, PasskeyQuestions.ForSignIn);
        var asked = await pending.Find(http) is { } person && sessions.Next(person) == SignInStep.Passkey;
        var view = new PasskeyView(question.Options, path, asked, why);
        await (why is null ? pages.Write<PasskeyPage, PasskeyView>(http, view, script: true) : pages.Refuse<PasskeyPage, PasskeyView>(http, view, why, script: true));
    }
}
