using ApiConnections.Server.Access;
using ApiConnections.Server.Model;
using SameSiteMode = Microsoft.AspNetCore.Http.SameSiteMode;
using StringWithQualityHeaderValue = Microsoft.Net.Http.Headers.StringWithQualityHeaderValue;

namespace ApiConnections.Server.Console.Static;

/// <summary>
/// Which language a page is in: what the app asked for (<c>ui_locales</c>) or the person clicked, else their setting, else that of their company, else the
/// browser's first that we speak, else English.
/// </summary>
internal static class Languages
{
    /// <summary>The parameter of a page's address that chooses its language; the choice is kept in a cookie of the same name.</summary>
    public const string Parameter = "lang";

    public static readonly IReadOnlyList<(string Code, string Name)> Spoken = [("en", "English"), ("es", "Español"), ("pt", "Português")];

    private static readonly object chosen = new();
    private static readonly object company = new();

    public static string Of(HttpContext http, SignedIn? person)
    {
        if (http.Items[chosen] is string now)
            return now;

        if (Known(http.Request.Query[Parameter].ToString()) is { } clicked)
        {
            Keep(http, clicked);
            return clicked;
        }

        return Known(http.Request.Cookies[Parameter]) ?? Known(person?.User.Language) ?? Known(person?.CompanyLanguage ?? http.Items[company] as string) ?? OfBrowser(http.Request) ?? ModuleCatalogue.Languages[0];
    }

    /// <summary>The first of OpenID Connect's <c>ui_locales</c> (BCP 47 tags with spaces between them) that we speak.</summary>
    public static string? OfUiLocales(string? locales) =>
        locales?.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(20).Select(tag => Known(tag.Split('-')[0].ToLowerInvariant())).FirstOrDefault(known => known is not null);

    /// <summary>Remembers a choice in this browser, from this answer on.</summary>
    public static void Keep(HttpContext http, string language)
    {
        http.Items[chosen] = language;
        http.Response.Cookies.Append(Parameter, language, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/", MaxAge = TimeSpan.FromDays(365), Secure = http.Request.IsHttps, IsEssential = true });
    }

    /// <summary>The language of the company that a page is about, where nobody is signed in.</summary>
    public static void OfCompany(HttpContext http, Company about) => http.Items[company] = about.Language;

    private static string? OfBrowser(HttpRequest request) =>
        StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptLanguage.Take(1).Select(header => header?.Length <= 500 ? header : "").ToList(), out var wanted)
            ? wanted.OrderByDescending(language => language.Quality ?? 1).Select(language => Known(language.Value.ToString().Split('-')[0].ToLowerInvariant())).FirstOrDefault(known => known is not null)
            : null;

    private static string? Known(string? language) => ModuleCatalogue.Languages.FirstOrDefault(known => string.Equals(known, language, StringComparison.Ordinal));
}
