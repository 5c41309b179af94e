using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.General;

/// <summary>The time zones that a company can choose, found by their IANA names or by the city in these.</summary>
internal static class TimeZones
{
    public const int Longest = 64;

    // By what is compared: the whole name, and the city at its end.
    private static readonly (string Id, string Name, string City)[] all =
        [.. TimeZoneInfo.GetSystemTimeZones().Where(zone => zone.HasIanaId).Select(zone => zone.Id).Append("UTC").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(id => (id, Bare(id), Bare(id[(id.LastIndexOf('/') + 1)..])))];

    /// <summary>The zone of that name, or the only one of that city: <c>são paulo</c> is America/Sao_Paulo. Null for none, and where several have it.</summary>
    public static TimeZoneInfo? Find(string typed)
    {
        var name = typed.Trim();
        if (name.Length is 0 or > Longest)
            return null;

        var bare = Bare(name);
        var id = all.FirstOrDefault(known => string.Equals(known.Id, name, StringComparison.OrdinalIgnoreCase)).Id ?? (all.Where(known => known.Name == bare || known.City == bare).Take(2).ToArray() is [var one] ? one.Id : name);
        // The system finds a zone in a folder by its name: nothing that could lead out of it is looked for.
        return id.All(character => char.IsAsciiLetterOrDigit(character) || character is '/' or '_' or '-' or '+') && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) && zone.HasIanaId ? zone : null;
    }

    /// <summary>Zones in whose names that stands which was typed, those first whose city begins with it.</summary>
    public static IReadOnlyList<string> Like(string typed, int atMost)
    {
        var bare = typed.Length <= Longest ? Bare(typed) : "";
        return bare.Length == 0 ? [] : [.. all.Where(known => known.Name.Contains(bare, StringComparison.Ordinal)).OrderBy(known => !known.City.StartsWith(bare, StringComparison.Ordinal)).Take(atMost).Select(known => known.Id)];
    }

    private static string Bare(string text) => string.Concat(DisplayText.Words(text));
}
