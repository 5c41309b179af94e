using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>Writes what other nodes and the APIs must hear, last of all in the transaction that changes it.</summary>
internal sealed class Changes(TimeProvider time)
{
    /// <summary>For nodes: they read it anew.</summary>
    public Task ForNodes(Session session, string kind, string subject, Guid? company) =>
        ChangeStore.Append(session, new Change(kind, subject, null, company, ForApis: false), time.GetUtcNow());

    /// <summary>For nodes and APIs: tokens of a lower generation are dead.</summary>
    public Task Ended(Session session, string kind, string subject, long lowestGood, Guid company) =>
        ChangeStore.Append(session, new Change(kind, subject, lowestGood, company, ForApis: true), time.GetUtcNow());

    /// <summary>For APIs: a single access token is dead.</summary>
    public Task RevokedToken(Session session, string id, string consumer, Guid company) =>
        ChangeStore.Append(session, new Change(ChangeKind.Token, id, null, company, ForApis: true) { Consumer = consumer }, time.GetUtcNow());

    /// <summary>For nodes and APIs: tokens that hang on it are dead.</summary>
    public Task Revoked(Session session, string kind, string subject, Guid company) =>
        ChangeStore.Append(session, new Change(kind, subject, null, company, ForApis: true), time.GetUtcNow());
}
