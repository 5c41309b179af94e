using System.Net;
using ApiConnections.Server.Commands;
using ApiConnections.Tests.Support;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Shouldly;
using Xunit;

namespace ApiConnections.Tests.Telemetry;

/// <summary>What the operator decides of metrics and traces, by variables of the environment.</summary>
public sealed class TelemetrySettingsTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "")]
    [InlineData("OTEL_SDK_DISABLED", "true")]
    public async Task Nothing_is_sent_where_nobody_asks_for_it(string? name, string? value)
    {
        await using var collector = await Collector.Start();
        await using var installation = await Installation.New(On.Sqlite);
        var node = await installation.Start(settings: name is null ? [] : [.. collector.Settings, (name, value)]);
        (await node.Token(await installation.Consumer())).ShouldBeIssued();

        node.App.Services.GetService<MeterProvider>().ShouldBeNull();
        node.App.Services.GetService<TracerProvider>().ShouldBeNull();
        await node.Stop();
        collector.Everything.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("always_off", null, 0)]
    [InlineData("traceidratio", "0", 0)]
    [InlineData("traceidratio", "1", 20)]
    [InlineData("parentbased_traceidratio", "0", 0)]
    public async Task Which_requests_are_traced_is_the_operators_choice_and_never_the_callers(string sampler, string? ratio, int traced)
    {
        await using var collector = await Collector.Start();
        await using var installation = await Installation.New(On.Sqlite);
        await using var server = await ServerProcess.Start(
            installation, variables: [.. collector.Variables, ("OTEL_TRACES_SAMPLER", sampler), .. ratio is null ? Array.Empty<(string, string)>() : [("OTEL_TRACES_SAMPLER_ARG", ratio)]]);
        for (var i = 0; i < 20; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/.well-known/jwks.json");
            request.Headers.TryAddWithoutValidation("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
            (await server.Http.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        // What is left is sent at the end.
        await server.End(TimeSpan.FromSeconds(20));
        collector.Spans.Count(span => span.Name.EndsWith("/jwks.json", StringComparison.Ordinal)).ShouldBe(traced);
        collector.Value("api_connections.request.duration", ("http.route", "/.well-known/jwks.json")).ShouldBe(20);
    }

    [Fact]
    public async Task By_default_the_first_ten_requests_of_a_second_are_traced()
    {
        var sampling = new TraceSampling(TraceSampler.SomeEverySecond, 1);
        var start = Environment.TickCount64;
        var taken = 0;
        await Parallel.ForAsync(0, 2000, (_, _) =>
        {
            if (sampling.Takes())
                Interlocked.Increment(ref taken);
            return ValueTask.CompletedTask;
        });

        taken.ShouldBeGreaterThanOrEqualTo(10);
        taken.ShouldBeLessThanOrEqualTo(11 * (2 + (int)((Environment.TickCount64 - start) / 1000)));
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://collector")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hunter2@collector:4318")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318?key=hunter2")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "nowhere")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "nowhere")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "hunter2")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "0")]
    [InlineData("OTEL_TRACES_SAMPLER", "jaeger_remote")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "2")]
    public async Task A_wrong_setting_stops_the_start_and_is_not_repeated(string name, string value)
    {
        await using var installation = await Installation.Empty(On.Sqlite);
        installation.Settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1";
        installation.Settings[name] = value;

        var result = await installation.Run("serve");

        result.Exit.ShouldBe(1);
        result.Error.ShouldStartWith(name + ": ");
        result.Error.TrimEnd().ShouldNotContain("\n");
        result.Error.ShouldNotContain("hunter2");
        result.Output.ShouldBeEmpty();
    }
}
