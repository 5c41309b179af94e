using System.Reflection;
using System.Security.Cryptography;

namespace ApiConnections.Server.Console.Static;

/// <summary>The style, the picture and the script of the pages; their addresses change with their content, so browsers keep them for good.</summary>
internal static class StaticAssets
{
    private static readonly byte[] style = Read("pages.css");
    private static readonly byte[] icon = Read("icon.svg");
    private static readonly byte[] passkeys = Read("passkeys.js");

    public static string Style { get; } = $"/assets/pages-{Fingerprint(style)}.css";

    public static string Icon { get; } = $"/assets/icon-{Fingerprint(icon)}.svg";

    /// <summary>For the pages on which a passkey is made or shown, and no other.</summary>
    public static string Passkeys { get; } = $"/assets/passkeys-{Fingerprint(passkeys)}.js";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods(Style, ["GET", "HEAD"], http => Send(http, "text/css; charset=utf-8", style));
        endpoints.MapMethods(Passkeys, ["GET", "HEAD"], http => Send(http, "text/javascript; charset=utf-8", passkeys));
        endpoints.MapMethods(Icon, ["GET", "HEAD"], http => Send(http, "image/svg+xml", icon));
    }

    private static Task Send(HttpContext http, string type, byte[] content)
    {
        Pages.Protect(http.Response);
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        http.Response.ContentType = type;
        http.Response.ContentLength = content.Length;
        return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : http.Response.Body.WriteAsync(content).AsTask();
    }

    private static string Fingerprint(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content))[..12];

    private static byte[] Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Console/Static/" + name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
