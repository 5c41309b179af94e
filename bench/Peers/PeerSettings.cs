using System.Text.Json;

namespace Peers;

/// <summary>What every peer is told: where it listens and who may call it.</summary>
/// <param name="Key">The program that takes tokens for itself.</param>
/// <param name="App">The public app that acts for people.</param>
/// <param name="ApiKey">The API that introspects.</param>
/// <param name="Database">A PostgreSQL database of its own, for a peer that needs one.</param>
internal sealed record PeerSettings(string Url, string Key, string Secret, string App, string Callback, string ApiKey, string ApiSecret, string Audience, string? Database)
{
    /// <param name="args">The settings, as one JSON object.</param>
    public static PeerSettings From(string[] args) => JsonSerializer.Deserialize<PeerSettings>(args[0])!;
}
