namespace ApiConnections.Server.Hosting;

/// <summary>A room's entry in the menu of the settings.</summary>
/// <param name="Order">Where it stands; the host's own links stand at 35, between the modules and the security.</param>
/// <param name="Text">A key of the texts.</param>
/// <param name="Path">Its page, below which all its pages are.</param>
/// <param name="Icon">The paths of an icon on a field of 24 × 24.</param>
internal sealed record MenuEntry(int Order, string Text, string Path, string Icon)
{
    /// <summary>Whether integration developers have something to do there; they see no other.</summary>
    public bool ForDevelopers { get; init; }
}

/// <summary>A room's tab among those of API Connections.</summary>
/// <param name="Text">A key of the texts.</param>
internal sealed record TabEntry(int Order, string Text, string Path)
{
    /// <inheritdoc cref="MenuEntry.ForDevelopers"/>
    public bool ForDevelopers { get; init; }
}
