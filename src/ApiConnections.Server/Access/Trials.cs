using System.Security.Cryptography;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Access;

/// <summary>
/// The one address beside the registered ones that an app's answer may go to: our own page, for a request that was begun in the console and for no other.
/// </summary>
internal sealed class Trials(IDatabase database, IOptions<IssuerOptions> issuer, TimeProvider time)
{
    public const string Route = "/settings/api-connections/consumers/{key}/test/callback";

    public string Callback(string consumer) => issuer.Value.Address(Route.Replace("{key}", Uri.EscapeDataString(consumer), StringComparison.Ordinal));

    /// <summary>The trial that a request belongs to; null where it was not begun, is over, or is another consumer's, or where anything of the request is not its own.</summary>
    public async Task<Trial?> Find(string consumer, string? redirectUri, string? state, string? challenge)
    {
        if (!string.Equals(redirectUri, Callback(consumer), StringComparison.Ordinal) || TrialState.Read(state) is not { } read)
            return null;

        return await database.Read(session => TrialStore.Find(session, read.Id)) is { } trial
            && CryptographicOperations.FixedTimeEquals(trial.StateHash, read.Hash)
            && string.Equals(trial.Consumer, consumer, StringComparison.Ordinal)
            && string.Equals(trial.Challenge, challenge, StringComparison.Ordinal)
            && trial.IsOpenAt(time.GetUtcNow())
            ? trial
            : null;
    }
}
