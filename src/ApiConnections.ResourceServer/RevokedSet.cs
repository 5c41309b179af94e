using System.Collections.Concurrent;

namespace ApiConnections.ResourceServer;

/// <summary>What is revoked, small because nothing stays in it for longer than a token can live. One thread writes, requests read.</summary>
internal sealed class RevokedSet
{
    private readonly ConcurrentDictionary<Guid, Mark> authorizations = new();
    private readonly ConcurrentDictionary<Guid, Mark> families = new();
    private readonly ConcurrentDictionary<Guid, Mark> users = new();
    private readonly ConcurrentDictionary<Guid, Mark> companies = new();
    private readonly ConcurrentDictionary<string, Mark> consumers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Mark> tokens = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Mark> keys = new(StringComparer.Ordinal);
    private readonly Queue<(long Sequence, string Kind, string Subject)> byAge = new();
    private int count;

    /// <summary>How many entries are held.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>Below <paramref name="lowestGood"/>, where there is one, every token of the subject is dead; without it, all of them.</summary>
    /// <returns>False for a kind that this version does not know.</returns>
    public bool Add(long sequence, string kind, string subject, long? lowestGood)
    {
        var known = kind switch
        {
            "consumer" => Put(consumers, subject),
            "token" => Put(tokens, subject),
            "key" => Put(keys, subject),
            "authorization" => PutId(authorizations),
            "family" => PutId(families),
            "user" => PutId(users),
            "company" => PutId(companies),
            _ => false,
        };
        if (known)
        {
            byAge.Enqueue((sequence, kind, subject));
            Volatile.Write(ref count, byAge.Count);
        }

        return known;

        bool PutId(ConcurrentDictionary<Guid, Mark> set) => Guid.TryParse(subject, out var id) && Put(set, id);

        bool Put<TKey>(ConcurrentDictionary<TKey, Mark> set, TKey key)
            where TKey : notnull
        {
            // A lower generation that comes later (of a snapshot, say) takes nothing back.
            var lowest = lowestGood ?? long.MaxValue;
            set[key] = set.TryGetValue(key, out var before) ? new Mark(Math.Max(lowest, before.LowestGood), sequence) : new Mark(lowest, sequence);
            return true;
        }
    }

    /// <summary>Forgets what no token can carry any more.</summary>
    public void ForgetUpTo(long horizon)
    {
        while (byAge.TryPeek(out var oldest) && oldest.Sequence <= horizon)
        {
            byAge.Dequeue();
            _ = oldest.Kind switch
            {
                "consumer" => Take(consumers, oldest.Subject),
                "token" => Take(tokens, oldest.Subject),
                "key" => Take(keys, oldest.Subject),
                "authorization" => Take(authorizations, Guid.Parse(oldest.Subject)),
                "family" => Take(families, Guid.Parse(oldest.Subject)),
                "user" => Take(users, Guid.Parse(oldest.Subject)),
                _ => Take(companies, Guid.Parse(oldest.Subject)),
            };
        }

        Volatile.Write(ref count, byAge.Count);

        bool Take<TKey>(ConcurrentDictionary<TKey, Mark> set, TKey key)
            where TKey : notnull => set.TryGetValue(key, out var mark) && mark.Sequence <= horizon && set.TryRemove(key, out _);
    }

    /// <summary>Whether something of the token, or all of it, is revoked.</summary>
    public bool Holds(AccessToken token) =>
        authorizations.ContainsKey(token.AuthorizationId)
        || (token.FamilyId is { } family && families.ContainsKey(family))
        || tokens.ContainsKey(token.Id)
        || keys.ContainsKey(token.KeyId)
        || (consumers.TryGetValue(token.ClientId, out var consumer) && token.ConsumerGeneration < consumer.LowestGood)
        || (companies.TryGetValue(token.Company, out var company) && token.CompanyGeneration < company.LowestGood)
        || (token.User is { } user && users.TryGetValue(user, out var person) && token.UserGeneration < person.LowestGood);

    private readonly record struct Mark(long LowestGood, long Sequence);
}
