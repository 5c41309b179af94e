using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

/// <summary>Whose a consumer is: an integration developer sees and changes their own alone. A super administrator gives it to somebody.</summary>
internal sealed class ConsumerOwners(IDatabase database, ConsumerChanges ledger, TimeProvider time)
{
    private static readonly Refusal missingCompany = Refused.NotFound("There is no such company.");

    /// <summary>Who can own a consumer of a company: its active integration developers and super administrators.</summary>
    public Task<Outcome<IReadOnlyList<User>>> Candidates(Actor actor, string? companyName) => database.Read<Outcome<IReadOnlyList<User>>>(async session =>
    {
        if (!(await CompanyLookup.Find(session, companyName)).TryGet(out var company, out var refusal))
            return refusal;
        if (await Rights.WhyNot(session, actor, company.Id, missingCompany, time.GetUtcNow()) is { } notAllowed)
            return notAllowed;

        return Outcome.Of(await UserStore.ActiveDevelopers(session, company.Id));
    });

    /// <param name="email">Empty: it is nobody's, and only super administrators change it.</param>
    public Task<Outcome<Consumer>> Set(Actor actor, string key, string? email) => database.Write<Consumer>(async session =>
    {
        var consumer = await ConsumerStore.FindAndHold(session, key);
        if (await Rights.WhyNot(session, actor, consumer?.CompanyId, ConsumerChanges.Missing(key), time.GetUtcNow()) is { } notAllowed)
            return notAllowed;
        if (consumer is null || consumer.Status == ConsumerStatus.Deleted)
            return ConsumerChanges.Missing(key);

        User? owner = null;
        if (!string.IsNullOrWhiteSpace(email) && !(await Find(session, consumer.CompanyId, email)).TryGet(out owner, out var refusal))
            return refusal;
        if (owner?.Id == consumer.OwnerId)
            return owner is null ? Refused.Conflict($"The consumer \"{consumer.Name}\" is nobody's already.") : Refused.Conflict($"The consumer \"{consumer.Name}\" is {owner.Email}'s already.");

        var before = consumer.OwnerId is { } former ? await UserStore.Find(session, former) : null;
        await ConsumerStore.SetOwner(session, key, owner?.Id);
        await ledger.Record(session, actor, consumer, "consumer.give", new { consumer.Name, before = before?.Email, after = owner?.Email });
        return consumer with { OwnerId = owner?.Id };
    });

    /// <summary>Somebody who can own a consumer of the company, held until the transaction ends.</summary>
    public static async Task<Outcome<User>> Find(Session session, Guid company, string email)
    {
        var missing = Refused.NotFound($"There is no active integration developer or super administrator \"{email}\" in this company.");
        if (await UserStore.FindByEmail(session, email) is not { } found || found.CompanyId != company)
            return missing;

        var user = (await UserStore.FindAndHold(session, found.Id))!;
        return user.Status == UserStatus.Active && Rights.MayChangeConsumers(user) ? user : missing;
    }
}
