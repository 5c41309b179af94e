using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.AppAuthorizations;

/// <summary>Which consumers may do what, on whose behalf; what changes them is <see cref="AuthorizationAccess"/>.</summary>
internal sealed class AppAuthorizations(IDatabase database)
{
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
}
