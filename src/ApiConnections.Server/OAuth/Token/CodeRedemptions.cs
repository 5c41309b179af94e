using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using ApiConnections.Server.Telemetry;

namespace ApiConnections.Server.OAuth.Token;

/// <summary>Redeems codes: those that come at the same time share one reading and one transaction, and each is decided by its own row.</summary>
internal sealed class CodeRedemptions : IAsyncDisposable
{
    private readonly IDatabase database;
    private readonly CodeRules rules;
    private readonly TimeProvider time;
    private readonly GroupCommit<Redemption, Decision> together;

    public CodeRedemptions(IDatabase database, CodeRules rules, Instruments instruments, TimeProvider time)
    {
        (this.database, this.rules, this.time) = (database.Grouped, rules, time);
        together = new(Redeem);
        instruments.Queue("code", () => together.Length);
    }

    /// <summary>Takes the code, where it may be taken, and makes its family: committed when this returns.</summary>
    public Task<Decision> Redeem(Redemption asked) => together.Add(asked);

    public ValueTask DisposeAsync() => together.DisposeAsync();

    private async Task<IReadOnlyList<Decision>> Redeem(IReadOnlyList<Redemption> asked)
    {
        var decisions = new Decision[asked.Count];
        await Look(asked, decisions, [.. Enumerable.Range(0, asked.Count)]);
        var takes = Granted(decisions, new HashSet<Guid>(), asked);
        if (takes.Count == 0)
            return decisions;

        var made = await Take([.. takes.Select(i => (asked[i].Locator, asked[i].Family))]);
        var lost = Granted(decisions, made, asked);
        if (lost.Count == 0)
            return decisions;

        // Losers are told apart by a second look. What it finds still to be taken has ended in between.
        await Look(asked, decisions, lost);
        foreach (var i in Granted(decisions, made, asked))
            decisions[i] = new Decision(CodeRules.Lost);

        return decisions;
    }

    private async Task Look(IReadOnlyList<Redemption> asked, Decision[] decisions, IReadOnlyList<int> which)
    {
        var now = time.GetUtcNow();
        var found = await database.ReadToWrite(session => RedemptionStore.Find(session, which.Select(i => asked[i].Locator), now));
        var together = new Dictionary<Guid, int>();
        foreach (var i in which)
        {
            var decision = rules.Decide(asked[i], found.GetValueOrDefault(asked[i].Locator), now);
            decisions[i] = decision.Outcome.TryGet(out var redeemed, out _) ? decision with { Outcome = Counted(redeemed, together) } : decision;
        }
    }

    // Those of one authorization in one batch do not see each other's families yet.
    private static Redeemed Counted(Redeemed redeemed, Dictionary<Guid, int> together)
    {
        var authorization = redeemed.Code.AuthorizationId;
        together[authorization] = together.GetValueOrDefault(authorization) + 1;
        return redeemed with { LiveFamilies = redeemed.LiveFamilies + together[authorization] };
    }

    private async Task<IReadOnlySet<Guid>> Take(IReadOnlyList<(Guid Locator, NewFamily Family)> codes)
    {
        var outcome = await database.Write<Made>(async session => new Made(await RedemptionStore.Take(session, codes, time.GetUtcNow())));
        return outcome.TryGet(out var made, out _) ? made.Families : new HashSet<Guid>();
    }

    // Which of them may be taken, and were not made yet.
    private static List<int> Granted(Decision[] decisions, IReadOnlySet<Guid> made, IReadOnlyList<Redemption> asked) =>
        [.. Enumerable.Range(0, decisions.Length).Where(i => decisions[i].Outcome.TryGet(out _, out _) && !decisions[i].IsOurs && !made.Contains(asked[i].Family.Id))];

    // C# does not convert an interface to an outcome.
    private sealed record Made(IReadOnlySet<Guid> Families);
}
