using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Console.Static;

namespace ApiConnections.Server.Settings.Account;

/// <summary>What the page of a person's password shows.</summary>
/// <param name="Shortest">What the company asks for.</param>
internal sealed record PasswordView(Refusal? WhyNot, AccountMessage? Message, int Shortest)
{
    /// <summary>Whether it is the current password that was refused, rather than the new one.</summary>
    public bool CurrentWrong => WhyNot?.Error.Code == PersonRefused.PasswordWrong.Error.Code;
}

/// <summary><c>/account/password</c>: whoever knows the current password sets a new one.</summary>
internal sealed class PasswordEndpoint(AccountPages pages, Passwords passwords, CompanyPolicies policies)
{
    public async Task Show(HttpContext http)
    {
        if (await pages.Person(http) is { } person)
            await pages.Write<PasswordPage, PasswordView>(http, new PasswordView(null, AccountMessage.Done(http, "password_changed"), await Shortest(person)));
    }

    public async Task Change(HttpContext http)
    {
        if (await pages.Form(http) is not var (person, form))
            return;

        var outcome = await passwords.Change(
            People.ActorOf(http, person), person, form.One("current"), form.One("new"), http.Connection.RemoteIpAddress, http.RequestAborted);
        if (outcome.TryGet(out _, out var refusal))
            pages.See(http, AccountRoom.Password + "?done=password_changed");
        else
            await pages.Refuse<PasswordPage, PasswordView>(http, new PasswordView(refusal, null, await Shortest(person)), refusal);
    }

    private async Task<int> Shortest(SignedIn person) => (await policies.Of(person.User.CompanyId)).PasswordLength;
}
