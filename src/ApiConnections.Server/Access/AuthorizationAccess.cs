using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>App authorizations in the hands of an administrator: seen, revoked, and for a machine allowed again. Each change is one transaction.</summary>
internal sealed class AuthorizationAccess(IDatabase database, Authorizations authorizations, AuditLog log, Changes changes, TimeProvider time)
{
    private const string DefaultReason = "Revoked by an administrator.";
    private const int LongestPage = 100;
    private static readonly Refusal missingCompany = Refused.NotFound("There is no such company.");

    /// <summary>A page of what the query finds; all of it for the command line, which has no pages.</summary>
    public Task<Outcome<(IReadOnlyList<ListedAuthorization> Rows, long Total)>> Page(Actor actor, string? companyName, AuthorizationQuery query) =>
        database.Read<Outcome<(IReadOnlyList<ListedAuthorization>, long)>>(async session =>
        {
            if (!(await CompanyLookup.Find(session, companyName)).TryGet(out var company, out var refusal))
                return refusal;
            if (!(await Rights.OverConsumers(session, actor, company.Id, missingCompany, time.GetUtcNow())).TryGet(out var reach, out refusal))
                return refusal;

            var bounded = query with
            {
                Owner = reach.Owner,
                Search = DisplayText.Search(query.Search),
                App = DisplayText.Search(query.App),
                Person = DisplayText.Search(query.Person),
                Take = actor.Session is null ? query.Take : Math.Clamp(query.Take, 1, LongestPage),
                Skip = Math.Max(0, query.Skip),
            };
            return (await AuthorizationListStore.Page(session, company.Id, bounded), await AuthorizationListStore.Count(session, company.Id, bounded));
        });

    public Task<Outcome<Authorization>> Revoke(Actor actor, Guid id, string? why) => database.Write<Authorization>(async session =>
    {
        var (reason, whyNot) = DisplayText.Read("The reason", why, DisplayText.LongestDescription, required: false);
        if (reason is null)
            return Refused.Invalid(whyNot!);

        var missing = Refused.NotFound($"There is no app authorization {id}.");
        var found = await AuthorizationStore.Find(session, id);
        // Whose the consumer is stays so until this commits; in the lock order before the person and the authorization.
        var consumer = found is null ? null : await ConsumerStore.FindAndKeep(session, found.Consumer);
        if (!(await Rights.OverConsumer(session, actor, consumer, missing, time.GetUtcNow(), hold: true)).TryGet(out _, out var refusal))
            return refusal;

        return found is null ? missing : await authorizations.Revoke(session, actor, found, reason.Length > 0 ? reason : DefaultReason);
    });

    /// <summary>Revokes every authorization of a consumer: all its tokens, codes and devices end; people may allow it again, a machine has to be allowed again.</summary>
    public Task<Outcome<Consumer>> RevokeAllOf(Actor actor, string key, string? why) => database.Write<Consumer>(async session =>
    {
        var (reason, whyNot) = DisplayText.Read("The reason", why, DisplayText.LongestDescription, required: false);
        if (reason is null)
            return Refused.Invalid(whyNot!);

        // A million people may have allowed it.
        await session.TakeTime();
        if (!(await ConsumerChanges.Find(session, actor, key, time.GetUtcNow(), recent: true)).TryGet(out var consumer, out var refusal))
            return refusal;

        var generation = (await ConsumerStore.EndEverything(session, key, delete: false))!.Value;
        reason = reason.Length > 0 ? reason : DefaultReason;
        await authorizations.RevokeAllOf(session, actor, key, reason);
        await log.Append(session, actor, consumer.CompanyId, "api_connections", "authorization.revoke_all", key, new { consumer.Name, why = reason });
        await changes.Ended(session, ChangeKind.Consumer, key, generation, consumer.CompanyId);
        return consumer;
    });

    /// <summary>Gives a machine consumer whose authorization was revoked its standing permission again: a new one.</summary>
    public Task<Outcome<Authorization>> Allow(Actor actor, string key) => database.Write<Authorization>(async session =>
    {
        if (!(await ConsumerChanges.Find(session, actor, key, time.GetUtcNow())).TryGet(out var consumer, out var refusal))
            return refusal;
        if (consumer.GrantType != GrantType.ClientCredentials)
            return Refused.Conflict("This consumer acts for people; each of them allows it by consenting.");
        if (!(await authorizations.Allow(session, consumer)).TryGet(out var authorization, out refusal))
            return refusal;

        await log.Append(session, actor, consumer.CompanyId, "api_connections", "authorization.allow", authorization.Id.ToString(), new { consumer = key });
        await changes.ForNodes(session, ChangeKind.Consumer, key, consumer.CompanyId);
        return authorization;
    });
}
