using System.Text.Json;
using ApiConnections.ResourceServer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ApiConnections.Benchmarks.Revocation;

/// <summary>An API that hears of revocations, in a process of its own.</summary>
internal static class RevocationApi
{
    public const string Command = "revocation-api";

    /// <param name="Node">Where it hears of them.</param>
    public sealed record Settings(string Issuer, string Audience, string Key, string Secret, string Node);

    /// <param name="args">The settings, as one JSON object.</param>
    public static async Task RunAsChild(string[] args)
    {
        var settings = JsonSerializer.Deserialize<Settings>(args[0])!;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddApiConnections(options =>
        {
            (options.Issuer, options.Audience, options.ApiKey, options.ApiSecret) = (settings.Issuer, settings.Audience, settings.Key, settings.Secret);
            options.Addresses = [settings.Node];
            options.WhenStale = WhenStale.Refuse;
        });
        var app = builder.Build();
        app.MapGet("/", () => "ok").RequireScope("tasks:view");
        await app.StartAsync();
        while (app.Services.GetRequiredService<Revocations>().IsStale)
            await Task.Delay(20);

        Console.WriteLine(app.Urls.Single());
        await app.WaitForShutdownAsync();
    }
}
