using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.AppAuthorizations;

/// <summary>Which consumers may do what, on whose behalf: seen, revoked, and for a machine allowed again.</summary>
internal sealed class AppAuthorizations(IDatabase database, Authorizations authorizations, AuditLog log, Changes changes)
{
    private const string DefaultReason = "Revoked by an administrator.";

    /// <param name="consumer">Only those of this consumer; null: all of the company.</param>
    public Task<Outcome<IReadOnlyList<ListedAuthorization>>> List(string? companyName, string? consumer) =>
        database.Read<Outcome<IReadOnlyList<ListedAuthorization>>>(async session =>
        {
            if (consumer is not null)
                return await ConsumerStore.Find(session, consumer) is { } found
                    ? Outcome.Of(await AuthorizationStore.OfCompany(session, found.CompanyId, consumer))
                    : Refused.NotFound($"There is no consumer \"{consumer}\".");

            return (await CompanyLookup.Find(session, companyName)).TryGet(out var company, out var refusal)
                ? Outcome.Of(await AuthorizationStore.OfCompany(session, company.Id, null))
                : refusal;
        });

    public Task<Outcome<Authorization>> Revoke(Actor actor, Guid id, string? why) => database.Write<Authorization>(async session =>
    {
        var (reason, whyNot) = DisplayText.Read("The reason", why, DisplayText.LongestDescription, required: false);
        if (reason is null)
            return Refused.Invalid(whyNot!);
        if (await AuthorizationStore.Find(session, id) is not { } authorization)
            return Refused.NotFound($"There is no app authorization {id}.");

        return await authorizations.Revoke(session, actor, authorization, reason.Length > 0 ? reason : DefaultReason);
    });

    /// <summary>Gives a machine consumer whose authorization was revoked its standing permission again: a new one.</summary>
    public Task<Outcome<Authorization>> Allow(Actor actor, string key) => database.Write<Authorization>(async session =>
    {
        if (await ConsumerStore.FindAndHold(session, key) is not { } consumer || consumer.Status == ConsumerStatus.Deleted)
            return Refused.NotFound($"There is no consumer \"{key}\".");
        if (consumer.GrantType != GrantType.ClientCredentials)
            return Refused.Conflict("This consumer acts for people; each of them allows it by consenting.");
        if (!(await authorizations.Allow(session, consumer)).TryGet(out var authorization, out var refusal))
            return refusal;

        await log.Append(session, actor, consumer.CompanyId, "api_connections", "authorization.allow", authorization.Id.ToString(), new { consumer = key });
        await changes.ForNodes(session, ChangeKind.Consumer, key, consumer.CompanyId);
        return authorization;
    });
}
