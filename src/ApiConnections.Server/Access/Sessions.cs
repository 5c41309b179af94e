using System.Security.Cryptography;
using System.Text;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>A person in a browser where they are signed in.</summary>
internal sealed record SignedIn(PersonSession Session, User User)
{
    /// <summary>That of pages where they chose none; empty where their browser decides.</summary>
    public string CompanyLanguage { get; init; } = "";
}

/// <summary>
/// Where people are signed in: a row per browser, found by the SHA-256 of the cookie's random value. Each ends after the time without a request and the time
/// since the sign-in that the company's policy says (half an hour, eight hours), when it is ended, or when the person is disabled.
/// </summary>
internal sealed class Sessions(IDatabase database, TimeProvider time)
{
    private const int CookieCharacters = 43; // 62^43 > 2^256
    private static readonly TimeSpan seenEvery = TimeSpan.FromMinutes(1);

    /// <summary>Begins a session in the caller's transaction.</summary>
    /// <param name="policy">That of their company, which says how long it lasts.</param>
    /// <param name="methods">How the person showed who they are (RFC 8176), as <see cref="PersonSession.Methods"/> holds it.</param>
    /// <returns>It, and the value for the cookie, which nobody else ever sees.</returns>
    public async Task<(PersonSession Session, string Cookie)> Begin(Session session, User user, SecurityPolicy policy, string methods, string ip, string agent)
    {
        var now = time.GetUtcNow();
        var cookie = Base62.Random(CookieCharacters);
        var begun = new PersonSession(Guid.CreateVersion7(now), user.Id, methods, now, now, now, now + policy.LongestSession, ip, Printable(agent)) { LongestIdle = policy.LongestIdle };
        await SessionStore.Insert(session, begun, Hash(cookie));
        return (begun, cookie);
    }

    /// <summary>Who is signed in with this cookie; null for nobody.</summary>
    /// <param name="ip">From where the request comes.</param>
    public async Task<SignedIn?> Find(string? cookie, string ip)
    {
        if (cookie is not { Length: CookieCharacters } || !Ascii.IsValid(cookie))
            return null;

        var hash = Hash(cookie);
        if (await database.Read(session => SessionStore.Find(session, hash)) is not { } found)
            return null;

        var now = time.GetUtcNow();
        if (!found.Session.IsLiveAt(now) || found.User.Status != UserStatus.Active)
            return null;
        // Written once a minute at most: the idle time is counted in minutes, and a page is read more often than that.
        if (now - found.Session.LastSeenAt >= seenEvery)
        {
            await database.Write<bool>(async session =>
            {
                await SessionStore.Seen(session, found.Session.Id, now, ip);
                return true;
            });
        }

        return new SignedIn(found.Session, found.User) { CompanyLanguage = found.CompanyLanguage };
    }

    /// <summary>The same by its id, for an open console; null where it is over.</summary>
    public async Task<SignedIn?> Find(Guid id) =>
        await database.Read(session => SessionStore.FindById(session, id)) is { } found && found.Session.IsLiveAt(time.GetUtcNow()) && found.User.Status == UserStatus.Active
            ? new SignedIn(found.Session, found.User) { CompanyLanguage = found.CompanyLanguage }
            : null;

    /// <summary>Somebody did something in an open console, which asks for no page.</summary>
    public Task Seen(Guid id, string ip) => database.Write<bool>(async session =>
    {
        await SessionStore.Seen(session, id, time.GetUtcNow(), ip);
        return true;
    });

    private static byte[] Hash(string cookie) => SHA256.HashData(Encoding.ASCII.GetBytes(cookie));

    private static string Printable(string text) => new([.. text.Take(200).Select(character => character is >= ' ' and < (char)0x7F ? character : '?')]);
}
