using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using ApiConnections.Server.Telemetry;

namespace ApiConnections.Server.OAuth.Token;

/// <summary>Rotates refresh tokens: those that come at the same time share one reading and one transaction, and each is decided by its own row.</summary>
internal sealed class RefreshRotations : IAsyncDisposable
{
    private readonly IDatabase database;
    private readonly RefreshRules rules;
    private readonly TimeProvider time;
    private readonly GroupCommit<Refreshing, Verdict> together;

    public RefreshRotations(IDatabase database, RefreshRules rules, Instruments instruments, TimeProvider time)
    {
        (this.database, this.rules, this.time) = (database.Grouped, rules, time);
        together = new(Rotate);
        instruments.Queue("refresh", () => together.Length);
    }

    /// <summary>Replaces the presented token, where it is the current one: committed when this returns.</summary>
    public Task<Verdict> Rotate(Refreshing asked) => together.Add(asked);

    public ValueTask DisposeAsync() => together.DisposeAsync();

    private async Task<IReadOnlyList<Verdict>> Rotate(IReadOnlyList<Refreshing> asked)
    {
        var verdicts = new Verdict[asked.Count];
        await Look(asked, verdicts, [.. Enumerable.Range(0, asked.Count)]);
        var current = Current(verdicts);
        if (current.Count == 0)
            return verdicts;

        var secrets = current.ConvertAll(i => Secret(asked[i], verdicts[i]));
        var rotated = await database.WriteAtOnce(session => RotationStore.Rotate(session, secrets, time.GetUtcNow()));
        var lost = current.FindAll(i => !rotated.Contains(asked[i].Next));
        if (lost.Count == 0)
            return verdicts;

        // Losers are told apart by a second look: most find the token just replaced. What it finds still current has ended in between.
        await Look(asked, verdicts, lost);
        foreach (var i in lost.Intersect(Current(verdicts)))
            verdicts[i] = new Verdict(RefreshRules.Lost);

        return verdicts;
    }

    private async Task Look(IReadOnlyList<Refreshing> asked, Verdict[] verdicts, IReadOnlyList<int> which)
    {
        var now = time.GetUtcNow();
        var found = await database.ReadToWrite(session => RotationStore.Find(session, which.Select(i => asked[i].Handle)));
        foreach (var i in which)
            verdicts[i] = rules.Decide(asked[i], found.GetValueOrDefault(asked[i].Handle), now);
    }

    // Which of them are the current ones, and are granted.
    private static List<int> Current(Verdict[] verdicts) =>
        [.. Enumerable.Range(0, verdicts.Length).Where(i => verdicts[i].Presented == Presented.Current && verdicts[i].Outcome.TryGet(out _, out _))];

    private NewSecret Secret(Refreshing asked, in Verdict verdict)
    {
        verdict.Outcome.TryGet(out var refreshed, out _);
        var family = refreshed!.Family;
        var idle = time.GetUtcNow().AddDays(asked.Options.RefreshIdleDays);
        return new NewSecret(asked.Handle, asked.Secret, asked.Next, asked.Sealed, idle < family.ExpiresAt ? idle : family.ExpiresAt, asked.Ip, asked.Agent);
    }
}
