using System.CommandLine;
using ApiConnections.Server.Hosting;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Commands;

/// <summary>The container of one command: the rooms' functions on an open database, without a server around them.</summary>
internal static class CommandServices
{
    public static async Task<ServiceProvider> Open(ParseResult parsed, IReadOnlyList<Room> rooms)
    {
        var services = Make(parsed, rooms);
        try
        {
            await services.GetRequiredService<DatabaseOpening>().Open(holds: false);
            return services;
        }
        catch
        {
            await services.DisposeAsync();
            throw;
        }
    }

    /// <summary>As <see cref="Open"/>, but the database is left alone.</summary>
    public static ServiceProvider Make(ParseResult parsed, IReadOnlyList<Room> rooms)
    {
        var configuration = new ConfigurationBuilder()
            .AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true)
            .AddEnvironmentVariables()
            .AddInMemoryCollection(ServerSettings.Given(parsed))
            .Build();
        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddLogging()
            .AddServer(rooms)
            .AddSingleton<DatabaseOpening>()
            .BuildServiceProvider();
        ServerSettings.RefuseUnknown(configuration, services.GetServices<KnownSettings>());
        services.GetRequiredService<IStartupValidator>().Validate();
        return services;
    }
}
