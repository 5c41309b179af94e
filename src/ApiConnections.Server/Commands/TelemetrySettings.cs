using System.Globalization;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Commands;

/// <summary>Which requests are traced.</summary>
internal enum TraceSampler
{
    /// <summary>The first ten of every second.</summary>
    SomeEverySecond,

    Always,
    Never,

    /// <summary>A share of all.</summary>
    Ratio,
}

/// <summary>
/// Where telemetry is sent, from the variables that OpenTelemetry has for it: whoever runs a collector has them at hand. What is not read here (headers,
/// time-outs, certificates, the name of the service) is read by the exporter itself.
/// </summary>
/// <param name="Metrics">Where metrics go; null: nowhere.</param>
/// <param name="Traces">Where traces go; null: nowhere.</param>
/// <see href="https://opentelemetry.io/docs/specs/otel/protocol/exporter/"/>
internal sealed record TelemetrySettings(Uri? Metrics, Uri? Traces, bool Grpc, TraceSampler Sampler, double Ratio)
{
    private const string Prefix = "OTEL_EXPORTER_OTLP_";
    private const string SamplerName = "OTEL_TRACES_SAMPLER";
    private const string RatioName = "OTEL_TRACES_SAMPLER_ARG";

    /// <summary>Each variable with its default and its meaning, for docs/settings.md.</summary>
    public static IReadOnlyList<(string Name, string Default, string Meaning)> Documented { get; } =
    [
        (Prefix + "ENDPOINT", "none", "Where metrics and traces are sent by OTLP, such as `http://localhost:4318`; none by default, and then nothing is measured. `…_METRICS_ENDPOINT` and `…_TRACES_ENDPOINT` are for one of the two, with the whole path."),
        (Prefix + "PROTOCOL", "`http/protobuf`", "`http/protobuf` or `grpc`."),
        (Prefix + "HEADERS", "none", "Headers for the collector, such as `authorization=Bearer …`; give them in the environment rather than in a file."),
        (Prefix + "TIMEOUT", "`10000`", "How long a transmission may take, in milliseconds. No request waits for one."),
        ("OTEL_METRIC_EXPORT_INTERVAL", "`60000`", "How often metrics are sent, in milliseconds."),
        ("OTEL_RESOURCE_ATTRIBUTES", "none", "What else is said of this node, such as `deployment.environment.name=production,service.instance.id=node-1`."),
        ("OTEL_SDK_DISABLED", "`false`", "`true`: nothing is measured and sent, whatever else is set."),
        ("OTEL_SERVICE_NAME", "`api-connections`", "How this installation is called at the collector."),
        (SamplerName, "none", "Which requests are traced: `always_on`, `always_off`, or `traceidratio`, a share of all; by default the first ten of every second. Strangers do not decide it: of a caller's `traceparent` its trace is joined, its wish is not heard (so `parentbased_…` is the same without)."),
        (RatioName, "`1`", "The share for `traceidratio`, from 0 to 1."),
    ];

    /// <returns>Null where nothing is to be sent.</returns>
    public static TelemetrySettings? Read(IConfiguration configuration)
    {
        if (string.Equals(Value(configuration, "OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase))
            return null;

        var grpc = IsGrpc(configuration);
        var metrics = Endpoint(configuration, "METRICS", grpc);
        var traces = Endpoint(configuration, "TRACES", grpc);
        if (metrics is null && traces is null)
            return null;

        CheckHeaders(configuration);
        CheckMilliseconds(configuration, Prefix + "TIMEOUT");
        CheckMilliseconds(configuration, "OTEL_METRIC_EXPORT_INTERVAL");
        return new TelemetrySettings(metrics, traces, grpc, SamplerOf(configuration), RatioOf(configuration));
    }

    private static string? Value(IConfiguration configuration, string name) => configuration[name] is { Length: > 0 } value ? value : null;

    private static bool IsGrpc(IConfiguration configuration) => Value(configuration, Prefix + "PROTOCOL") switch
    {
        null or "http/protobuf" => false,
        "grpc" => true,
        _ => throw new SettingException(Prefix + "PROTOCOL", "it is http/protobuf or grpc."),
    };

    // OTLP over HTTP: the address of a signal is used as it stands, the common one gets the signal's path behind it.
    private static Uri? Endpoint(IConfiguration configuration, string signal, bool grpc)
    {
        if (Value(configuration, $"{Prefix}{signal}_ENDPOINT") is { } own)
            return Address($"{Prefix}{signal}_ENDPOINT", own);
        if (Value(configuration, Prefix + "ENDPOINT") is not { } common)
            return null;

        var address = Address(Prefix + "ENDPOINT", common);
        return grpc ? address : new Uri($"{address.AbsoluteUri.TrimEnd('/')}/v1/{signal.ToLowerInvariant()}");
    }

    // What is wrong is said without repeating it: an address may hold a password.
    private static Uri Address(string name, string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address is { UserInfo: "", Query: "", Fragment: "" }
            ? address
            : throw new SettingException(name, "it is no address of a collector, such as http://localhost:4318; credentials belong in OTEL_EXPORTER_OTLP_HEADERS.");

    private static void CheckHeaders(IConfiguration configuration)
    {
        const string Name = Prefix + "HEADERS";
        if (Value(configuration, Name) is { } headers && headers.Split(',').Any(header => header.IndexOf('=', StringComparison.Ordinal) <= 0))
            throw new SettingException(Name, "headers are name=value, with a comma between them.");
    }

    private static void CheckMilliseconds(IConfiguration configuration, string name)
    {
        if (Value(configuration, name) is { } text && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds > 0))
            throw new SettingException(name, "it is a number of milliseconds.");
    }

    private static TraceSampler SamplerOf(IConfiguration configuration) => Value(configuration, SamplerName) switch
    {
        null => TraceSampler.SomeEverySecond,
        "always_on" or "parentbased_always_on" => TraceSampler.Always,
        "always_off" or "parentbased_always_off" => TraceSampler.Never,
        "traceidratio" or "parentbased_traceidratio" => TraceSampler.Ratio,
        _ => throw new SettingException(SamplerName, "it is always_on, always_off or traceidratio."),
    };

    private static double RatioOf(IConfiguration configuration)
    {
        if (Value(configuration, RatioName) is not { } text)
            return 1;

        return double.TryParse(text, CultureInfo.InvariantCulture, out var ratio) && ratio is >= 0 and <= 1
            ? ratio
            : throw new SettingException(RatioName, "it is a share between 0 and 1, with a point before the decimals.");
    }
}
