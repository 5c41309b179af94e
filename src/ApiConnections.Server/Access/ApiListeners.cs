namespace ApiConnections.Server.Access;

/// <summary>An API that listens to the revocations of this node.</summary>
/// <param name="Api">Its key.</param>
/// <param name="Behind">How many revocations it was not told yet.</param>
/// <param name="ToldAt">When it last took what was sent to it; heartbeats come about every second.</param>
internal sealed record ApiListener(string Api, string Ip, DateTimeOffset Since, long Behind, DateTimeOffset ToldAt);

/// <summary>Which APIs listen to this node now: told by whoever speaks to them, for whoever shows it.</summary>
internal sealed class ApiListeners
{
    private volatile Func<IReadOnlyList<ApiListener>> known = () => [];

    public IReadOnlyList<ApiListener> Now => known();

    public void Tell(Func<IReadOnlyList<ApiListener>> who) => known = who;
}
