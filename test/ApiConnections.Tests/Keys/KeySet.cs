using System.Text.Json;
using ApiConnections.Server.Access;
using ApiConnections.Server.Keys;
using ApiConnections.Tests.Support;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Installation = ApiConnections.Tests.Support.Installation;

namespace ApiConnections.Tests.Keys;

/// <summary>What the tests of keys ask a node.</summary>
internal static class KeySet
{
    /// <summary>The published key set, as JSON.</summary>
    public static Task<string> Keys(this Node node) => node.Http.GetStringAsync("/.well-known/jwks.json");

    /// <summary>The ids of the published keys.</summary>
    public static async Task<string[]> KeyIds(this Node node) =>
        [.. JsonDocument.Parse(await node.Keys()).RootElement.GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("kid").GetString()!)];

    /// <summary>The key that a token was signed with.</summary>
    public static string KeyId(this TokenAnswer answer) => new JsonWebToken(answer.AccessToken).Kid;

    /// <summary>Whether somebody with this key set takes the token, its times aside.</summary>
    public static async Task<bool> Verifies(string keySet, string token) =>
        (await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            IssuerSigningKeys = new JsonWebKeySet(keySet).GetSigningKeys(),
            TryAllIssuerSigningKeys = false,
            ValidateIssuer = false,
            ValidateAudience = false,
            ValidateLifetime = false,
        })).IsValid;

    /// <summary>A node that looks after its keys only in <see cref="Pass"/>: months would be very many minutes.</summary>
    public static Task<Node> StartWithoutMinutes(this Installation installation) => installation.Start(builder =>
        builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == typeof(KeyRotationJob))));

    /// <summary>Moves the clock, and lets the node do what it does every minute.</summary>
    public static Task Pass(this Installation installation, TimeSpan time, Node node)
    {
        installation.Clock.Advance(time);
        return node.App.Services.GetRequiredService<KeyRotation>().DoWhatIsDue();
    }
}
