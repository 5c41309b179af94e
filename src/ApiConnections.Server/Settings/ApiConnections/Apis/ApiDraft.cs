using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.ApiConnections.Apis;

/// <summary>What stands in the form of an API while somebody types.</summary>
internal sealed class ApiDraft
{
    public string Name { get; set; } = "";

    public string Audience { get; set; } = "";

    public HashSet<string> Modules { get; } = [];

    /// <summary>As it is now; null for a new one.</summary>
    public Api? Existing { get; private init; }

    public static ApiDraft Of(Api api)
    {
        var draft = new ApiDraft { Name = api.Name, Audience = api.Audience, Existing = api };
        draft.Modules.UnionWith(api.Modules);
        return draft;
    }

    /// <summary>What was chosen, in the order of the catalogue.</summary>
    public IReadOnlyList<string> Chosen(ModuleCatalogue catalogue) => [.. catalogue.Modules.Select(module => module.Name).Where(Modules.Contains)];
}
