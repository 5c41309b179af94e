using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using ApiConnections.Protocol;

namespace ApiConnections.Server.Model;

/// <summary>The modules of the product that is extended, with their scopes and what these mean in plain words.</summary>
internal sealed class ModuleCatalogue
{
    public static readonly IReadOnlyList<string> Languages = ["en", "es", "pt"];
    public static readonly IReadOnlyList<string> Actions = ["view", "add", "edit", "delete", "reports"];

    private static readonly SearchValues<char> nameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");

    private readonly Dictionary<string, Module> modules = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> moduleOfScope = new(StringComparer.Ordinal);

    private ModuleCatalogue(IReadOnlyList<Module> modules)
    {
        Modules = modules;
        foreach (var module in modules)
        {
            this.modules[module.Name] = module;
            foreach (var action in module.Scopes.Keys)
                moduleOfScope[$"{module.Name}:{action}"] = module.Name;
        }

        Everything = ScopeSet.Of(moduleOfScope.Keys);
    }

    public IReadOnlyList<Module> Modules { get; }

    /// <summary>Every scope of every module.</summary>
    public ScopeSet Everything { get; }

    public bool Knows(string scope) => moduleOfScope.ContainsKey(scope);

    public bool KnowsModule(string module) => modules.ContainsKey(module);

    /// <summary>The module that a known scope belongs to.</summary>
    public string ModuleOf(string scope) => moduleOfScope[scope];

    /// <summary>What people call a known module.</summary>
    public string Title(string module, string language) => modules[module].Title[language];

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
            file = JsonSerializer.Deserialize(json, CatalogueJson.Default.CatalogueFile);
        }
        catch (JsonException e)
        {
            return (null, $"it is no catalogue: {e.Message}");
        }

        if (file?.Modules is not { Count: > 0 } modules)
            return (null, "it lists no modules.");

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var module in modules)
        {
            if ((WhatIsWrong(module) ?? (names.Add(module.Name) ? null : $"the module {module.Name} stands in it twice.")) is { } wrong)
                return (null, wrong);
        }

        return (new ModuleCatalogue(modules), null);
    }

    private static string? WhatIsWrong(Module? module)
    {
        if (module is null)
            return "it lists an empty module.";
        if (!IsName(module.Name))
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

    private static bool IsName(string text) =>
        text.Length is > 0 and <= 40 && char.IsAsciiLetterLower(text[0]) && !text.AsSpan().ContainsAnyExcept(nameCharacters);
}

/// <summary>One module of the catalogue.</summary>
/// <param name="Title">By language.</param>
/// <param name="Scopes">By action, then by language, one plain sentence.</param>
internal sealed record Module(string Name, IReadOnlyDictionary<string, string> Title, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Scopes);

/// <summary>The file that holds a catalogue.</summary>
internal sealed record CatalogueFile(IReadOnlyList<Module> Modules);

/// <summary>Strict: a member that nobody knows is a mistake in the host's file.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CatalogueFile))]
internal sealed partial class CatalogueJson : JsonSerializerContext;
