using ApiConnections.Protocol;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>Whose access tokens end, each with the lowest generation that is still good.</summary>
internal sealed record Narrowed(IReadOnlyList<(string Kind, string Subject, long Generation)> Subjects)
{
    public static readonly Narrowed Nothing = new([]);
}

/// <summary>From one permission group to another.</summary>
/// <param name="From">Null for a person who had none.</param>
/// <param name="To">Null for a person who gets none.</param>
internal sealed record GroupMove(PermissionGroup? From, PermissionGroup? To)
{
    /// <summary>Whether less is allowed than before.</summary>
    public bool Narrows => From is not null && !From.Allowed.IsSubsetOf(To?.Allowed ?? ScopeSet.Empty);
}

/// <summary>What narrows ends access tokens only: the next request gets a token with less. Very many at once end with their whole company.</summary>
internal sealed class Narrowing(Changes changes)
{
    private const int MostSubjects = 1000;

    /// <summary>The groups of a move, held until the transaction ends: what is compared holds when it commits.</summary>
    /// <param name="to">The name of a group of the company; null for none.</param>
    public static async Task<Outcome<GroupMove>> Between(Session session, Guid company, Guid? from, string? to)
    {
        var target = to is null ? null : await GroupStore.FindByName(session, company, to);
        if (to is not null && target is null)
            return MissingGroup(to);

        var held = await GroupStore.FindAndHold(session, new[] { from, target?.Id }.OfType<Guid>());
        var move = new GroupMove(held.FirstOrDefault(group => group.Id == from), held.FirstOrDefault(group => group.Id == target?.Id));
        return to is not null && move.To is null ? MissingGroup(to) : move;
    }

    /// <summary>After the company and the group were held: everybody in it, in the lock order consumers, users.</summary>
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

    public static Refusal MissingGroup(string name) => Refused.NotFound($"There is no permission group \"{name}\" in this company.");

    /// <summary>Last of all in the transaction.</summary>
    public async Task Tell(Session session, Guid company, Narrowed narrowed)
    {
        foreach (var (kind, subject, generation) in narrowed.Subjects)
            await changes.Ended(session, kind, subject, generation, company);
    }
}
