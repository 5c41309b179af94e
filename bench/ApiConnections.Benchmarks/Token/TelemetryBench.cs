using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace ApiConnections.Benchmarks.Token;

/// <summary>What a token costs with metrics and traces sent to a collector, beside one without, in turns.</summary>
internal static class TelemetryBench
{
    // Many short ones: a difference of a hundredth is less than what the machine does by itself in a longer one.
    private const int Rounds = 24;
    private static readonly TimeSpan turn = TimeSpan.FromSeconds(2);

    /// <param name="args"><c>--check</c> holds the figure that is asked for.</param>
    public static async Task Run(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        await using var collector = await Collector();
        using var off = await TokenSide.Start("telemetry off", Directory.GetCurrentDirectory());
        // Every five seconds instead of every minute: a turn or the next holds a transmission.
        using var on = await TokenSide.Start("telemetry on", Directory.GetCurrentDirectory(), ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Urls.Single()), ("OTEL_METRIC_EXPORT_INTERVAL", "5000"));
        await TokenSide.TakeTurns("client credentials, SQLite, 64 connections", Rounds, turn, off, on);
        var found = new Measured { ["telemetry"] = TokenSide.Ratio(off, on) };
        if (args.Contains("--check") && !Figures.HoldTelemetry(found))
            Environment.ExitCode = 1;
    }

    // Takes everything and keeps nothing.
    private static async Task<WebApplication> Collector()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(http => http.Request.Body.CopyToAsync(Stream.Null));
        await app.StartAsync();
        return app;
    }
}
