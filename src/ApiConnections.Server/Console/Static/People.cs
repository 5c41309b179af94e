using System.Security.Claims;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;

namespace ApiConnections.Server.Console.Static;

/// <summary>Who is signed in in the browser that asks.</summary>
internal sealed class People(Sessions sessions, BrowserCookies cookies)
{
    private const string Cookie = "session";
    private static readonly object item = new();

    /// <summary>The person; null for nobody. Looked up once per request.</summary>
    public async ValueTask<SignedIn?> Find(HttpContext http)
    {
        if (http.Items.TryGetValue(item, out var known))
            return (SignedIn?)known;

        var found = await sessions.Find(cookies.Read(http, Cookie), AddressOf(http));
        Remember(http, found);
        return found;
    }

    /// <summary>Puts a session that was just begun into the browser.</summary>
    public void SignIn(HttpContext http, SignedIn person, string cookie)
    {
        cookies.Write(http, Cookie, cookie);
        Remember(http, person);
    }

    public void SignOut(HttpContext http)
    {
        cookies.Remove(http, Cookie);
        Remember(http, null);
    }

    /// <summary>The person as the transactions log names them.</summary>
    public static Actor ActorOf(HttpContext http, SignedIn person) => new(person.User.Email, AddressOf(http));

    public static string AddressOf(HttpContext http) => http.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : "";

    /// <summary>For a page that must be written without a look into the storage.</summary>
    public static void Forget(HttpContext http) => Remember(http, null);

    // Forms are sealed for the person whose page they stand on (the antiforgery token carries the name identifier).
    private static void Remember(HttpContext http, SignedIn? person)
    {
        http.Items[item] = person;
        http.User = person is null
            ? new ClaimsPrincipal()
            : new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, person.Session.Id.ToString())], "session"));
    }
}
