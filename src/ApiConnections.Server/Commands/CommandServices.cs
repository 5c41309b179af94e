using System.CommandLine;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Commands;

/// <summary>The container of one command: the rooms' functions on an open database, without a server around them.</summary>
internal sealed class CommandServices(IReadOnlyList<Room> rooms, IReadOnlyDictionary<string, string?>? settings)
{
    public async Task<ServiceProvider> Open(ParseResult parsed)
    {
        var services = Make(parsed);
        var folder = services.GetRequiredService<DataFolder>();
        var isNew = services.GetRequiredService<IDatabase>().Engine == Engine.Sqlite && !File.Exists(folder.DatabaseFile);
        try
        {
            // A setting that is wrong stops the command before anything is made.
            services.GetRequiredService<ModuleCatalogue>();
            await services.GetRequiredService<DatabaseOpening>().Open(holds: false);
            // Whoever meant another folder learns of it here.
            if (isNew)
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"{folder.FullPath} held no installation: a new one was made there. Another folder is named with --data.");

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
