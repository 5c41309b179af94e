using System.Buffers.Text;
using System.Text.Json;
using ApiConnections.Server.Keys;
using Microsoft.AspNetCore.DataProtection;

namespace ApiConnections.Server.Console.Static;

/// <summary>A cookie in which only this installation can have written, and for a while: what is between two pages of somebody who is not signed in costs no row.</summary>
/// <param name="purpose">For which it is sealed; another one where <typeparamref name="T"/> has changed.</param>
internal sealed class SealedCookie<T>(IDataProtectionProvider protection, BrowserCookies cookies, TimeProvider time, string name, string purpose, TimeSpan lifetime)
    where T : class
{
    private const int Longest = 4000;
    private readonly IDataProtector protector = protection.CreateProtector(purpose);

    public void Put(HttpContext http, T content) =>
        cookies.Write(http, name, Base64Url.EncodeToString(protector.Seal(JsonSerializer.SerializeToUtf8Bytes(new Sealed(content, time.GetUtcNow() + lifetime)))));

    /// <summary>Null where there is none, it is not ours, or its time is over.</summary>
    public T? Find(HttpContext http)
    {
        if (cookies.Read(http, name) is not { Length: > 0 and <= Longest } text || !Base64Url.IsValid(text) || protector.Open(Base64Url.DecodeFromChars(text)) is not { } opened)
            return null;

        return JsonSerializer.Deserialize<Sealed>(opened) is { } found && found.Expires > time.GetUtcNow() ? found.Content : null;
    }

    public void Remove(HttpContext http)
    {
        if (cookies.Read(http, name) is not null)
            cookies.Remove(http, name);
    }

    private sealed record Sealed(T Content, DateTimeOffset Expires);
}
