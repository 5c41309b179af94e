using System.Collections.Frozen;
using System.Text.Json;
using System.Text.RegularExpressions;
using ApiConnections.Protocol;

namespace ApiConnections.Server.Model;

/// <summary>The modules of the product that is extended, with their scopes and what these mean in plain words.</summary>
internal sealed partial class ModuleCatalogue
{
    public static readonly IReadOnlyList<string> Languages = ["en", "es", "pt"];
    public static readonly IReadOnlyList<string> Actions = ["view", "add", "edit", "delete", "reports"];

    private readonly FrozenDictionary<string, Module> modules;
    private readonly FrozenDictionary<string, string> moduleOfScope;

    private ModuleCatalogue(IReadOnlyList<Module> modules)
    {
        Modules = modules;
        this.modules = modules.ToFrozenDictionary(module => module.Name, StringComparer.Ordinal);
        moduleOfScope = modules.SelectMany(module => module.Scopes.Keys.Select(action => (Scope: $"{module.Name}:{action}", module.Name)))
            .ToFrozenDictionary(pair => pair.Scope, pair => pair.Name, StringComparer.Ordinal);
        Everything = ScopeSet.Of(moduleOfScope.Keys);
    }

    public IReadOnlyList<Module> Modules { get; }

    /// <summary>Every scope of every module.</summary>
    public ScopeSet Everything { get; }

    public bool Knows(string scope) => moduleOfScope.ContainsKey(scope);

    public bool KnowsModule(string module) => modules.ContainsKey(module);

    /// <summary>The module that a known scope belongs to.</summary>
    public string ModuleOf(string scope) => moduleOfScope[scope];

    /// <summary>One plain sentence on what a known scope lets a program do.</summary>
    public string Sentence(string scope, string language)
    {
        var module = modules[ModuleOf(scope)];
        return module.Scopes[scope[(module.Name.Length + 1)..]][language];
    }

    /// <summary>Reads a catalogue, or says what is wrong with it.</summary>
    public static (ModuleCatalogue? Catalogue, string? WhyNot) Parse(ReadOnlySpan<byte> json)
    {
        CatalogueFile? file;
        try
        {
            file = JsonSerializer.Deserialize<CatalogueFile>(json, format);
        }
        catch (JsonException e)
        {
            return (null, $"it is no catalogue: {e.Message}");
        }

        if (file?.Modules is not { Count: > 0 } modules)
            return (null, "it lists no modules.");

        var wrong = modules.Select(WhatIsWrong).FirstOrDefault(problem => problem is not null)
            ?? modules.GroupBy(module => module.Name).Where(same => same.Count() > 1).Select(same => $"the module {same.Key} stands in it twice.").FirstOrDefault();
        return wrong is null ? (new ModuleCatalogue(modules), null) : (null, wrong);
    }

    private static string? WhatIsWrong(Module? module)
    {
        if (module is null)
            return "it lists an empty module.";
        if (!ModuleName().IsMatch(module.Name))
            return $"\"{module.Name}\" is no module name: lower-case letters, digits and _.";
        if (module.Scopes.Keys.FirstOrDefault(action => !Actions.Contains(action)) is { } unknown)
            return $"{module.Name}:{unknown} is no scope: the actions are {string.Join(", ", Actions)}.";
        if (module.Scopes.Count == 0)
            return $"the module {module.Name} has no scopes.";

        foreach (var language in Languages)
        {
            if (!module.Title.TryGetValue(language, out var title) || string.IsNullOrWhiteSpace(title))
                return $"the module {module.Name} has no title in \"{language}\".";
            if (module.Scopes.FirstOrDefault(scope => scope.Value is null || !scope.Value.TryGetValue(language, out var sentence) || string.IsNullOrWhiteSpace(sentence)).Key is { } silent)
                return $"{module.Name}:{silent} has no sentence in \"{language}\".";
        }

        return null;
    }

    [GeneratedRegex("^[a-z][a-z0-9_]{0,39}\\z", RegexOptions.NonBacktracking)]
    private static partial Regex ModuleName();

    private static readonly JsonSerializerOptions format = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private sealed record CatalogueFile(IReadOnlyList<Module> Modules);
}

/// <summary>One module of the catalogue.</summary>
/// <param name="Title">By language.</param>
/// <param name="Scopes">By action, then by language, one plain sentence.</param>
internal sealed record Module(string Name, IReadOnlyDictionary<string, string> Title, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Scopes);
