using System.Buffers;
using System.Collections;

namespace ApiConnections.Protocol;

/// <summary>A set of scopes in ordinal order, written with single spaces between them.</summary>
/// <see href="https://www.rfc-editor.org/rfc/rfc6749#section-3.3"/>
public sealed class ScopeSet : IReadOnlyCollection<string>, IEquatable<ScopeSet>
{
    /// <summary>No scope at all.</summary>
    public static readonly ScopeSet Empty = new([]);

    private static readonly Refusal malformed = OAuthError.InvalidScope.Because("The scope is malformed: names are separated by single spaces.");

    // RFC 6749 s3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ); %x20 separates them.
    private static readonly SearchValues<char> allowed = SearchValues.Create(
        Enumerable.Range(0x20, 0x7F - 0x20).Where(c => c is not 0x22 and not 0x5C).Select(c => (char)c).ToArray());

    private readonly string[] names; // sorted ordinally, distinct
    private readonly string text;

    private ScopeSet(string[] sorted) => (names, text) = (sorted, string.Join(' ', sorted));

    /// <inheritdoc/>
    public int Count => names.Length;

    /// <summary>True where no scope is in the set.</summary>
    public bool IsEmpty => names.Length == 0;

    /// <summary>A set of these names; the names are taken as they stand.</summary>
    public static ScopeSet Of(params IEnumerable<string> names) => FromUnsorted([.. names]);

    /// <summary>Reads a scope parameter: names with single spaces between them. Refuses anything else with <c>invalid_scope</c>.</summary>
    public static Outcome<ScopeSet> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0 || text[0] == ' ' || text[^1] == ' ' || text.AsSpan().ContainsAnyExcept(allowed) || text.Contains("  ", StringComparison.Ordinal))
            return malformed;

        return FromUnsorted(text.Split(' '));
    }

    /// <summary>True where the set holds <paramref name="scope"/>.</summary>
    public bool Contains(string scope) => Array.BinarySearch(names, scope, StringComparer.Ordinal) >= 0;

    /// <summary>True where the space-separated <paramref name="text"/> of a token holds <paramref name="scope"/>; allocates nothing.</summary>
    public static bool TextContains(ReadOnlySpan<char> text, ReadOnlySpan<char> scope)
    {
        foreach (var range in text.Split(' '))
        {
            if (text[range].SequenceEqual(scope))
                return true;
        }

        return false;
    }

    /// <summary>True where every scope of this set is in <paramref name="other"/>.</summary>
    public bool IsSubsetOf(ScopeSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return ReferenceEquals(this, other) || Array.TrueForAll(names, other.Contains);
    }

    /// <summary>The scopes that stand in both sets.</summary>
    public ScopeSet Intersect(ScopeSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return IsSubsetOf(other) ? this : new ScopeSet(Array.FindAll(names, other.Contains));
    }

    /// <summary>The scopes that stand in either set.</summary>
    public ScopeSet Union(ScopeSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return other.IsSubsetOf(this) ? this : FromUnsorted([.. names, .. other.names]);
    }

    /// <summary>The scopes of this set that <paramref name="other"/> lacks.</summary>
    public ScopeSet Except(ScopeSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new ScopeSet(Array.FindAll(names, name => !other.Contains(name)));
    }

    /// <summary>The scopes for which <paramref name="keep"/> is true.</summary>
    public ScopeSet Where(Predicate<string> keep) => new(Array.FindAll(names, keep));

    /// <summary>The scope parameter: names in ordinal order with single spaces between them.</summary>
    public override string ToString() => text;

    /// <inheritdoc/>
    public bool Equals(ScopeSet? other) => other is not null && string.Equals(text, other.text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ScopeSet);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)names).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static ScopeSet FromUnsorted(string[] names)
    {
        var sorted = new SortedSet<string>(names, StringComparer.Ordinal);
        return sorted.Count == 0 ? Empty : new ScopeSet([.. sorted]);
    }
}
