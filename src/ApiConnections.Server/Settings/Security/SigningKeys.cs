using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Settings.Security;

/// <summary>A signing key and what it does now.</summary>
internal sealed record ListedKey(SigningKey Key, string State);

/// <summary>What resealing did: how many things were sealed anew, with which key, and what is left to do.</summary>
internal sealed record Resealed(int Count, string KeyId, string Next);

/// <summary>The signing keys in the hands of the operator.</summary>
internal sealed class SigningKeys(IDatabase database, KeyRotation rotation, KeyRing ring, AuditLog log, TimeProvider time)
{
    private const string Module = "security";

    public async Task<Outcome<IReadOnlyList<ListedKey>>> List()
    {
        await ring.Load(database);
        var now = time.GetUtcNow();
        var current = KeyRing.At(ring.Keys, now);
        return Outcome.Of<IReadOnlyList<ListedKey>>(
            [.. ring.Keys.Select(key => new ListedKey(key, key == current ? "signs" : key.SignsFrom > now ? "announced" : "retired"))]);
    }

    /// <summary>Announces a new key, which signs after the announcement time.</summary>
    public Task<Outcome<SigningKey>> Rotate(Actor actor) => rotation.Rotate((session, key) =>
        log.Append(session, actor, null, Module, "key.rotate", key.Public.KeyId, new { key.SignsFrom }));

    /// <summary>Withdraws all keys at once and signs with a new one.</summary>
    public Task<Outcome<SigningKey>> ReplaceCompromised(Actor actor) => rotation.ReplaceCompromised((session, key, withdrawn) =>
        log.Append(session, actor, null, Module, "key.compromised", key.Public.KeyId, new { withdrawn }));
}

/// <summary>Changes the key-encryption key: opens everything with the old one and seals it with the new one, in one transaction.</summary>
internal sealed class Resealing(IDatabase database, KeyEncryptionKey old, DataFolder folder, AuditLog log, IOptions<KeyOptions> options)
{
    /// <param name="newKeyFile">A file with the new key in base64; null on SQLite: one is made and put in the place of the old.</param>
    public async Task<Outcome<Resealed>> Reseal(Actor actor, string? newKeyFile)
    {
        var own = newKeyFile is null;
        if (own && (database.Engine == Engine.Postgres || options.Value.EncryptionKey is not null || options.Value.EncryptionKeyFile is not null))
            return Refused.Invalid("Give the file with the new key: --new-key-file FILE (make one with: openssl rand -base64 32 > FILE).");
        var whyNot = "";
        if ((own ? KeyEncryptionKey.New() : KeyEncryptionKey.ReadFile(newKeyFile!, out whyNot)) is not { } fresh)
            return Refused.Invalid(whyNot);
        if (fresh.Id == old.Id)
            return Refused.Conflict("That is the key that is in use already.");

        // The new key is on the disk before anything is sealed with it: a crash in between leaves both.
        var next = folder.KeyEncryptionKeyFile + ".new";
        if (own && !DataFolder.WriteNew(next, Encoding.ASCII.GetBytes(fresh.Reveal() + "\n")))
            return Refused.Conflict($"{next} is there already: another reseal runs, or one was interrupted. Where the database opens with the key in use, delete it; else move it over the key.");

        if (!(await SealAll(actor, fresh)).TryGet(out var count, out var refusal))
        {
            if (own)
                File.Delete(next);
            return refusal;
        }

        if (!own)
            return new Resealed(count, fresh.Id, "Set ApiConnections:Keys:EncryptionKey (or its file) to the new key on every node and restart them.");

        File.Move(next, folder.KeyEncryptionKeyFile, overwrite: true);
        return new Resealed(count, fresh.Id, "The new key is in the data folder; restart the server if one runs, and keep a copy of the key apart from the backups.");
    }

    private Task<Outcome<int>> SealAll(Actor actor, KeyEncryptionKey fresh) => database.Write<int>(async session =>
    {
        await session.Lock(AdvisoryLock.KeyRotation);
        var stored = await SigningKeyStore.All(session);
        foreach (var key in stored)
        {
            if (SigningKey.Open(key, old) is not { } opened)
                return Refused.Conflict($"The signing key {key.KeyId} does not open with the key in use; nothing was changed.");

            await SigningKeyStore.Reseal(session, key.KeyId, opened.Seal(fresh).SealedPrivate);
        }

        if (old.Open(Installation.LogKeyPurpose, (await SigningKeyStore.LogKey(session))!) is not { } logKey)
            return Refused.Conflict("The key of the transactions log does not open with the key in use; nothing was changed.");

        await SigningKeyStore.ResealLogKey(session, fresh.Seal(Installation.LogKeyPurpose, logKey));
        if (!(await SealRing(session, fresh)).TryGet(out var ring, out var refusal) || !(await SealSecondFactors(session, fresh)).TryGet(out var factors, out refusal))
            return refusal;

        await log.Append(session, actor, null, "security", "key_encryption_key.change", fresh.Id, new { before = old.Id, after = fresh.Id });
        return stored.Count + 1 + ring + factors;
    });

    // What seals forms and addresses; one that does not open is void already, and stays so.
    private async Task<Outcome<int>> SealRing(Session session, KeyEncryptionKey fresh)
    {
        var count = 0;
        foreach (var (id, box) in await DataProtectionKeyStore.All(session))
        {
            if (old.Open(DataProtectionRing.Purpose, box) is not { } key)
                continue;

            await DataProtectionKeyStore.Reseal(session, id, fresh.Seal(DataProtectionRing.Purpose, key));
            count++;
        }

        return count;
    }

    private async Task<Outcome<int>> SealSecondFactors(Session session, KeyEncryptionKey fresh)
    {
        var count = 0;
        foreach (var (user, key, pending) in await CredentialStore.HoldSealed(session))
        {
            var purpose = SecondFactors.Purpose(user);
            if (new[] { key, pending }.Any(box => box is not null && old.Open(purpose, box) is null))
                return Refused.Conflict($"The second factor of the person {user} does not open with the key in use; nothing was changed.");

            await CredentialStore.Reseal(session, user, Again(key), Again(pending));
            count++;

            byte[]? Again(byte[]? box) => box is null ? null : fresh.Seal(purpose, old.Open(purpose, box)!);
        }

        return count;
    }
}
