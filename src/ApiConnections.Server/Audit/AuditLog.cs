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
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        Field(hmac, previous);
        Field(hmac, record.Chain.ToByteArray(bigEndian: true));
        Span<byte> numbers = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(numbers, record.Number);
        BinaryPrimitives.WriteInt64BigEndian(numbers[8..], record.MadeAt.ToUnix());
        Field(hmac, numbers);
        foreach (var text in (ReadOnlySpan<string>)[record.Actor, record.Ip, record.Module, record.Action, record.Subject, record.Data])
            Field(hmac, Encoding.UTF8.GetBytes(text));

        return hmac.GetHashAndReset();
    }

    private static void Field(IncrementalHash hmac, ReadOnlySpan<byte> value)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, value.Length);
        hmac.AppendData(length);
        hmac.AppendData(value);
    }
}
