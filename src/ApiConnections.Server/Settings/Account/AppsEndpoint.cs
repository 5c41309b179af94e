using ApiConnections.Server.Access;
using ApiConnections.Server.Console.Static;

namespace ApiConnections.Server.Settings.Account;

/// <summary>What the page of a person's apps shows.</summary>
internal sealed record AppsView(IReadOnlyList<ListedApp> Apps, TimeZoneInfo Zone, AccountMessage? Message);

/// <summary><c>/account/apps</c>: which apps act for the person; revoke one, or end it on one device.</summary>
internal sealed class AppsEndpoint(AccountPages pages, PersonalApps apps)
{
    private static readonly AccountMessage missing = new("account.app_missing", Good: false);

    public async Task Show(HttpContext http)
    {
        if (await pages.Person(http) is { } person)
            await Write(http, person, await JustRevoked(http, person) ?? AccountMessage.Done(http, "device_ended"));
    }

    public async Task Change(HttpContext http)
    {
        if (await pages.Form(http) is not var (person, form))
            return;

        var actor = People.ActorOf(http, person);
        if (Guid.TryParse(form.One("revoke"), out var app))
        {
            // Pressed twice, the second finds it revoked, and says so.
            if ((await apps.Revoke(actor, person.User, app)).TryGet(out _, out _) || await apps.JustRevoked(person.User, app) is not null)
            {
                pages.See(http, $"{AccountRoom.Apps}?revoked={app}");
                return;
            }
        }
        else if (Guid.TryParse(form.One("device"), out var device) && (await apps.EndDevice(actor, person.User, device)).TryGet(out _, out _))
        {
            pages.See(http, AccountRoom.Apps + "?done=device_ended");
            return;
        }

        await Write(http, person, missing, StatusCodes.Status404NotFound);
    }

    // The message says what is so: a link cannot make it say anything else.
    private async Task<AccountMessage?> JustRevoked(HttpContext http, SignedIn person) =>
        Guid.TryParse(http.Request.Query["revoked"].ToString(), out var id) && await apps.JustRevoked(person.User, id) is { } name
            ? new AccountMessage("account.revoked", Good: true, name)
            : null;

    private async Task Write(HttpContext http, SignedIn person, AccountMessage? message, int status = StatusCodes.Status200OK) =>
        await pages.Write<AppsPage, AppsView>(http, new AppsView(await apps.Of(person.User), await pages.ZoneOf(person.User), message), status);
}
