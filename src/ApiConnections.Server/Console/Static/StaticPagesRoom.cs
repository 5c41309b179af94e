using ApiConnections.Server.Access;
using ApiConnections.Server.Hosting;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Console.Static;

/// <summary>What the pages of all rooms share.</summary>
internal static class StaticPagesRoom
{
    public static Room Room { get; } = new("Console/Static")
    {
        Services = services => services
            .AddSingleton<Texts>()
            .AddSingleton<BrowserCookies>()
            .AddSingleton<People>()
            .AddSingleton<Pages>()
            .AddSingleton<PageForms>()
            .AddSingleton<PasskeyQuestions>()
            .AddAntiforgery()
            .AddOptions<Microsoft.AspNetCore.Antiforgery.AntiforgeryOptions>().Configure<BrowserCookies, IOptions<IssuerOptions>>((options, cookies, issuer) =>
            {
                options.FormFieldName = "antiforgery";
                options.SuppressXFrameOptionsHeader = true; // ours says DENY
                options.Cookie.Name = cookies.Name("antiforgery");
                options.Cookie.SameSite = SameSiteMode.Lax;
                options.Cookie.SecurePolicy = issuer.Value.Uri.Scheme == Uri.UriSchemeHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
            }),
        Endpoints = StaticAssets.Map,
    };
}
