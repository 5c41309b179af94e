using ApiConnections.Protocol;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Keys;

/// <summary>Announce, sign, retire, delete: done by whichever node comes first, under an advisory lock.</summary>
internal sealed class KeyRotation(IDatabase database, KeyEncryptionKey kek, KeyRing ring, KeyOptions options, TimeProvider time)
{
    /// <summary>Does what is due now, if anything, and loads the result.</summary>
    public async Task DoWhatIsDue()
    {
        await database.Write<bool>(async session =>
        {
            // Another node is at it: its change will tell. A node that has no key yet waits for that one's.
            if (ring.Keys.Count == 0)
                await session.Lock(AdvisoryLock.KeyRotation);
            else if (!await session.TryLock(AdvisoryLock.KeyRotation))
                return false;

            var stored = await SigningKeyStore.All(session);
            var keys = ring.Open(stored);
            return await AnnounceNext(session, keys) | await RetireAndDelete(session, keys);
        });
        await ring.Load(database);
    }

    /// <summary>Announces a new key now, which signs after the announcement time.</summary>
    public Task<Outcome<SigningKey>> Rotate(Func<Session, SigningKey, Task> record) => database.Write<SigningKey>(async session =>
    {
        await session.Lock(AdvisoryLock.KeyRotation);
        var now = time.GetUtcNow();
        var key = SigningKey.New(now, now + options.Announce);
        await SigningKeyStore.Insert(session, key.Seal(kek));
        await record(session, key);
        await Tell(session, key.Public.KeyId, withdrawn: false);
        return key;
    });

    /// <summary>Withdraws every key at once, since somebody may have a copy, and signs with a new one from now on.</summary>
    /// <remarks>Tokens of the old keys are dead at an API as soon as it hears of the withdrawal, or has fetched the key set anew.</remarks>
    public Task<Outcome<SigningKey>> ReplaceCompromised(Func<Session, SigningKey, IReadOnlyList<string>, Task> record) => database.Write<SigningKey>(async session =>
    {
        var (key, withdrawn) = await Replace(session);
        await record(session, key, withdrawn);
        await TellWithdrawn(session, withdrawn);
        return key;
    });

    /// <summary>The same in the caller's transaction, which writes its record next and then what <see cref="TellWithdrawn"/> writes.</summary>
    public async Task<(SigningKey Key, IReadOnlyList<string> Withdrawn)> Replace(Session session)
    {
        await session.Lock(AdvisoryLock.KeyRotation);
        var withdrawn = (await SigningKeyStore.All(session)).Select(key => key.KeyId).ToArray();
        var now = time.GetUtcNow();
        var key = SigningKey.New(now, now);
        foreach (var kid in withdrawn)
            await SigningKeyStore.Delete(session, kid);
        await SigningKeyStore.Insert(session, key.Seal(kek));
        return (key, withdrawn);
    }

    /// <summary>For nodes and APIs: tokens that these keys have signed are dead.</summary>
    public async Task TellWithdrawn(Session session, IEnumerable<string> withdrawn)
    {
        foreach (var kid in withdrawn)
            await Tell(session, kid, withdrawn: true);
    }

    private async Task<bool> AnnounceNext(Session session, SigningKey[] keys)
    {
        var now = time.GetUtcNow();
        // The first key of an installation signs at once: nobody can have cached a key set without it.
        var first = keys.Length == 0;
        var last = keys.Length == 0 ? null : keys[^1];
        if (!first && now < last!.SignsFrom + options.Sign - options.Announce)
            return false;

        var due = last is null ? now : last.SignsFrom + options.Sign;
        var key = SigningKey.New(now, first || due > now + options.Announce ? due : now + options.Announce);
        await SigningKeyStore.Insert(session, key.Seal(kek));
        await Tell(session, key.Public.KeyId, withdrawn: false);
        return true;
    }

    private Task Tell(Session session, string kid, bool withdrawn) =>
        ChangeStore.Append(session, new Change(ChangeKind.Key, kid, null, null, ForApis: withdrawn), time.GetUtcNow());

    private async Task<bool> RetireAndDelete(Session session, SigningKey[] keys)
    {
        var now = time.GetUtcNow();
        var current = KeyRing.At(keys, now);
        var changed = false;
        foreach (var key in keys)
        {
            if (key.DeletesAt <= now)
            {
                await SigningKeyStore.Delete(session, key.Public.KeyId);
                changed = true;
            }
            else if (key.RetiredAt is null && current is not null && key.SignsFrom < current.SignsFrom)
            {
                await SigningKeyStore.Retire(session, key.Public.KeyId, current.SignsFrom, current.SignsFrom + KeyOptions.KeepRetired);
                changed = true;
            }
        }

        return changed;
    }
}
