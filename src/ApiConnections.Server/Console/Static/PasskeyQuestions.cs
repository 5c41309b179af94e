using ApiConnections.Server.Access.Identity;
using Microsoft.AspNetCore.DataProtection;

namespace ApiConnections.Server.Console.Static;

/// <summary>What a browser was asked for.</summary>
/// <param name="State">What its answer is held against.</param>
/// <param name="Name">What a new passkey will be called.</param>
internal sealed record AskedPasskey(string State, string? Name);

/// <summary>
/// Between the question for a passkey and its answer: a sealed cookie that says what was asked, in which session and for what, for five minutes. Strangers write no rows; an answer takes
/// it away, and what was taken once the storage knows.
/// </summary>
internal sealed class PasskeyQuestions(IDataProtectionProvider protection, BrowserCookies cookies, TimeProvider time)
{
    /// <summary>For somebody who is not signed in yet.</summary>
    public const string ForSignIn = "sign-in";

    /// <summary>For a new passkey.</summary>
    public const string ForNew = "new";

    private readonly SealedCookie<Asked> cookie = new(protection, cookies, time, "passkey", "ApiConnections.Passkeys.v2", PasskeyCeremonies.Lifetime);

    /// <param name="session">Of whoever is asked; null for somebody who is not signed in.</param>
    /// <param name="name">What the new passkey will be called.</param>
    public void Put(HttpContext http, PasskeyQuestion question, string purpose, Guid? session = null, string? name = null) =>
        cookie.Put(http, new Asked(question.State, purpose, session, name));

    /// <summary>What was asked; null where it was for something else, in another session, or too long ago.</summary>
    public AskedPasskey? Find(HttpContext http, string purpose, Guid? session = null) =>
        cookie.Find(http) is { } asked && asked.Purpose == purpose && asked.Session == session ? new AskedPasskey(asked.State, asked.Name) : null;

    public void Remove(HttpContext http) => cookie.Remove(http);

    private sealed record Asked(string State, string Purpose, Guid? Session, string? Name);
}
