using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.OAuth.RevocationFeed;

/// <summary>Something revoked, in its place of the order: the next one is linked to it, so that a listener keeps one of them and nothing more.</summary>
/// <param name="company">Whose it is; null: every API hears of it.</param>
/// <param name="frame">The event as it is sent; made once for all listeners.</param>
internal sealed class FeedEntry(long sequence, Guid? company, DateTimeOffset expiresAt, byte[] frame)
{
    private volatile FeedEntry? next;

    public long Sequence => sequence;

    public DateTimeOffset ExpiresAt => expiresAt;

    public byte[] Frame => frame;

    public FeedEntry? Next
    {
        get => next;
        set => next = value;
    }

    public bool IsFor(Guid? apiOf) => apiOf is null || company is null || company == apiOf;
}

/// <summary>Events as Server-Sent Events.</summary>
/// <see href="https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream"/>
internal static class FeedFrame
{
    public static readonly byte[] Nothing = "{}"u8.ToArray();

    /// <param name="incarnation">With <paramref name="sequence"/> where a listener goes on when its connection breaks.</param>
    public static byte[] Of(string name, string incarnation, long sequence, ReadOnlySpan<byte> data) =>
        [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"event: {name}\nid: {incarnation}-{sequence}\ndata: ")), .. data, .. "\n\n"u8];

    public static byte[] Data(Change change)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("kind"u8, change.Kind);
        json.WriteString("subject"u8, change.Subject);
        if (change.Generation is { } generation)
            json.WriteNumber("generation"u8, generation);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] Horizon(long sequence) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"sequence\":{sequence}}}"));
}
