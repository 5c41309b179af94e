using System.Globalization;
using System.Text.Json;
using ApiConnections.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ApiConnections.Benchmarks.Token;

/// <summary>The real server in a process of its own, with a plain-text endpoint on the same Kestrel, and one that tells what was allocated.</summary>
internal static class TokenServer
{
    public const string Command = "token-server";
    public const string Plain = "/plain";
    public const string Allocated = "/allocated";

    /// <param name="args">The settings, as one JSON object.</param>
    public static async Task RunAsChild(string[] args)
    {
        var settings = JsonSerializer.Deserialize<Dictionary<string, string?>>(args[0])!;
        settings.TryAdd("Urls", "http://127.0.0.1:0");
        var app = ApiConnectionsServer.Build(settings, builder => builder.Logging.ClearProviders());
        var text = "Hello, World!"u8.ToArray();
        app.Map(Plain, (RequestDelegate)(http =>
        {
            http.Response.ContentType = "text/plain";
            http.Response.ContentLength = text.Length;
            return http.Response.Body.WriteAsync(text).AsTask();
        }));
        app.Map(Allocated, (RequestDelegate)(http => http.Response.WriteAsync(GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture))));
        await app.StartAsync();
        Console.WriteLine(app.Urls.Single());
        await app.WaitForShutdownAsync();
    }
}
