using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Console.Static;

namespace ApiConnections.Server.Settings.Account;

/// <summary>What the page of a person's second factor shows.</summary>
/// <param name="Asked">Which form was refused; null where none was.</param>
internal sealed record SecondFactorView(SecondFactorState State, string? Asked, Refusal? WhyNot, AccountMessage? Message);

/// <summary>Recovery codes, on the one page that shows them.</summary>
internal sealed record RecoveryCodesView(IReadOnlyList<string> Codes, AccountMessage? Message)
{
    public override string ToString() => "***";
}

/// <summary>
/// <c>/account/second-factor</c>: set up an authenticator app, get new recovery codes, switch it off. Whatever changes it asks for the password, so that a
/// page left open is not enough.
/// </summary>
internal sealed class SecondFactorEndpoint(AccountPages pages, SecondFactors factors, Passwords passwords)
{
    public const string Begin = "begin";
    public const string Confirm = "confirm";
    public const string Renew = "renew";
    public const string Remove = "remove";

    private static readonly AccountMessage on = new("account.factor_is_on", Good: true);

    public async Task Show(HttpContext http)
    {
        if (await pages.Person(http) is { } person)
            await pages.Write<SecondFactorPage, SecondFactorView>(http, new SecondFactorView(await factors.State(person.User), null, null, AccountMessage.Done(http, "factor_is_on", "factor_is_off")));
    }

    public async Task Change(HttpContext http)
    {
        if (await pages.Form(http) is not var (person, form))
            return;

        var asked = form.One("do");
        if (await Do(http, person, asked, form) is { } refusal)
            await pages.Refuse<SecondFactorPage, SecondFactorView>(http, new SecondFactorView(await factors.State(person.User), asked, refusal, null), refusal);
    }

    /// <returns>Why it was not done; null where it was, and is answered.</returns>
    private async Task<Refusal?> Do(HttpContext http, SignedIn person, string? asked, IFormCollection form)
    {
        var actor = People.ActorOf(http, person);
        if (asked == Confirm)
            return await ShowCodes(http, await factors.Confirm(actor, person.User, person.Session.Id, form.One("code")), on);
        if (!(await passwords.Prove(person, form.One("password"), http.Connection.RemoteIpAddress, stop: http.RequestAborted)).TryGet(out _, out var refusal))
            return refusal;

        switch (asked)
        {
            case Renew:
                return await ShowCodes(http, await factors.Renew(actor, person.User), null);
            case Remove when (await factors.Remove(actor, person.User)).TryGet(out _, out refusal):
                pages.See(http, AccountRoom.SecondFactor + "?done=factor_is_off");
                return null;
            case Begin when (await factors.Begin(person.User)).TryGet(out _, out refusal):
                pages.See(http, AccountRoom.SecondFactor);
                return null;
            default:
                return refusal ?? PersonRefused.NothingToConfirm;
        }
    }

    private async Task<Refusal?> ShowCodes(HttpContext http, Outcome<IReadOnlyList<string>> outcome, AccountMessage? message)
    {
        if (!outcome.TryGet(out var codes, out var refusal))
            return refusal;

        await pages.Write<RecoveryCodesPage, RecoveryCodesView>(http, new RecoveryCodesView(codes, message));
        return null;
    }
}
