using ApiConnections.Server.Access;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Console.Static;

/// <summary>
/// Cookies of pages for people: unreadable for scripts, for this host alone. With an https issuer their names begin with <c>__Host-</c>, which no
/// other host and no plain connection can set.
/// </summary>
internal sealed class BrowserCookies(IOptions<IssuerOptions> issuer)
{
    private readonly bool secure = issuer.Value.Uri.Scheme == Uri.UriSchemeHttps;

    public string Name(string name) => secure ? "__Host-" + name : name;

    public string? Read(HttpContext http, string name) => http.Request.Cookies[Name(name)];

    /// <summary>Kept until the browser closes.</summary>
    public void Write(HttpContext http, string name, string value) => http.Response.Cookies.Append(Name(name), value, Options());

    public void Remove(HttpContext http, string name) => http.Response.Cookies.Delete(Name(name), Options());

    // Lax, not Strict: apps send people here from elsewhere.
    private CookieOptions Options() => new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = secure, Path = "/", IsEssential = true };
}
