using System.Buffers.Text;
using System.Text.Json;
using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>What a test came to: a token, or the refusal of the endpoint with what only the owner may know.</summary>
internal sealed record Tried(TriedToken? Token, Refusal? Refused)
{
    public static implicit operator Tried(Refusal refusal) => new(null, refusal);
}

/// <summary>A token that a test got, as it is shown.</summary>
/// <param name="RefreshHint">How the refresh token begins and ends, of which nobody keeps the rest; null where there is none.</param>
/// <param name="Introspection">What introspection answered about it; null where the consumer may not ask.</param>
internal sealed record TriedToken(TokenValue Access, string Scope, string? RefreshHint, IReadOnlyList<(string Name, string Value)> Header, IReadOnlyList<(string Name, string Value)> Claims, string? Introspection)
{
    private const int ShownAtTheStart = 12;
    private static readonly JsonSerializerOptions indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Enough to tell it from another.</summary>
    public string Shortened => Access.Reveal()[..ShownAtTheStart] + "…" + Access.Reveal()[^6..];

    public DateTimeOffset? ExpiresAt => Time("exp");

    public string? Claim(string name) => Claims.FirstOrDefault(claim => claim.Name == name).Value;

    /// <summary>A claim that is a time; null for any other.</summary>
    public DateTimeOffset? Time(string name) =>
        name is "exp" or "iat" && long.TryParse(Claim(name), System.Globalization.CultureInfo.InvariantCulture, out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    public override string ToString() => "***";

    public static TriedToken Of(OwnAnswer answer, OwnAnswer? introspected)
    {
        var token = answer.Text("access_token")!;
        var parts = token.Split('.');
        return new TriedToken(
            new TokenValue(token),
            answer.Text("scope") ?? "",
            answer.Text("refresh_token") is { } refresh ? refresh[..4] + "…" + refresh[^4..] : null,
            Members(parts[0]),
            Members(parts[1]),
            introspected is { IsGood: true } ? JsonSerializer.Serialize(introspected.Body, indented) : null);
    }

    private static IReadOnlyList<(string, string)> Members(string part)
    {
        using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(part));
        return [.. json.RootElement.EnumerateObject().Select(member => (member.Name, member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : member.Value.GetRawText()))];
    }
}
