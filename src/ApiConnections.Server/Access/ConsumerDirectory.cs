using System.Collections.Concurrent;
using ApiConnections.Protocol;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using ApiConnections.Server.Telemetry;

namespace ApiConnections.Server.Access;

/// <summary>A consumer as the token endpoint sees it.</summary>
/// <param name="Secrets">Those that were not revoked.</param>
/// <param name="StandingPermission">A machine's live authorization; null where it was revoked, or the consumer acts for people.</param>
internal sealed record KnownConsumer(Consumer Consumer, IReadOnlyList<KnownSecret> Secrets, LastUse? StandingPermission)
{
    /// <summary>How its group and company are found in their caches; made once, for the hot path.</summary>
    public string GroupKey { get; } = Consumer.GroupId.ToString();

    public string CompanyKey { get; } = Consumer.CompanyId.ToString();

    public string Subject { get; } = AccessTokenClaims.ConsumerSubjectPrefix + Consumer.Key;

    /// <summary>Counts its successes for the request log.</summary>
    public required SuccessSample Successes { get; init; }
}

/// <summary>A secret with the memory of its use.</summary>
internal sealed record KnownSecret(StoredSecret Secret, LastUse Use);

/// <summary>A permission group together with what it allows in its company.</summary>
internal sealed class KnownGroup(PermissionGroup group, ModuleCatalogue catalogue)
{
    private volatile Effective? effective;

    public PermissionGroup Group => group;

    /// <summary>What a member may do in <paramref name="company"/> as it is now; computed anew when the company was edited.</summary>
    // Hot path: token
    public ScopeSet AllowedIn(Company company)
    {
        if (effective is { } last && ReferenceEquals(last.Company, company))
            return last.Scope;

        var scope = EffectiveScope.Of(group, company, catalogue);
        effective = new Effective(company, scope);
        return scope;
    }

    private sealed record Effective(Company Company, ScopeSet Scope);
}

/// <summary>
/// Consumers, groups and companies as this node knows them: bounded caches in front of the primary keys, emptied by changes. On a warm path the
/// database is not asked.
/// </summary>
internal sealed class ConsumerDirectory : IAsyncDisposable
{
    private const int Consumers = 50_000;
    private const int Groups = 20_000;
    private const int Companies = 20_000;
    private const int RereadsPerSecond = 200;
    private static readonly TimeSpan second = TimeSpan.FromSeconds(1);

    // Those that are asked for at the same time are one statement.
    private readonly GroupCommit<string, ConsumerSnapshot?> together;
    private readonly RowCache<KnownConsumer> consumers;
    private readonly RowCache<KnownGroup> groups;
    private readonly RowCache<Company> companies;
    private readonly RateWindow<string> rereads;
    private readonly RateWindow<int> allRereads;
    private readonly ConcurrentDictionary<string, Lazy<Task<KnownConsumer?>>> rereading = new();

    public ConsumerDirectory(IDatabase database, ChangeListener changes, ModuleCatalogue catalogue, UseRecorder uses, RequestLog requests, Instruments instruments, TimeProvider time)
    {
        together = new(keys => database.Grouped.Read(session => ConsumerSnapshotStore.Find(session, keys)), onceMore: false);
        consumers = new(Consumers, instruments.Cache("consumers"), async key => await together.Add(key) is { } found ? Known(found, uses, requests) : null);
        groups = new(Groups, instruments.Cache("groups"), async key =>
            await database.Read(session => GroupStore.Find(session, Guid.Parse(key))) is { } group ? new KnownGroup(group, catalogue) : null);
        companies = new(Companies, instruments.Cache("companies"), key => database.Read(session => CompanyStore.Find(session, Guid.Parse(key))));
        rereads = new(second, 10_000, time);
        allRereads = new(second, 1, time);
        changes.Tell(Hear);
    }

    // Hot path: token
    public ValueTask<KnownConsumer?> Find(string key) => consumers.Find(key);

    public ValueTask<KnownGroup?> GroupOf(KnownConsumer consumer) => groups.Find(consumer.GroupKey);

    /// <summary>The group of a person.</summary>
    public ValueTask<KnownGroup?> Group(Guid id) => groups.Find(id.ToString());

    public ValueTask<Company?> CompanyOf(KnownConsumer consumer) => companies.Find(consumer.CompanyKey);

    /// <summary>
    /// Reads the row anew: it may have been made or given a secret on another node a moment ago. At most once a second per key, and
    /// within a budget for all keys, so that strangers cannot turn wrong guesses into work for the database.
    /// </summary>
    /// <returns>What is known already where the budget is spent; null where there is no such consumer.</returns>
    public async ValueTask<KnownConsumer?> FindAnew(string key)
    {
        // Requests that come while it is read wait for this one read.
        var read = rereading.GetOrAdd(key, static (key, self) => new Lazy<Task<KnownConsumer?>>(() => self.Reread(key)), this);
        try
        {
            return await read.Value;
        }
        finally
        {
            rereading.TryRemove(new(key, read));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await together.DisposeAsync();
        consumers.Dispose();
        groups.Dispose();
        companies.Dispose();
    }

    private Task<KnownConsumer?> Reread(string key) =>
        rereads.Count(key).Count > 1 || allRereads.Count(0).Count > RereadsPerSecond ? Task.FromResult(consumers.Known(key)) : consumers.FindAnew(key);

    private void Hear(Change change)
    {
        switch (change.Kind)
        {
            case ChangeKind.Consumer or ChangeKind.Secret:
                consumers.Forget(change.Subject);
                break;
            case ChangeKind.Group:
                groups.Forget(change.Subject);
                break;
            case ChangeKind.Company:
                companies.Forget(change.Subject);
                break;
        }
    }

    private static KnownConsumer Known(ConsumerSnapshot found, UseRecorder uses, RequestLog requests) => new(
        found.Consumer,
        [.. found.Secrets.Select(secret => new KnownSecret(secret, uses.Of(Used.Secret, secret.Id)))],
        found.StandingPermission is { } id ? uses.Of(Used.Authorization, id) : null)
    {
        Successes = requests.SuccessesOf(found.Consumer.Key),
    };
}
