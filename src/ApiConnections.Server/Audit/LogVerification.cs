using System.Security.Cryptography;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Audit;

/// <summary>How far a chain holds.</summary>
/// <param name="HoldsTo">The number of the last record that is in order.</param>
/// <param name="Fault">What is wrong after it, in a sentence; null where the whole chain holds.</param>
internal sealed record ChainVerdict(Guid Chain, long HoldsTo, string? Fault);

/// <summary>How far the run of a chain is.</summary>
/// <param name="Total">How many records the chain had when the run began.</param>
internal readonly record struct ChainProgress(Guid Chain, long Number, long Total);

/// <summary>Runs the chains: finds any record that was changed, removed or moved and, against a head that was exported earlier, a tail that was cut.</summary>
internal sealed class LogVerification(IDatabase database, Installation installation)
{
    private const int PartRecords = 2000;

    // Each record is held against the stored one before it, so that parts can be run beside each other; their verdicts count in their order.
    private static readonly int partsAtOnce = Math.Clamp(Environment.ProcessorCount, 2, 4);

    /// <param name="exported">Heads kept elsewhere; a chain must still run through them.</param>
    public async Task<IReadOnlyList<ChainVerdict>> Verify(IReadOnlyList<LogHead> exported, Action<ChainProgress>? progress = null, CancellationToken stop = default)
    {
        var heads = await database.Read(LogStore.Heads);
        var verdicts = new List<ChainVerdict>();
        foreach (var head in heads)
            verdicts.Add(await Verify(head, exported.Where(kept => kept.Chain == head.Chain).ToArray(), progress, stop));

        verdicts.AddRange(exported.Where(kept => kept.Number > 0 && heads.All(head => head.Chain != kept.Chain))
            .Select(kept => new ChainVerdict(kept.Chain, 0, $"the whole chain is gone: it held {kept.Number} records when its head was exported.")));
        // A company has its own chain from its first day, and its making stands in the installation's.
        var companies = (await database.Read(CompanyStore.All)).Select(company => company.Id).ToArray();
        verdicts.AddRange((companies.Length > 0 ? companies.Prepend(AuditLog.InstallationChain) : companies)
            .Where(chain => heads.All(head => head.Chain != chain) && verdicts.All(verdict => verdict.Chain != chain))
            .Select(chain => new ChainVerdict(chain, 0, "the whole chain is gone.")));
        return verdicts;
    }

    /// <summary>Runs one chain.</summary>
    public async Task<ChainVerdict> VerifyChain(Guid chain, Action<ChainProgress>? progress = null, CancellationToken stop = default)
    {
        var head = (await database.Read(LogStore.Heads)).FirstOrDefault(head => head.Chain == chain);
        return head is null ? new ChainVerdict(chain, 0, "the whole chain is gone.") : await Verify(head, [], progress, stop);
    }

    private async Task<ChainVerdict> Verify(LogHead head, LogHead[] exported, Action<ChainProgress>? progress, CancellationToken stop)
    {
        var ahead = new Queue<Task<ChainVerdict>>();
        long begun = 0, number = 0;
        try
        {
            while (number < head.Number)
            {
                for (; ahead.Count < partsAtOnce && begun < head.Number; begun += PartRecords)
                {
                    var after = begun;
                    ahead.Enqueue(Task.Run(() => Part(head, exported, after, Math.Min(after + PartRecords, head.Number)), stop));
                }

                var verdict = await ahead.Dequeue();
                if (verdict.Fault is not null)
                    return verdict;

                number = verdict.HoldsTo;
                progress?.Invoke(new ChainProgress(head.Chain, number, head.Number));
                stop.ThrowIfCancellationRequested();
            }

            // The head was read before the records: one that came in while this ran is no fault, and must be in order too.
            for (ChainVerdict? last = null; last is null || last.HoldsTo > number;)
            {
                number = last?.HoldsTo ?? number;
                last = await Part(head, exported, number, number + PartRecords);
                if (last.Fault is not null)
                    return last;
            }
        }
        finally
        {
            foreach (var left in ahead)
                await ((Task)left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (exported.Where(kept => kept.Number > number).Select(kept => kept.Number).DefaultIfEmpty().Max() is > 0 and var longest)
            return new ChainVerdict(head.Chain, number, $"records {number + 1} to {longest} are missing at the end: they were there when the head was exported.");

        return new ChainVerdict(head.Chain, number, null);
    }

    /// <summary>The records after one up to another, both by their numbers; up to the head there must be each.</summary>
    private async Task<ChainVerdict> Part(LogHead head, LogHead[] exported, long after, long to)
    {
        var records = await database.Read(session => LogStore.After(session, head.Chain, after - 1, (int)(to - after) + 1));
        // What is chained to is the record before, whose own place is in the part before this.
        var (previous, number) = after > 0 && records is [var first, ..] && first.Number == after ? (first.Mac, after) : ([], after);
        var mac = new byte[HMACSHA256.HashSizeInBytes];
        foreach (var record in records.Where(record => record.Number > after && record.Number <= to))
        {
            if (record.Number != number + 1)
                return new ChainVerdict(head.Chain, number, $"record {number + 1} is missing.");

            AuditLog.Chain(installation.LogKey, previous, record, mac);
            if (!CryptographicOperations.FixedTimeEquals(mac, record.Mac))
                return new ChainVerdict(head.Chain, number, $"record {record.Number} was changed, or is not the one that stood there.");

            (number, previous) = (record.Number, record.Mac);
            if (Array.Find(exported, kept => kept.Number == record.Number && !kept.Mac.AsSpan().SequenceEqual(record.Mac)) is not null)
                return new ChainVerdict(head.Chain, number - 1, $"record {number} is another one than when the head was exported: the chain was written anew.");
            if (record.Number == head.Number && !head.Mac.AsSpan().SequenceEqual(record.Mac))
                return new ChainVerdict(head.Chain, number, "the end of the chain was changed: it is not that of the last record.");
        }

        if (number >= Math.Min(to, head.Number))
            return new ChainVerdict(head.Chain, number, null);

        var further = await database.Read(session => LogStore.After(session, head.Chain, number, 1));
        return new ChainVerdict(head.Chain, number, further.Count > 0 ? $"record {number + 1} is missing." : $"records {number + 1} to {head.Number} are missing at the end.");
    }
}
