using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using Microsoft.AspNetCore.DataProtection;

namespace ApiConnections.Server.SignIn;

/// <summary>Somebody whose password was right.</summary>
/// <param name="Policy">Of their company, as it is now.</param>
/// <param name="Methods">What they have shown (RFC 8176): <c>pwd</c>, <c>pwd otp</c>, or a passkey's.</param>
/// <param name="Attempt">The try that showed it.</param>
internal sealed record Recognised(User User, Credentials Credentials, SecurityPolicy Policy, string Methods, Attempt? Attempt = null)
{
    public const string Password = "pwd";
    public const string PasswordAndCode = "pwd otp";

    public bool ShowedPassword => Methods is Password or PasswordAndCode;

    /// <summary>More than the password alone.</summary>
    public bool ShowedTwo => Methods != Password;
}

/// <summary>
/// Between password and session: a sealed cookie that says whose password was right and what else they have shown, for five minutes after each step
/// and until that person changes password or second factor. It is no session, and no page takes it for one.
/// </summary>
internal sealed class PendingSignIns(IDataProtectionProvider protection, BrowserCookies cookies, IDatabase database, TimeProvider time)
{
    private readonly SealedCookie<Pending> cookie = new(protection, cookies, time, "signin", "ApiConnections.SignIn.Pending.v3", TimeSpan.FromMinutes(5));

    public void Put(HttpContext http, Recognised person) => cookie.Put(http, new Pending(person.User.Id, person.Credentials.Stamp, person.Methods));

    /// <summary>Who it is, as they are now; null where the time is over, they were disabled, or sign in with something else now.</summary>
    public async Task<Recognised?> Find(HttpContext http)
    {
        if (cookie.Find(http) is not { } pending)
            return null;

        return await database.Read(async session =>
            await CredentialStore.Find(session, pending.User) is { } found && found.User.Status == UserStatus.Active && found.Credentials.Stamp == pending.Stamp
                ? new Recognised(found.User, found.Credentials, await SecurityPolicyStore.Of(session, found.User.CompanyId), pending.Methods)
                : null);
    }

    public void Remove(HttpContext http) => cookie.Remove(http);

    private sealed record Pending(Guid User, string Stamp, string Methods);
}
