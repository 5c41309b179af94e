using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>A secret just made: in clear this once, and as it is stored.</summary>
internal sealed record MadeSecret(ClientSecret Clear, StoredSecret Stored);

/// <summary>Makes secrets for consumers and APIs.</summary>
internal sealed class Secrets(TimeProvider time)
{
    public Task<MadeSecret> Insert(Session session, string consumer, string label, DateTimeOffset? expires) =>
        Insert(session, SecretStore.OfConsumers, consumer, label, expires);

    public Task<MadeSecret> InsertForApi(Session session, string api, string label) => Insert(session, SecretStore.OfApis, api, label, expires: null);

    private async Task<MadeSecret> Insert(Session session, SecretStore store, string key, string label, DateTimeOffset? expires)
    {
        var clear = ClientSecret.New();
        var now = time.GetUtcNow();
        var stored = new StoredSecret(Guid.CreateVersion7(now), clear.Hash, clear.Hint, label, now, expires, RevokedAt: null);
        await store.Insert(session, key, stored);
        return new MadeSecret(clear, stored);
    }
}
