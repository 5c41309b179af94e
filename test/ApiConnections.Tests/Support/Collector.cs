using System.Buffers.Binary;
using System.Text;

namespace ApiConnections.Tests.Support;

/// <summary>A collector of OpenTelemetry: takes what is sent to it by OTLP over HTTP, and keeps it.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly List<(string Path, byte[] Body)> received = [];

    private Collector(WebApplication app) => this.app = app;

    public string Address => app.Urls.Single();

    /// <summary>What makes a node send everything here, soon.</summary>
    public (string Name, string? Value)[] Settings => [.. Variables.Select(variable => (variable.Name, (string?)variable.Value))];

    public (string Name, string Value)[] Variables =>
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", Address), ("OTEL_METRIC_EXPORT_INTERVAL", "200"), ("OTEL_BSP_SCHEDULE_DELAY", "100"), ("OTEL_TRACES_SAMPLER", "always_on"),
    ];

    public static async Task<Collector> Start(int status = 200)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var collector = new Collector(app);
        app.MapPost("/v1/{signal}", async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            lock (collector.received)
                collector.received.Add((http.Request.Path, body.ToArray()));

            http.Response.StatusCode = status;
            http.Response.ContentType = "application/x-protobuf";
        });
        await app.StartAsync();
        return collector;
    }

    /// <summary>Everything that came, as text: in protobuf strings stand as they are.</summary>
    public string Everything => string.Concat(Of("/v1/metrics").Concat(Of("/v1/traces")).Select(Encoding.Latin1.GetString));

    /// <summary>The spans that came.</summary>
    public IReadOnlyList<Span> Spans =>
    [
        .. from body in Of("/v1/traces")
           from resource in Protobuf.Messages(body, 1)
           from scope in Protobuf.Messages(resource, 2)
           from span in Protobuf.Messages(scope, 2)
           select new Span(
               Convert.ToHexStringLower(Protobuf.Messages(span, 1).Single()), Convert.ToHexStringLower(Protobuf.Messages(span, 4).SingleOrDefault() ?? []), Protobuf.Text(span, 5), Tags(span, 9)),
    ];

    /// <summary>The newest value of a metric with these tags: a sum, a gauge, or how often a histogram was asked; null where none came.</summary>
    public double? Value(string metric, params (string Name, string Value)[] tags)
    {
        foreach (var body in Of("/v1/metrics").Reverse())
        {
            var points = from resource in Protobuf.Messages(body, 1)
                         from scope in Protobuf.Messages(resource, 2)
                         from found in Protobuf.Messages(scope, 2)
                         where Protobuf.Text(found, 1) == metric
                         from kind in new[] { 5, 7, 9 } // gauge, sum, histogram
                         from data in Protobuf.Messages(found, kind)
                         from point in Protobuf.Messages(data, 1)
                         let its = Tags(point, kind == 9 ? 9 : 7)
                         where tags.All(tag => its.GetValueOrDefault(tag.Name) == tag.Value)
                         select Number(point, kind);
            if (points.ToArray() is { Length: > 0 } values)
                return values.Sum();
        }

        return null;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private byte[][] Of(string path)
    {
        lock (received)
            return [.. received.Where(request => request.Path == path).Select(request => request.Body)];
    }

    // https://github.com/open-telemetry/opentelemetry-proto: count 4 of a histogram; as_double 4, as_int 6 of a number.
    private static double Number(byte[] point, int kind) => kind == 9 || !Protobuf.Has(point, 4)
        ? (long)Protobuf.Fixed(point, kind == 9 ? 4 : 6)
        : BitConverter.UInt64BitsToDouble(Protobuf.Fixed(point, 4));

    private static Dictionary<string, string> Tags(byte[] message, int field) => Protobuf.Messages(message, field).ToDictionary(
        tag => Protobuf.Text(tag, 1),
        tag => Protobuf.Messages(tag, 2).Single() is var value && Protobuf.Has(value, 1) ? Protobuf.Text(value, 1) : Protobuf.Fixed(value, 3).ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <param name="Trace">Its id, in hexadecimal.</param>
    /// <param name="Parent">The span above it; empty for the first one.</param>
    public sealed record Span(string Trace, string Parent, string Name, IReadOnlyDictionary<string, string> Tags);

    /// <summary>As much of Protocol Buffers as a test needs.</summary>
    /// <see href="https://protobuf.dev/programming-guides/encoding/"/>
    private static class Protobuf
    {
        public static IEnumerable<byte[]> Messages(byte[] message, int field) => Fields(message).Where(found => found.Field == field).Select(found => found.Bytes);

        public static string Text(byte[] message, int field) => Encoding.UTF8.GetString(Messages(message, field).Single());

        public static bool Has(byte[] message, int field) => Messages(message, field).Any();

        /// <summary>A number of any kind, as its bits.</summary>
        public static ulong Fixed(byte[] message, int field) => Messages(message, field).Single() is { Length: 8 } bits ? BinaryPrimitives.ReadUInt64LittleEndian(bits) : throw new InvalidDataException();

        private static List<(int Field, byte[] Bytes)> Fields(byte[] message)
        {
            var fields = new List<(int, byte[])>();
            var at = 0;
            while (at < message.Length)
            {
                var tag = Varint(message, ref at);
                var bits = new byte[8];
                switch (tag & 7)
                {
                    case 0:
                        BinaryPrimitives.WriteUInt64LittleEndian(bits, Varint(message, ref at));
                        fields.Add(((int)(tag >> 3), bits));
                        break;
                    case var wire:
                        var length = wire switch { 1 => 8, 5 => 4, 2 => (int)Varint(message, ref at), _ => throw new InvalidDataException() };
                        fields.Add(((int)(tag >> 3), message[at..(at + length)]));
                        at += length;
                        break;
                }
            }

            return fields;
        }

        private static ulong Varint(byte[] message, ref int at)
        {
            var value = 0UL;
            for (var shift = 0; ; shift += 7)
            {
                var next = message[at++];
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                    return value;
            }
        }
    }
}
