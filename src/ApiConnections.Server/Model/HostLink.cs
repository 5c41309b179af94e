namespace ApiConnections.Server.Model;

/// <summary>A page of the product around the console, which stands in the menu of the settings.</summary>
/// <param name="Icon">One of <see cref="Icons"/>.</param>
internal sealed record HostLink(string Address, string Icon, string English, string Spanish, string Portuguese)
{
    public const int LongestLabel = 40;
    public const int LongestAddress = 2000;

    /// <summary>Where nobody chose another.</summary>
    public const string AnyIcon = "link";

    /// <summary>What can stand before a label; the console draws each.</summary>
    public static readonly IReadOnlyList<string> Icons = [AnyIcon, "calendar", "money", "book", "document", "people", "building", "tools", "chart", "map", "phone", "help"];

    public string Label(string language) => language switch
    {
        "es" => Spanish,
        "pt" => Portuguese,
        _ => English,
    };

    /// <summary>Its fields in normal form, as they are kept.</summary>
    public HostLink Normal() => new(
        Address.Trim(), Icon, DisplayText.Read("", English, LongestLabel, required: true).Text ?? "", DisplayText.Read("", Spanish, LongestLabel, required: true).Text ?? "",
        DisplayText.Read("", Portuguese, LongestLabel, required: true).Text ?? "");

    /// <summary>What is wrong with it, field by field; nothing where it can be taken.</summary>
    public IEnumerable<(HostLinkField Field, Sentence WhyNot)> Problems()
    {
        // Nothing else is opened from the menu: no page of http, no script, no file.
        if (DisplayText.WhyNotHttps("The address of a link", Address.Trim()) is { } address)
            yield return (HostLinkField.Address, address);
        if (!Icons.Contains(Icon))
            yield return (HostLinkField.Icon, $"\"{Icon}\" is no icon of a link; there are {string.Join(", ", Icons)}.");
        if (DisplayText.Read("The English label", English, LongestLabel, required: true).WhyNot is { } english)
            yield return (HostLinkField.English, english);
        if (DisplayText.Read("The Spanish label", Spanish, LongestLabel, required: true).WhyNot is { } spanish)
            yield return (HostLinkField.Spanish, spanish);
        if (DisplayText.Read("The Portuguese label", Portuguese, LongestLabel, required: true).WhyNot is { } portuguese)
            yield return (HostLinkField.Portuguese, portuguese);
    }
}

/// <summary>The fields of a link that something can be wrong with.</summary>
internal enum HostLinkField
{
    Address,
    Icon,
    English,
    Spanish,
    Portuguese,
}
