using System.Collections.Concurrent;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using ApiConnections.Server.Console.Static;

namespace ApiConnections.Server.Console.Components;

/// <summary>
/// What a browser loads for the console: read, compressed and named by its content when it is first asked for, so that a server whose console nobody opens
/// holds none of it, and browsers keep it for good.
/// </summary>
internal static class ConsoleAssets
{
    public const string Path = "/assets/console/";

    private static readonly ConcurrentDictionary<string, Asset?> assets = new(StringComparer.Ordinal);

    /// <summary>The address of a file, which changes with its content.</summary>
    public static string AddressOf(string file) => $"{Path}{Find(file)!.Fingerprint}/{file}";

    public static async Task Send(HttpContext http)
    {
        Pages.Protect(http.Response);
        var file = (string)http.Request.RouteValues["file"]!;
        if (Find(file) is not { } asset || asset.Fingerprint != (string)http.Request.RouteValues["fingerprint"]!)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var compressed = http.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal);
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        http.Response.Headers.Vary = "Accept-Encoding";
        http.Response.ContentType = file.EndsWith(".css", StringComparison.Ordinal) ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8";
        if (compressed)
            http.Response.Headers.ContentEncoding = "br";

        var body = compressed ? asset.Brotli : asset.Plain;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    private static Asset? Find(string file) => assets.TryGetValue(file, out var known) ? known : Read(file) is { } read ? assets.GetOrAdd(file, read) : null;

    private static Asset? Read(string file)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Console/" + file);
        if (stream is null || !(file.EndsWith(".css", StringComparison.Ordinal) || file.EndsWith(".js", StringComparison.Ordinal)))
            return null;

        var plain = new byte[stream.Length];
        stream.ReadExactly(plain);
        var brotli = new byte[BrotliEncoder.GetMaxCompressedLength(plain.Length)];
        // Quality 9: 60 ms for the largest of them, once; 11 would take two seconds for a tenth less.
        BrotliEncoder.TryCompress(plain, brotli, out var length, quality: 9, window: 22);
        return new Asset(Convert.ToHexStringLower(SHA256.HashData(plain))[..12], plain, brotli[..length]);
    }

    private sealed record Asset(string Fingerprint, byte[] Plain, byte[] Brotli);
}
