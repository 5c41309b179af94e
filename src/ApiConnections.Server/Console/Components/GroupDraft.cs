using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Console.Components;

/// <summary>What stands in the form of a permission group while somebody types.</summary>
internal sealed class GroupDraft
{
    public string Name { get; set; } = "";

    public string Description { get; set; } = "";

    public bool ReadOnly { get; set; }

    public HashSet<string> Scopes { get; } = [];

    public TypedGroup Typed => new(Name, Description, string.Join(' ', Scopes), ReadOnly);

    public static GroupDraft Of(PermissionGroup group)
    {
        var draft = new GroupDraft { Name = group.Name, Description = group.Description, ReadOnly = group.ReadOnly };
        draft.Scopes.UnionWith(group.Scopes);
        return draft;
    }

    /// <summary>Sets all of these, or none.</summary>
    public void Set(IEnumerable<string> scopes, bool on)
    {
        if (on)
            Scopes.UnionWith(scopes);
        else
            Scopes.ExceptWith(scopes);
    }

    /// <summary>Whether a scope counts: a read-only group keeps what only looks.</summary>
    public bool Counts(string scope) => PermissionGroup.AllowedOf(ReadOnly, ScopeSet.Of([scope])).Count > 0;
}
