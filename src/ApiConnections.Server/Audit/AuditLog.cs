using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Audit;

/// <summary>Who does something, for the log.</summary>
/// <param name="Ip">From where; <c>local</c> for the command line.</param>
internal sealed record Actor(string Name, string Ip)
{
    /// <summary>Where a person does it in the console, their session; null for the command line and for what people do on their own pages.</summary>
    public Guid? Session { get; init; }

    /// <summary>Whoever can run commands on the server may do everything.</summary>
    public static Actor CommandLine { get; } = new($"command line ({Environment.UserName})", "local");
}

/// <summary>What is to be written down.</summary>
/// <param name="Company">Null for the installation.</param>
/// <param name="Data">What changed, before and after; never a secret.</param>
internal sealed record NewRecord(Actor Actor, Guid? Company, string Module, string Action, string Subject, object Data);

/// <summary>
/// Who changed what, when and from where: records written in the caller's transaction, each chained to the one before by HMAC, one chain per
/// company and one for the installation.
/// </summary>
internal sealed class AuditLog(Installation installation, TimeProvider time)
{
    /// <summary>The chain of what belongs to no company.</summary>
    public static readonly Guid InstallationChain = Guid.Empty;

    private const int IdBytes = 16;
    private const int NumberBytes = 16;
    private const int LengthBytes = 4;

    private static readonly JsonSerializerOptions format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
    };

    /// <summary>Appends a record; last but for the changes in the transaction, since it holds the chain until that ends.</summary>
    /// <param name="company">Null for the installation.</param>
    /// <param name="data">What changed, before and after; never a secret.</param>
    public Task Append(Session session, Actor actor, Guid? company, string module, string action, string subject, object data) =>
        Append(session, [new NewRecord(actor, company, module, action, subject, data)]);

    /// <summary>Appends records, as above; those of one chain in their order.</summary>
    public async Task Append(Session session, IReadOnlyList<NewRecord> records)
    {
        foreach (var chain in records.GroupBy(record => record.Company ?? InstallationChain).OrderBy(chain => chain.Key))
        {
            var now = time.GetUtcNow();
            var head = await LogStore.HoldHead(session, chain.Key);
            var chained = new List<StoredRecord>();
            foreach (var made in chain)
            {
                var record = new StoredRecord(
                    head.Chain, head.Number + 1, now, made.Actor.Name, made.Actor.Ip, made.Module, made.Action, made.Subject, JsonSerializer.Serialize(made.Data, format), []);
                chained.Add(record with { Mac = Chain(installation.LogKey, head.Mac, record) });
                head = new LogHead(head.Chain, record.Number, chained[^1].Mac);
            }

            await LogStore.Append(session, chained, head);
        }
    }

    /// <summary>HMAC-SHA256 over the previous record's and every field of this one, each with its length, so that no two records read the same.</summary>
    public static byte[] Chain(byte[] key, byte[] previous, StoredRecord record)
    {
        var mac = new byte[HMACSHA256.HashSizeInBytes];
        Chain(key, previous, record, mac);
        return mac;
    }

    /// <inheritdoc cref="Chain(byte[], byte[], StoredRecord)"/>
    /// <param name="mac">Where it is written.</param>
    public static void Chain(byte[] key, ReadOnlySpan<byte> previous, StoredRecord record, Span<byte> mac)
    {
        ReadOnlySpan<string> texts = [record.Actor, record.Ip, record.Module, record.Action, record.Subject, record.Data];
        var longest = previous.Length + IdBytes + NumberBytes + (LengthBytes * (3 + texts.Length));
        foreach (var text in texts)
            longest += Encoding.UTF8.GetMaxByteCount(text.Length);

        // One piece and one call: a chain is run as fast as it can be read.
        var rented = ArrayPool<byte>.Shared.Rent(longest);
        var at = 0;
        Put(rented, ref at, previous);
        Span<byte> fixedSize = stackalloc byte[IdBytes];
        record.Chain.TryWriteBytes(fixedSize, bigEndian: true, out _);
        Put(rented, ref at, fixedSize);
        BinaryPrimitives.WriteInt64BigEndian(fixedSize, record.Number);
        BinaryPrimitives.WriteInt64BigEndian(fixedSize[8..], record.MadeAt.ToUnix());
        Put(rented, ref at, fixedSize[..NumberBytes]);
        foreach (var text in texts)
        {
            var length = Encoding.UTF8.GetBytes(text, rented.AsSpan(at + LengthBytes));
            BinaryPrimitives.WriteInt32BigEndian(rented.AsSpan(at), length);
            at += LengthBytes + length;
        }

        HMACSHA256.HashData(key, rented.AsSpan(0, at), mac);
        ArrayPool<byte>.Shared.Return(rented);
    }

    private static void Put(Span<byte> to, ref int at, ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteInt32BigEndian(to[at..], value.Length);
        value.CopyTo(to[(at + LengthBytes)..]);
        at += LengthBytes + value.Length;
    }
}
