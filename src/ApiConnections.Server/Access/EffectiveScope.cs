using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Access;

/// <summary>What a token may do at most: what the consumer's group allows ∩ what the person's group allows ∩ the company's modules.</summary>
internal static class EffectiveScope
{
    /// <summary>Without a person.</summary>
    public static ScopeSet Of(PermissionGroup group, Company company, ModuleCatalogue catalogue) =>
        group.Allowed.Where(scope => catalogue.Knows(scope) && !company.ModulesOff.Contains(catalogue.ModuleOf(scope)));

    /// <summary>For a person; one without a group can grant nothing.</summary>
    public static ScopeSet Of(PermissionGroup group, PermissionGroup? persons, Company company, ModuleCatalogue catalogue) =>
        persons is null ? ScopeSet.Empty : Of(group, company, catalogue).Intersect(persons.Allowed);
}
