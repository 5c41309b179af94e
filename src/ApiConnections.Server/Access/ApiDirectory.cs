using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using ApiConnections.Server.Telemetry;

namespace ApiConnections.Server.Access;

/// <summary>The registered APIs as this node knows them: few, so all of them, read anew after a change and every minute.</summary>
internal sealed class ApiDirectory
{
    private static readonly TimeSpan longest = TimeSpan.FromMinutes(1);
    private readonly IDatabase database;
    private readonly TimeProvider time;
    private readonly LookupCount lookups;
    private volatile Known? known;
    private long changed;

    public ApiDirectory(IDatabase database, ChangeListener changes, Instruments instruments, TimeProvider time)
    {
        (this.database, this.time, lookups) = (database, time, instruments.Cache("apis"));
        changes.Tell(change =>
        {
            if (change.Kind != ChangeKind.Api)
                return;

            Interlocked.Increment(ref changed);
            known = null;
        });
    }

    /// <summary>All of them, the longest standing first.</summary>
    // Hot path: token
    public ValueTask<IReadOnlyList<Api>> All()
    {
        var now = known;
        if (now is null || time.GetElapsedTime(now.At) >= longest)
            return new(Load());

        lookups.Hit();
        return new(now.Apis);
    }

    /// <summary>What a company may name as the resource, for whoever named something else.</summary>
    public async ValueTask<string> OpenTo(Guid company) => string.Join(' ', (await All()).Where(api => api.IsOpenTo(company)).Select(api => api.Audience));

    /// <summary>The longest standing API that is open to the company; null where there is none.</summary>
    public static Api? LongestStanding(IReadOnlyList<Api> apis, Guid company)
    {
        foreach (var api in apis)
        {
            if (api.IsOpenTo(company))
                return api;
        }

        return null;
    }

    public static Api? Find(IReadOnlyList<Api> apis, string audience, Guid company)
    {
        foreach (var api in apis)
        {
            if (string.Equals(api.Audience, audience, StringComparison.Ordinal) && api.IsOpenTo(company))
                return api;
        }

        return null;
    }

    /// <summary>Reads anew, for a resource that was asked for and is not known: it may have been registered on another node a moment ago.</summary>
    public async Task<IReadOnlyList<Api>> Load()
    {
        lookups.Miss();
        var before = Interlocked.Read(ref changed);
        var at = time.GetTimestamp();
        var apis = await database.Read(ApiStore.All);
        if (Interlocked.Read(ref changed) == before)
            known = new Known(apis, at);

        return apis;
    }

    private sealed record Known(IReadOnlyList<Api> Apis, long At);
}
