using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ApiConnections.ResourceServer;

/// <summary>One event of the revocation feed.</summary>
/// <param name="Id">Where the stream goes on after it: incarnation, dash, sequence.</param>
internal readonly record struct FeedEvent(string Name, string Id, long Sequence, FeedEntry? Entry);

/// <summary>The data of an event; which members are there depends on its name.</summary>
internal sealed record FeedEntry(
    [property: JsonPropertyName("kind")] string? Kind,
    [property: JsonPropertyName("subject")] string? Subject,
    [property: JsonPropertyName("generation")] long? Generation,
    [property: JsonPropertyName("sequence")] long? Sequence);

/// <summary>Takes Server-Sent Events apart as they come in.</summary>
/// <see href="https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation"/>
internal sealed class FeedParser
{
    private const int LongestLine = 16 * 1024;

    private string name = "";
    private string id = "";
    private FeedEntry? entry;
    private bool hasData;

    /// <summary>Takes whole events off the buffer; what is left of it is the beginning of the next.</summary>
    /// <returns>Null where there is no whole one. Throws <see cref="FormatException"/> or <see cref="JsonException"/> for what is no feed.</returns>
    public FeedEvent? Next(ref ReadOnlySequence<byte> buffer)
    {
        while (buffer.PositionOf((byte)'\n') is { } end)
        {
            var line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            if (line.Length > LongestLine)
                throw new FormatException("A line of the feed is too long.");
            if (Read(line.IsSingleSegment ? line.FirstSpan : line.ToArray()) is { } told)
                return told;
        }

        return buffer.Length > LongestLine ? throw new FormatException("A line of the feed is too long.") : null;
    }

    private FeedEvent? Read(ReadOnlySpan<byte> line)
    {
        if (line.EndsWith("\r"u8))
            line = line[..^1];
        if (line.IsEmpty)
            return Dispatch();

        // A line without a colon, and a comment, which begins with one, say nothing to us.
        var colon = line.IndexOf((byte)':');
        if (colon <= 0)
            return null;

        var value = line[(colon + 1)..];
        if (value.StartsWith(" "u8))
            value = value[1..];

        if (line[..colon].SequenceEqual("event"u8))
        {
            name = Encoding.UTF8.GetString(value);
        }
        else if (line[..colon].SequenceEqual("id"u8))
        {
            id = Encoding.UTF8.GetString(value);
        }
        else if (line[..colon].SequenceEqual("data"u8))
        {
            entry = JsonSerializer.Deserialize(value, ResourceServerJson.Default.FeedEntry);
            hasData = true;
        }

        return null;
    }

    private FeedEvent? Dispatch()
    {
        var told = new FeedEvent(name, id, SequenceOf(id), entry);
        var isWhole = hasData;
        (name, entry, hasData) = ("", null, false);
        return isWhole ? told : null;
    }

    private static long SequenceOf(string id) =>
        long.TryParse(id.AsSpan(id.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence : throw new FormatException("An event of the feed has no place in its order.");
}
