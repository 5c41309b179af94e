using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.SignIn;

/// <summary>Sign-out: a page with a button, since a link that signs out could be planted anywhere.</summary>
internal sealed class SignOutPages(Pages pages, PageForms forms, People people, Persons persons)
{
    public const string Path = "/signout";

    public async Task Show(HttpContext http)
    {
        if (await people.Find(http) is { } person)
            await pages.Write<SignOutPage, User>(http, person.User);
        else
            pages.See(http, SignInPages.Path);
    }

    public async Task Submit(HttpContext http)
    {
        if (await forms.Read(http) is null)
            return;

        // Ended elsewhere meanwhile: it is what was asked for.
        if (await people.Find(http) is { } person)
            await persons.EndSession(People.ActorOf(http, person), person.User.Id.ToString(), person.Session.Id, "sign_out");

        people.SignOut(http);
        pages.See(http, SignInPages.Path + "?out=1");
    }
}
