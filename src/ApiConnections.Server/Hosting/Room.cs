using System.CommandLine;

namespace ApiConnections.Server.Hosting;

/// <summary>A feature as the program sees it: what it puts into the container, which addresses and which commands it answers.</summary>
/// <param name="Name">Its folder below the project.</param>
internal sealed record Room(string Name)
{
    public Action<IServiceCollection> Services { get; init; } = _ => { };

    public Action<IEndpointRouteBuilder> Endpoints { get; init; } = _ => { };

    public Func<CommandRunner, IEnumerable<Command>> Commands { get; init; } = _ => [];
}
