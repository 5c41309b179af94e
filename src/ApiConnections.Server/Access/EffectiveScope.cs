using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Access;

/// <summary>What a token may do at most: what the consumer's group allows ∩ what the person's group allows ∩ the company's modules.</summary>
internal static class EffectiveScope
{
    /// <summary>Without a person.</summary>
    public static ScopeSet Of(PermissionGroup group, Company company, ModuleCatalogue catalogue) =>
        In(group.Allowed, company.ModulesOff, catalogue);

    /// <summary>For a person; one without a group can grant nothing.</summary>
    public static ScopeSet Of(PermissionGroup group, PermissionGroup? persons, Company company, ModuleCatalogue catalogue) =>
        persons is null ? ScopeSet.Empty : Of(group, company, catalogue).Intersect(persons.Allowed);

    /// <summary>What is left of <paramref name="granted"/>, once given by a person, as things stand now.</summary>
    public static ScopeSet LeftOf(ScopeSet granted, Standing standing, ModuleCatalogue catalogue) => standing.PersonsScope is { } persons
        ? In(granted.Intersect(standing.ConsumersScope).Intersect(persons), standing.ModulesOff, catalogue)
        : ScopeSet.Empty;

    private static ScopeSet In(ScopeSet scope, IReadOnlyList<string> modulesOff, ModuleCatalogue catalogue) =>
        scope.Where(name => catalogue.Knows(name) && !modulesOff.Contains(catalogue.ModuleOf(name)));
}
