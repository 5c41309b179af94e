using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access.Identity;

/// <summary>The person that a function is about, by e-mail address or id, where the actor may touch or see them; one of another company is missing.</summary>
internal static class PersonLookup
{
    /// <param name="recent">For what needs a sign-in of the last ten minutes.</param>
    public static async Task<Outcome<User>> Find(Session session, Actor actor, string who, DateTimeOffset now, bool recent = false)
    {
        var user = await Find(session, who);
        return await Rights.WhyNot(session, actor, user?.CompanyId, Missing(who), now, recent) is { } refusal ? refusal : user ?? (Outcome<User>)Missing(who);
    }

    public static async Task<Outcome<User>> See(Session session, Actor actor, string who, DateTimeOffset now)
    {
        var user = await Find(session, who);
        return await Rights.WhyNotSee(session, actor, user?.CompanyId, Missing(who), now) is { } refusal ? refusal : user ?? (Outcome<User>)Missing(who);
    }

    public static Refusal Missing(string who) => Refused.NotFound($"There is nobody with the e-mail address or id \"{who}\".");

    public static Refusal NotYet(User user) => Refused.Conflict($"{user.Email} has not accepted the invitation yet; withdraw it, or make a new link.");

    /// <summary>Whoever it is, before anybody has asked whether the actor may know.</summary>
    public static async Task<User?> Find(Session session, string who)
    {
        if (Guid.TryParse(who, out var id))
            return await UserStore.Find(session, id);

        // What can be nobody's address holds perhaps what no database takes.
        return EmailAddress.Read(who).Address is { } address ? await UserStore.FindByEmail(session, address) : null;
    }
}
