using System.Security.Cryptography;
using System.Text;
using ApiConnections.Server.Access;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.OAuth.Authorize;

/// <summary>
/// Requests of signed-in people that wait for their answer: rows that only the session and the browser which asked can reach. One flow cookie
/// serves all tabs of a browser.
/// </summary>
internal sealed class PendingRequests(IDatabase database, BrowserCookies cookies, TimeProvider time)
{
    private const string Cookie = "flow";
    private const int CookieCharacters = 43; // 62^43 > 2^256

    /// <returns>Its id, for the page's address.</returns>
    public async Task<Guid> Open(HttpContext http, SignedIn person, AskedRequest asked, string consumer, ShownConsent shown)
    {
        if (cookies.Read(http, Cookie) is not { Length: CookieCharacters } flow)
        {
            flow = Base62.Random(CookieCharacters);
            cookies.Write(http, Cookie, flow);
        }

        var now = time.GetUtcNow();
        var pending = new AuthorizationRequest(
            Guid.CreateVersion7(now), person.Session.Id, Hash(flow), person.User.Id, consumer, asked.ToString(), shown, now, now + AuthorizationRequest.Lifetime);
        await database.Write<bool>(async session =>
        {
            await AuthorizationRequestStore.Insert(session, pending);
            return true;
        });
        return pending.Id;
    }

    /// <summary>The request; null where there is none, it has run out, or it is another session's or browser's.</summary>
    public async Task<AuthorizationRequest?> Find(HttpContext http, SignedIn person, string? id)
    {
        if (!Guid.TryParseExact(id, "N", out var parsed) || cookies.Read(http, Cookie) is not { Length: CookieCharacters } flow)
            return null;

        return await database.Read(session => AuthorizationRequestStore.Find(session, parsed)) is { } pending
            && pending.SessionId == person.Session.Id
            && time.GetUtcNow() < pending.ExpiresAt
            && CryptographicOperations.FixedTimeEquals(pending.FlowHash, Hash(flow))
            ? pending
            : null;
    }

    private static byte[] Hash(string flow) => SHA256.HashData(Encoding.UTF8.GetBytes(flow));
}
