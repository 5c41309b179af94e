using System.Diagnostics;
using System.Diagnostics.Tracing;
using ApiConnections.Server.Access;
using ApiConnections.Server.Telemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ApiConnections.Server.Commands;

/// <summary>Sends metrics and traces to a collector, where the settings name one. No request waits for it, and none fails with it.</summary>
/// <see href="https://opentelemetry.io/docs/specs/otlp/"/>
internal static class TelemetryExport
{
    private const string ServiceName = "api-connections";

    public static IServiceCollection AddTelemetry(this IServiceCollection services, TelemetrySettings settings)
    {
        services
            .AddSingleton(settings)
            .AddSingleton<RequestTelemetry>()
            .AddHostedService<TelemetryEnd>();
        var telemetry = services.AddOpenTelemetry().ConfigureResource(node => node.AddService(ServiceName, serviceVersion: Instruments.Version).AddEnvironmentVariableDetector());
        if (settings.Metrics is { } metrics)
            telemetry.WithMetrics(provider => provider.AddMeter(Instruments.Name).AddMeter("System.Runtime").AddOtlpExporter(exporter => To(metrics, exporter, settings)));
        if (settings.Traces is { } traces)
        {
            // Which requests are traced is decided before a span is made.
            telemetry.WithTracing(provider => provider.AddSource(Instruments.Name).SetSampler(new AlwaysOnSampler()).AddOtlpExporter(exporter => To(traces, exporter, settings)));
        }

        return services;
    }

    private static void To(Uri endpoint, OtlpExporterOptions exporter, TelemetrySettings settings)
    {
        exporter.Endpoint = endpoint;
        exporter.Protocol = settings.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
    }
}

/// <summary>Measures each request, and traces some.</summary>
internal sealed class RequestTelemetry(Instruments instruments, TelemetrySettings settings)
{
    private readonly TraceSampling sampling = new(settings.Traces is null ? TraceSampler.Never : settings.Sampler, settings.Ratio);

    // Hot path: token
    public Task Measure(HttpContext http, RequestDelegate next)
    {
        if (sampling.Takes())
            return Trace(http, next);

        // Most requests are answered before they are waited for.
        var start = Stopwatch.GetTimestamp();
        var answered = next(http);
        if (!answered.IsCompletedSuccessfully)
            return Await(http, answered, start);

        Count(http, Tags(http), Stopwatch.GetElapsedTime(start));
        return Task.CompletedTask;
    }

    private async Task Await(HttpContext http, Task answered, long start)
    {
        try
        {
            await answered;
        }
        finally
        {
            Count(http, Tags(http), Stopwatch.GetElapsedTime(start));
        }
    }

    private async Task Trace(HttpContext http, RequestDelegate next)
    {
        var start = Stopwatch.GetTimestamp();
        using var span = instruments.Traces.StartActivity(ActivityKind.Server, Caller(http.Request));
        try
        {
            await next(http);
        }
        finally
        {
            var tags = Tags(http);
            Count(http, tags, Stopwatch.GetElapsedTime(start));
            if (span is not null)
                Describe(span, tags, http.Response.StatusCode);
        }
    }

    // W3C Trace Context: the request becomes part of its caller's trace. What else the caller says there (tracestate) is a stranger's text and goes nowhere.
    private static ActivityContext Caller(HttpRequest request) =>
        ActivityContext.TryParse(request.Headers.TraceParent, null, isRemote: true, out var caller) ? new ActivityContext(caller.TraceId, caller.SpanId, ActivityTraceFlags.None, null, true) : default;

    // The address as it is written in the program: what stands in a request's own may be somebody's, or a secret.
    private static (string Method, string Route) Tags(HttpContext http) =>
        (MethodTag(http.Request.Method), (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "none");

    private void Count(HttpContext http, (string Method, string Route) tags, TimeSpan took)
    {
        if (!StaysOpen(http))
            instruments.Request(tags.Method, tags.Route, http.Response.StatusCode, took);
    }

    private static void Describe(Activity span, (string Method, string Route) tags, int status)
    {
        span.DisplayName = $"{tags.Method} {tags.Route}";
        span.SetTag("http.request.method", tags.Method).SetTag("http.route", tags.Route).SetTag("http.response.status_code", Instruments.StatusTag(status));
        if (status >= StatusCodes.Status500InternalServerError)
            span.SetStatus(ActivityStatusCode.Error);
    }

    private static string MethodTag(string method) => method switch
    {
        "POST" => "POST",
        "GET" => "GET",
        "HEAD" or "OPTIONS" or "PUT" or "PATCH" or "DELETE" => method,
        _ => "_OTHER",
    };

    private static bool StaysOpen(HttpContext http) =>
        http.Response.StatusCode == StatusCodes.Status101SwitchingProtocols || HttpMethods.IsConnect(http.Request.Method)
        || http.Response.ContentType?.StartsWith("text/event-stream", StringComparison.Ordinal) == true;
}

/// <summary>Decides which requests are traced.</summary>
internal sealed class TraceSampling(TraceSampler sampler, double ratio)
{
    private const int EverySecond = 10;
    private long second;
    private int taken;

    // Hot path: token
    public bool Takes() => sampler switch
    {
        TraceSampler.SomeEverySecond => TakesInThisSecond(),
        TraceSampler.Always => true,
        TraceSampler.Ratio => Random.Shared.NextDouble() < ratio,
        _ => false,
    };

    private bool TakesInThisSecond()
    {
        var now = Environment.TickCount64 / 1000;
        if (Volatile.Read(ref second) != now)
        {
            Volatile.Write(ref second, now);
            Volatile.Write(ref taken, 0);
        }

        // Looked at before it is counted: where all are taken, nobody writes.
        return Volatile.Read(ref taken) < EverySecond && Interlocked.Increment(ref taken) <= EverySecond;
    }
}

/// <summary>Sends what is left when the program ends, for no longer than a second, and says when the collector does not take what is sent.</summary>
internal sealed partial class TelemetryEnd(IServiceProvider services, TelemetrySettings settings, TimeProvider time, ILogger<TelemetryEnd> logger) : IHostedService, IDisposable
{
    private const int Patience = 1000; // milliseconds
    private readonly MeterProvider? metrics = services.GetService<MeterProvider>();
    private readonly TracerProvider? traces = services.GetService<TracerProvider>();
    private readonly CollectorTrouble trouble = new(time, name => LogTrouble(logger, (settings.Metrics ?? settings.Traces)!.GetLeftPart(UriPartial.Authority), name));

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Task.Run(() => metrics?.Shutdown(Patience), CancellationToken.None), Task.Run(() => traces?.Shutdown(Patience), CancellationToken.None));

    public void Dispose() => trouble.Dispose();

    [LoggerMessage(LogLevel.Warning, "The collector at {Collector} does not take metrics or traces ({What}); what comes next is sent all the same.")]
    private static partial void LogTrouble(ILogger logger, string collector, string what);
}

/// <summary>Hears what the exporter says of its failures, which stands in no log; at most once in ten minutes.</summary>
internal sealed class CollectorTrouble(TimeProvider time, Action<string> tell) : EventListener
{
    private readonly RateWindow<int> told = new(TimeSpan.FromMinutes(10), 1, time);

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "OpenTelemetry-Exporter-OpenTelemetryProtocol")
            EnableEvents(eventSource, EventLevel.Warning);
    }

    // Its name alone: what else it holds may quote an answer or a header.
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (told?.Count(0).Count == 1)
            tell(eventData.EventName ?? "unknown");
    }
}
