using System.Collections.Concurrent;
using ApiConnections.Tests.Support;
using Microsoft.AspNetCore.Http.Extensions;

namespace ApiConnections.Console.Tests;

/// <summary>An app's web site, which takes the answer of the authorization endpoint.</summary>
internal sealed class CallbackSite : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<string> visits = [];

    private CallbackSite(WebApplication app, string address) => (this.app, Address) = (app, address);

    /// <summary>Without a path.</summary>
    public string Address { get; }

    public string Callback => Address + "/callback";

    /// <summary>Every address that was asked for, in order.</summary>
    public IReadOnlyList<string> Visits => [.. visits];

    /// <summary>The parameters of the answer that came last.</summary>
    public IReadOnlyDictionary<string, string> Answer =>
        Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(new Uri(visits.Last(visit => visit.Contains("/callback", StringComparison.Ordinal))).Query).ToDictionary(pair => pair.Key, pair => pair.Value.ToString());

    /// <param name="goesOnTo">Where its callback redirects to; null where it answers itself.</param>
    public static async Task<CallbackSite> Start(string? goesOnTo = null)
    {
        var address = $"http://127.0.0.1:{Node.FreePort()}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        var site = new CallbackSite(builder.Build(), address);
        site.app.Run(async http =>
        {
            site.visits.Enqueue(http.Request.GetEncodedUrl());
            if (goesOnTo is not null && http.Request.Path == "/callback")
            {
                http.Response.Redirect(goesOnTo);
                return;
            }

            http.Response.ContentType = "text/html; charset=utf-8";
            await http.Response.WriteAsync("<!DOCTYPE html><html lang=\"en\"><title>The app</title><h1>The app has you back</h1></html>");
        });
        await site.app.StartAsync();
        return site;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
