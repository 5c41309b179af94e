using System.Security.Cryptography;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Audit;

/// <summary>How far a chain holds.</summary>
/// <param name="HoldsTo">The number of the last record that is in order.</param>
/// <param name="Fault">What is wrong after it, in a sentence; null where the whole chain holds.</param>
internal sealed record ChainVerdict(Guid Chain, long HoldsTo, string? Fault);

/// <summary>Runs the chains: finds any record that was changed, removed or moved and, against a head that was exported earlier, a tail that was cut.</summary>
internal sealed class LogVerification(IDatabase database, Installation installation)
{
    private const int Page = 1000;

    /// <param name="exported">Heads kept elsewhere; a chain must still run through them.</param>
    public async Task<IReadOnlyList<ChainVerdict>> Verify(IReadOnlyList<LogHead> exported, Action<Guid, long>? progress = null)
    {
        var heads = await database.Read(LogStore.Heads);
        var verdicts = new List<ChainVerdict>();
        foreach (var head in heads)
            verdicts.Add(await Verify(head, exported.Where(kept => kept.Chain == head.Chain).ToArray(), progress));

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
    public async Task<ChainVerdict> VerifyChain(Guid chain, Action<Guid, long>? progress = null)
    {
        var head = (await database.Read(LogStore.Heads)).FirstOrDefault(head => head.Chain == chain);
        return head is null ? new ChainVerdict(chain, 0, "the whole chain is gone.") : await Verify(head, [], progress);
    }

    private async Task<ChainVerdict> Verify(LogHead head, LogHead[] exported, Action<Guid, long>? progress)
    {
        byte[] mac = [];
        long number = 0;
        while (true)
        {
            var records = await database.Read(session => LogStore.After(session, head.Chain, number, Page));
            foreach (var record in records)
            {
                if (record.Number != number + 1)
                    return new ChainVerdict(head.Chain, number, $"record {number + 1} is missing.");
                if (!CryptographicOperations.FixedTimeEquals(AuditLog.Chain(installation.LogKey, mac, record), record.Mac))
                    return new ChainVerdict(head.Chain, number, $"record {record.Number} was changed, or is not the one that stood there.");

                (number, mac) = (record.Number, record.Mac);
                if (Array.Find(exported, kept => kept.Number == record.Number && !kept.Mac.AsSpan().SequenceEqual(record.Mac)) is not null)
                    return new ChainVerdict(head.Chain, number - 1, $"record {number} is another one than when the head was exported: the chain was written anew.");
                if (record.Number == head.Number && !head.Mac.AsSpan().SequenceEqual(record.Mac))
                    return new ChainVerdict(head.Chain, number, "the end of the chain was changed: it is not that of the last record.");
            }

            progress?.Invoke(head.Chain, number);
            if (records.Count < Page)
                break;
        }

        // A record that came in while this ran is no fault: the head is read before the records.
        if (number < head.Number)
            return new ChainVerdict(head.Chain, number, $"records {number + 1} to {head.Number} are missing at the end.");
        if (exported.Where(kept => kept.Number > number).Select(kept => kept.Number).DefaultIfEmpty().Max() is > 0 and var longest)
            return new ChainVerdict(head.Chain, number, $"records {number + 1} to {longest} are missing at the end: they were there when the head was exported.");

        return new ChainVerdict(head.Chain, number, null);
    }
}
