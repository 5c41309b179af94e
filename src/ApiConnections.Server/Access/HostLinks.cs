using ApiConnections.Server.Model;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Access;

/// <summary>The product's own pages in the menu of the settings: those that a company has set, else those of the configuration.</summary>
internal sealed class HostLinks(IOptions<ConsoleOptions> options)
{
    /// <summary>Those of every company that has set none.</summary>
    public IReadOnlyList<HostLink> Configured { get; } = [.. options.Value.HostLinks.Select(ConsoleOptions.Read).OfType<HostLink>().Select(link => link.Normal())];

    public IReadOnlyList<HostLink> Of(Company company) => company.HostLinks ?? Configured;
}
