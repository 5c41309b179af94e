using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using ApiConnections.Server.Telemetry;

namespace ApiConnections.Server.Access;

/// <summary>A registered API with its secrets.</summary>
internal sealed record KnownApi(Api Api, IReadOnlyList<StoredSecret> Secrets);

/// <summary>Which APIs may ask here, as this node knows them: a bounded cache in front of the primary key, emptied by changes.</summary>
internal sealed class ApiCredentials : IDisposable
{
    private const int Apis = 10_000;
    private const int RereadsPerSecond = 50;
    private readonly RowCache<KnownApi> apis;
    private readonly RateWindow<string> rereads;
    private readonly RateWindow<int> allRereads;

    public ApiCredentials(IDatabase database, ChangeListener changes, Instruments instruments, TimeProvider time)
    {
        apis = new(Apis, instruments.Cache("api_credentials"), key => database.Read(async session =>
            await ApiStore.FindByKey(session, key) is { } api ? new KnownApi(api, await SecretStore.OfApis.Of(session, key)) : null));
        rereads = new(TimeSpan.FromSeconds(1), Apis, time);
        allRereads = new(TimeSpan.FromSeconds(1), 1, time);
        changes.Tell(change =>
        {
            if (change.Kind is ChangeKind.Api or ChangeKind.Secret)
                apis.Forget(change.Subject);
        });
    }

    // Hot path: introspect
    public ValueTask<KnownApi?> Find(string key) => apis.Find(key);

    /// <summary>Reads it anew: it may have been given a secret on another node a moment ago. At most once a second per key, and within a budget for all.</summary>
    public async ValueTask<KnownApi?> FindAnew(string key) =>
        rereads.Count(key).Count > 1 || allRereads.Count(0).Count > RereadsPerSecond ? apis.Known(key) : await apis.FindAnew(key);

    public void Dispose() => apis.Dispose();
}
