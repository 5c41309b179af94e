using System.CommandLine;
using ApiConnections.Server.Hosting;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Commands;

/// <summary>The container of one command: the rooms' functions on an open database, without a server around them.</summary>
internal sealed class CommandServices(IReadOnlyList<Room> rooms, IReadOnlyDictionary<string, string?>? settings)
{
    public async Task<ServiceProvider> Open(ParseResult parsed)
    {
        var services = Make(parsed);
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
    /// <param name="over">Settings over all others.</param>
    public ServiceProvider Make(ParseResult parsed, IReadOnlyDictionary<string, string?>? over = null)
    {
        var configuration = new ConfigurationBuilder()
            .AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true)
            .AddEnvironmentVariables()
            .AddInMemoryCollection(settings)
            .AddInMemoryCollection(ServerSettings.Given(parsed))
            .AddInMemoryCollection(over)
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
