using System.CommandLine;

namespace ApiConnections.Server.Hosting;

/// <summary>A feature as the program sees it: what it puts into the container, which addresses and which commands it answers.</summary>
/// <param name="Name">Its folder below the project.</param>
internal sealed record Room(string Name)
{
    public Action<IServiceCollection> Services { get; init; } = _ => { };

    public Action<IEndpointRouteBuilder> Endpoints { get; init; } = _ => { };

    /// <summary>What <c>serve</c> says once it listens, for instance what is still to be done; null for nothing.</summary>
    public Func<IServiceProvider, Task<string?>> Announces { get; init; } = _ => Task.FromResult<string?>(null);

    /// <summary>Its place in the menu of the console; null where it has no pages there.</summary>
    public MenuEntry? Menu { get; init; }

    /// <summary>Its tab below API Connections; null where it has none.</summary>
    public TabEntry? Tab { get; init; }

    public Func<CommandRunner, IEnumerable<Command>> Commands { get; init; } = _ => [];
}
