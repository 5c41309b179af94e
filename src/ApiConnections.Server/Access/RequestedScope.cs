using ApiConnections.Protocol;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Access;

/// <summary>What of the requested scope is granted.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-3.3"/>
internal sealed class RequestedScope(ModuleCatalogue catalogue)
{
    public static readonly Refusal NothingLeft = OAuthError.InvalidScope.Because("Nothing of the requested scope may be granted to this consumer.");
    private static readonly Refusal unknown = OAuthError.InvalidScope.Because("The scope holds a name that this server does not know.");

    /// <summary>The requested scope ∩ what is allowed; all of it where none was requested. Unknown names are refused, known ones beyond it are cut.</summary>
    // Hot path: token
    public Outcome<ScopeSet> Grant(string? requested, ScopeSet allowed)
    {
        if (requested is null)
            return allowed.IsEmpty ? NothingLeft : allowed;
        if (!ScopeSet.Parse(requested).TryGet(out var scope, out var refusal))
            return refusal;
        if (!scope.IsSubsetOf(catalogue.Everything))
            return unknown;

        var granted = scope.Intersect(allowed);
        return granted.IsEmpty ? NothingLeft : granted;
    }
}
