using System.Security.Cryptography;
using System.Text;

namespace ApiConnections.Server.Model;

/// <summary>The <c>state</c> of a <see cref="Trial"/>: which one it is, and 256 random bits that prove it. What comes back is sealed under it, so that the database alone cannot yield it.</summary>
internal sealed class TrialState
{
    private const int IdCharacters = 32;
    private const int SecretCharacters = 43; // 62^43 > 2^256
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private static readonly byte[] purpose = "api-connections trial"u8.ToArray();
    private readonly string text;

    private TrialState(Guid id, string text) => (Id, this.text) = (id, text);

    public Guid Id { get; }

    public byte[] Hash => SHA256.HashData(Encoding.ASCII.GetBytes(text));

    public static TrialState New(DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now);
        return new TrialState(id, id.ToString("N") + Base62.Random(SecretCharacters));
    }

    /// <summary>Null for what is no state of a trial.</summary>
    public static TrialState? Read(string? state) =>
        state is { Length: IdCharacters + SecretCharacters } && state.All(char.IsAsciiLetterOrDigit) && Guid.TryParseExact(state.AsSpan(0, IdCharacters), "N", out var id) ? new TrialState(id, state) : null;

    public byte[] Seal(string code)
    {
        var clear = Encoding.UTF8.GetBytes(code);
        var box = new byte[NonceBytes + clear.Length + TagBytes];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceBytes));
        using var cipher = Cipher();
        cipher.Encrypt(box.AsSpan(0, NonceBytes), clear, box.AsSpan(NonceBytes, clear.Length), box.AsSpan(NonceBytes + clear.Length));
        return box;
    }

    public TokenValue Open(byte[] box)
    {
        var clear = new byte[box.Length - NonceBytes - TagBytes];
        using var cipher = Cipher();
        cipher.Decrypt(box.AsSpan(0, NonceBytes), box.AsSpan(NonceBytes, clear.Length), box.AsSpan(NonceBytes + clear.Length), clear);
        return new TokenValue(Encoding.UTF8.GetString(clear));
    }

    /// <summary>For the address that it goes into.</summary>
    public string Reveal() => text;

    public override string ToString() => "***";

    private AesGcm Cipher() => new(HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.ASCII.GetBytes(text), 32, info: purpose), TagBytes);
}
