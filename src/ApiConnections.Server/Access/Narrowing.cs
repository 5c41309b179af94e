using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>Whose access tokens end, each with the lowest generation that is still good.</summary>
internal sealed record Narrowed(IReadOnlyList<(string Kind, string Subject, long Generation)> Subjects)
{
    public static readonly Narrowed Nothing = new([]);
}

/// <summary>What narrows ends access tokens only: the next request gets a token with less. Very many at once end with their whole company.</summary>
internal sealed class Narrowing(Changes changes)
{
    private const int MostSubjects = 1000;

    /// <summary>After the group was held: everybody in it, in the lock order consumers, users.</summary>
    public static async Task<Narrowed> OfGroup(Session session, Guid group, Guid company)
    {
        var members = await GroupStore.Members(session, group);
        if (members.Consumers + members.Users > MostSubjects)
            return new Narrowed([(ChangeKind.Company, company.ToString(), await CompanyStore.NextGeneration(session, company))]);

        var consumers = await ConsumerStore.NarrowGroup(session, group);
        var users = await UserStore.NarrowGroup(session, group);
        return new Narrowed([
            .. consumers.Select(consumer => (ChangeKind.Consumer, consumer.Key, consumer.Generation)),
            .. users.Select(user => (ChangeKind.User, user.Id.ToString(), user.Generation))]);
    }

    /// <summary>A module was switched off: everybody in the company.</summary>
    public static async Task<Narrowed> OfCompany(Session session, Guid company) =>
        new([(ChangeKind.Company, company.ToString(), await CompanyStore.NextGeneration(session, company))]);

    /// <summary>Last of all in the transaction.</summary>
    public async Task Tell(Session session, Guid company, Narrowed narrowed)
    {
        foreach (var (kind, subject, generation) in narrowed.Subjects)
            await changes.Ended(session, kind, subject, generation, company);
    }
}
