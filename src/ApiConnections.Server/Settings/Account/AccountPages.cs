using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.Account;

/// <summary>What the pages of an account share: who asks, their form, and the time zone of their company.</summary>
internal sealed class AccountPages(Pages pages, PageForms forms, People people, IDatabase database)
{
    /// <summary>Who is signed in; where nobody is, they are sent to sign in and come back, and this is null.</summary>
    public async ValueTask<SignedIn?> Person(HttpContext http)
    {
        if (await people.Find(http) is { } person)
            return person;

        pages.See(http, "/signin?return=" + Uri.EscapeDataString(http.Request.Path));
        return null;
    }

    /// <summary>Who sends a form, with it; null where it is none of theirs, and that is answered.</summary>
    public async Task<(SignedIn Person, IFormCollection Form)?> Form(HttpContext http) =>
        await Person(http) is { } person && await forms.Read(http) is { } form ? (person, form) : null;

    public async Task<TimeZoneInfo> ZoneOf(User user) =>
        RelativeTime.Zone((await database.Read(session => CompanyStore.Find(session, user.CompanyId)))?.TimeZone ?? "");

    public Task Write<TPage, TView>(HttpContext http, TView view, int status = StatusCodes.Status200OK, bool script = false)
        where TPage : StaticPage => pages.Write<TPage, TView>(http, view, status, script);

    /// <summary>The page again, with why not.</summary>
    public Task Refuse<TPage, TView>(HttpContext http, TView view, Refusal refusal, bool script = false)
        where TPage : StaticPage => pages.Refuse<TPage, TView>(http, view, refusal, refusal.Error.Status, script);

    public void See(HttpContext http, string path) => pages.See(http, path);
}

/// <summary>What an account page says above all else: a key of the texts, and what fills it.</summary>
/// <param name="Good">Whether something was done, rather than refused.</param>
internal sealed record AccountMessage(string Text, bool Good, params object[] Arguments)
{
    public string Say(PageContext page) => page[Text, Arguments];

    public static AccountMessage? Done(HttpContext http, params ReadOnlySpan<string> known)
    {
        // Only what is known: nobody puts words of their own on our page by a link.
        var done = http.Request.Query["done"].ToString();
        return done.Length > 0 && known.Contains(done) ? new AccountMessage("account." + done, Good: true) : null;
    }
}
