using System.Buffers.Text;
using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Keys;
using Microsoft.AspNetCore.DataProtection;

namespace ApiConnections.Server.OAuth.Authorize;

/// <summary>Requests of people who have not signed in yet: they travel in the page's address, sealed, so that strangers write no rows.</summary>
internal sealed class SealedRequests(IDataProtectionProvider protection, TimeProvider time)
{
    public const string ContinuePath = OAuthPaths.Authorize + "/continue";
    private static readonly TimeSpan lifetime = TimeSpan.FromHours(1);
    private readonly IDataProtector protector = protection.CreateProtector("authorization request");

    /// <summary>A request that was just asked.</summary>
    public AskedRequest Take(AuthorizeParameters parameters) => new(parameters, time.GetUtcNow());

    /// <summary>Where it goes on, for whoever is signed in there.</summary>
    public string ContinueAddress(AskedRequest asked) => $"{ContinuePath}?request={Seal(asked)}";

    /// <summary>Where a person signs in and goes on with it.</summary>
    /// <param name="again">Whether somebody who is signed in has to do so all the same.</param>
    public string SignInAddress(AskedRequest asked, bool again)
    {
        var address = "/signin?return=" + Uri.EscapeDataString(ContinueAddress(asked));
        if (asked.Parameters[OAuthParameters.LoginHint] is { Length: <= 320 } hint)
            address += "&login_hint=" + Uri.EscapeDataString(hint);
        if (Languages.OfUiLocales(asked.Parameters[OAuthParameters.UiLocales]) is { } language)
            address += "&lang=" + language;

        return again ? address + "&again=1" : address;
    }

    private string Seal(AskedRequest asked) => Base64Url.EncodeToString(protector.Seal(Encoding.UTF8.GetBytes(asked.ToString())));

    /// <summary>Null where it was not sealed here, or longer than an hour ago.</summary>
    public AskedRequest? Open(string? text)
    {
        if (text is null || !Base64Url.IsValid(text) || protector.Open(Base64Url.DecodeFromChars(text)) is not { } opened)
            return null;

        return AskedRequest.Read(Encoding.UTF8.GetString(opened)) is { } asked && time.GetUtcNow() - asked.At < lifetime ? asked : null;
    }
}
