using ApiConnections.Protocol;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Access;

/// <summary>Finds the company that somebody means. An installation with one company never has to name it.</summary>
internal static class CompanyLookup
{
    private static readonly Refusal several = Refused.Invalid("There are several companies; name one with --company.");
    private static readonly Refusal none = Refused.NotFound("There is no company yet; make one with: company create NAME.");

    public static async Task<Outcome<Company>> Find(Session session, string? nameOrId)
    {
        if (string.IsNullOrWhiteSpace(nameOrId))
        {
            var all = await CompanyStore.All(session);
            return all.Count switch { 0 => none, 1 => all[0], _ => several };
        }

        var found = Guid.TryParse(nameOrId, out var id) ? await CompanyStore.Find(session, id) : await CompanyStore.FindByName(session, nameOrId);
        return found is null ? Refused.NotFound($"There is no company \"{nameOrId}\".") : found;
    }
}
