using ApiConnections.Protocol;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.SignIn;

/// <summary>What the page shows on which a password that is too old is replaced.</summary>
internal sealed record NewPasswordView(User User, SecurityPolicy Policy, string Return, Refusal? Why);

/// <summary>What the page shows on which a second factor is set up that the company asks for.</summary>
internal sealed record FactorView(PendingSecondFactor? Pending, string Return, Refusal? Why);

/// <summary>The recovery codes, on the one page that shows them.</summary>
/// <param name="Next">Where it goes on.</param>
internal sealed record FactorCodesView(IReadOnlyList<string> Codes, string Next)
{
    public override string ToString() => "***";
}

/// <summary>What the company's policy asks for between password and session: another password, a second factor.</summary>
internal sealed class StepPages(Pages pages, PageForms forms, People people, SignInSteps steps, SecondFactors factors, PendingSignIns pending, NewSessions sessions)
{
    public const string PasswordPath = "/signin/new-password";
    public const string FactorPath = "/signin/second-factor";
    public const string Begin = "begin";
    public const string Confirm = "confirm";

    public async Task ShowPassword(HttpContext http)
    {
        if (await At(http, SignInStep.NewPassword, LocalReturn.Of(http)) is { } person)
            await pages.Write<NewPasswordPage, NewPasswordView>(http, new NewPasswordView(person.User, person.Policy, LocalReturn.Of(http), null));
    }

    public async Task SubmitPassword(HttpContext http)
    {
        if (await forms.Read(http) is not { } form || await At(http, SignInStep.NewPassword, LocalReturn.Of(form)) is not { } person)
            return;

        if ((await steps.NewPassword(http, await people.Find(http), person, form.One("password"))).TryGet(out var progress, out var refusal))
            sessions.Enter(http, progress, LocalReturn.Of(form));
        else
            await pages.Refuse<NewPasswordPage, NewPasswordView>(http, new NewPasswordView(person.User, person.Policy, LocalReturn.Of(form), refusal), refusal);
    }

    public async Task ShowFactor(HttpContext http)
    {
        if (await At(http, SignInStep.SecondFactor, LocalReturn.Of(http)) is { } person)
            await pages.Write<FactorPage, FactorView>(http, new FactorView((await factors.State(person.User)).Pending, LocalReturn.Of(http), null));
    }

    public async Task SubmitFactor(HttpContext http)
    {
        if (await forms.Read(http) is not { } form || await At(http, SignInStep.SecondFactor, LocalReturn.Of(form)) is not { } person)
            return;

        var path = LocalReturn.Of(form);
        Refusal? refusal;
        if (form.One("do") == Begin)
        {
            if ((await factors.Begin(person.User)).TryGet(out _, out refusal))
            {
                pages.See(http, LocalReturn.On(FactorPath, path));
                return;
            }
        }
        else if ((await steps.SecondFactor(http, await people.Find(http), person, form.One("code"))).TryGet(out var done, out refusal))
        {
            sessions.Keep(http, done.Progress);
            await pages.Write<FactorCodesPage, FactorCodesView>(http, new FactorCodesView(done.Codes, path));
            return;
        }

        await pages.Refuse<FactorPage, FactorView>(http, new FactorView((await factors.State(person.User)).Pending, path, refusal), refusal);
    }

    // Who has this step before them; whoever has not is led to where they are, and this is null.
    private async Task<Recognised?> At(HttpContext http, SignInStep step, string path)
    {
        var person = await pending.Find(http);
        var next = person is null ? SignInStep.Done : sessions.Next(person);
        if (next == step)
            return person;

        pages.See(http, LocalReturn.On(NewSessions.PathOf(next), path));
        return null;
    }
}
