using System.Globalization;
using System.Security.Claims;
using ApiConnections.Server.Access;
using ApiConnections.Server.Console.Components;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Console;

/// <summary>Who gets into the console, in which language and theme, under which policy of its pages.</summary>
internal sealed class ConsoleDoor(People people, Pages pages, RingAtFirstUse ring, IOptions<IssuerOptions> issuer)
{
    public const string ThemeCookie = "theme";
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src-elem 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    private static readonly PageError notAllowed = new("console.not_allowed_title", "console.not_allowed", ForDeveloper: false, null, null) { Way = new PageWay("/account/apps", "console.account") };
    private static readonly PageError unavailable = new("page.unavailable_title", "page.unavailable", ForDeveloper: false, null, null);
    private readonly string origin = issuer.Value.Uri.GetLeftPart(UriPartial.Authority);

    public async Task Enter(HttpContext http, RequestDelegate next)
    {
        // What browsers see in their address bar is the issuer's, whatever a proxy makes of it.
        http.Request.Scheme = issuer.Value.Uri.Scheme;
        http.Request.Host = HostString.FromUriComponent(issuer.Value.Uri);
        var isPage = !http.Request.Path.StartsWithSegments("/_blazor", StringComparison.Ordinal);
        try
        {
            await ring.Wait();
            if (await People(http, isPage) is not { } person)
                return;

            var language = Languages.Of(http, person);
            if (isPage && http.Request.Query.ContainsKey(Languages.Parameter))
            {
                // Kept in a cookie now; the address that people copy is without it.
                pages.See(http, http.Request.Path + QueryString.Create(http.Request.Query.Where(parameter => parameter.Key != Languages.Parameter)));
                return;
            }

            CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);
            http.User.AddIdentity(new ClaimsIdentity([new Claim(ConsoleSession.LanguageClaim, language), new Claim(ConsoleSession.AddressClaim, Static.People.AddressOf(http)), new Claim(ConsoleSession.PersonClaim, person.User.Id.ToString())]));
            Pages.Protect(http.Response);
            http.Response.Headers.ContentSecurityPolicy = Policy;
            // The router of the whole program has led here; that of the console begins anew.
            http.SetEndpoint(null);
            http.Request.RouteValues.Clear();
            await next(http);
            if (isPage && http.Response is { StatusCode: StatusCodes.Status404NotFound, HasStarted: false })
                pages.See(http, ConsoleRoom.Path);
        }
        catch (StorageUnavailableException) when (!http.Response.HasStarted)
        {
            Static.People.Forget(http);
            await pages.Error(http, StatusCodes.Status503ServiceUnavailable, unavailable);
        }
    }

    // Null where that is answered.
    private async Task<SignedIn?> People(HttpContext http, bool isPage)
    {
        // Browsers say where a call comes from: other sites cannot ride on the cookie, which is theirs to send at the same site too.
        if (!isPage && http.Request.Headers.Origin.ToString() is { Length: > 0 } from && from != origin)
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return null;
        }

        var person = await people.Find(http);
        if (person is not null && Rights.MayEnter(person.User))
            return person;

        if (!isPage)
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
        else if (person is null)
            pages.See(http, "/signin?return=" + Uri.EscapeDataString(http.Request.Path + http.Request.QueryString));
        else
            await pages.Error(http, StatusCodes.Status403Forbidden, notAllowed);
        return null;
    }
}
