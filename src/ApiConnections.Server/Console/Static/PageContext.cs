using System.Globalization;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;

namespace ApiConnections.Server.Console.Static;

/// <summary>What every page knows: its language, who reads it, and where things are.</summary>
/// <param name="Person">Null where nobody is signed in.</param>
/// <param name="BasePath">The issuer's path; empty for most.</param>
/// <param name="Address">The page's own path and query without the language, for the links that change it; null where the page answers a form.</param>
/// <param name="FormToken">Makes the antiforgery token of a form, and the cookie that belongs to it.</param>
internal sealed record PageContext(Texts Texts, string Language, SignedIn? Person, string BasePath, string? Address, Func<string> FormToken)
{
    /// <summary>A text in the page's language.</summary>
    public string this[string key] => Texts.In(Language, key);

    public string this[string key, params object[] arguments] => Texts.In(Language, key, arguments);

    /// <summary>Why a person was refused something about their own sign-in, one of <see cref="Access.Identity.PersonRefused"/>, in the page's language.</summary>
    public string Why(Refusal refusal) => refusal switch
    {
        { Arguments.Count: > 0 } => this["page." + refusal.Error.Code, [.. refusal.Arguments.OfType<object>()]],
        { RetryAfter: { TotalMinutes: > 2 } wait } => this["page.sign_in_delayed_long", Math.Ceiling(wait.TotalMinutes)],
        _ => this["page." + refusal.Error.Code, Math.Ceiling((refusal.RetryAfter ?? TimeSpan.Zero).TotalSeconds)],
    };

    public string Link(string path) => BasePath + path;

    public CultureInfo Culture => CultureInfo.GetCultureInfo(Language);
}
