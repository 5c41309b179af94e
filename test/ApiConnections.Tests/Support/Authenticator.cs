using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ApiConnections.Tests.Support;

/// <summary>A person's authenticator with one passkey, and the browser's part beside it: it says whatever a test wants to see refused.</summary>
internal sealed partial class Authenticator(string origin) : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private byte[] userHandle = [];

    /// <summary>What browsers say where the page comes from.</summary>
    public string Origin { get; set; } = origin;

    public byte[] Id { get; } = RandomNumberGenerator.GetBytes(32);

    /// <summary>Counts its signatures; 0 for ever where it keeps no count, as those do whose passkeys are synced.</summary>
    public uint Count { get; set; }

    public bool Verified { get; set; } = true;

    public bool Synced { get; set; } = true;

    public bool CrossOrigin { get; set; }

    /// <summary>WebAuthn s7.1: the answer to what the page asks for a new passkey.</summary>
    public string Make(PageAnswer page)
    {
        var options = Options(page);
        userHandle = Base64Url.DecodeFromChars(options["user"]!["id"]!.GetValue<string>());
        var point = key.ExportParameters(false).Q;
        byte[] cose = [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20, .. point.X!, 0x22, 0x58, 0x20, .. point.Y!];
        byte[] data = [.. Data(options["rp"]!["id"]!.GetValue<string>(), attested: true), .. new byte[16], 0, (byte)Id.Length, .. Id, .. cose];
        byte[] attestation = [0xA3, 0x63, .. "fmt"u8, 0x64, .. "none"u8, 0x67, .. "attStmt"u8, 0xA0, 0x68, .. "authData"u8, 0x58, (byte)data.Length, .. data];
        return Answer(new JsonObject { ["clientDataJSON"] = Client("webauthn.create", options), ["attestationObject"] = Base64Url.EncodeToString(attestation), ["transports"] = new JsonArray("internal", "made up") });
    }

    /// <summary>WebAuthn s7.2: the answer to what the page asks.</summary>
    public string Show(PageAnswer page) => Show(Options(page));

    public string Show(JsonNode options)
    {
        if (Count > 0)
            Count++;

        var client = Client("webauthn.get", options);
        var data = Data(options["rpId"]!.GetValue<string>(), attested: false);
        byte[] signed = [.. data, .. SHA256.HashData(Base64Url.DecodeFromChars(client))];
        return Answer(new JsonObject
        {
            ["clientDataJSON"] = client,
            ["authenticatorData"] = Base64Url.EncodeToString(data),
            ["signature"] = Base64Url.EncodeToString(key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
            ["userHandle"] = Base64Url.EncodeToString(userHandle),
        });
    }

    public static JsonNode Options(PageAnswer page) => JsonNode.Parse(System.Net.WebUtility.HtmlDecode(Asked().Match(page.Html).Groups[1].Value))!;

    public void Dispose() => key.Dispose();

    private string Client(string type, JsonNode options) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        JsonSerializer.Serialize(new { type, challenge = options["challenge"]!.GetValue<string>(), origin = Origin, crossOrigin = CrossOrigin })));

    private byte[] Data(string domain, bool attested)
    {
        var flags = (byte)(0x01 | (Verified ? 0x04 : 0) | (Synced ? 0x18 : 0) | (attested ? 0x40 : 0));
        var data = new byte[37];
        SHA256.HashData(Encoding.UTF8.GetBytes(domain)).CopyTo(data, 0);
        data[32] = flags;
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(33), Count);
        return data;
    }

    private string Answer(JsonObject response) => new JsonObject
    {
        ["id"] = Base64Url.EncodeToString(Id),
        ["rawId"] = Base64Url.EncodeToString(Id),
        ["type"] = "public-key",
        ["clientExtensionResults"] = new JsonObject(),
        ["response"] = response,
    }.ToJsonString();

    [GeneratedRegex("data-options=\"([^\"]*)\"")]
    private static partial Regex Asked();
}
