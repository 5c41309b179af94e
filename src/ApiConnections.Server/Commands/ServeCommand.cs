using System.CommandLine;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Commands;

/// <summary>The command <c>serve</c>.</summary>
internal static class ServeCommand
{
    public static Command Make(IReadOnlyList<Room> rooms, IReadOnlyDictionary<string, string?>? settings)
    {
        var command = new Command("serve", "Run the server (the default).") { ServerSettings.Issuer, ServerSettings.Urls };
        command.SetAction(async (parsed, stop) =>
        {
            var given = new Dictionary<string, string?>(settings ?? new Dictionary<string, string?>(), StringComparer.OrdinalIgnoreCase);
            foreach (var (name, value) in ServerSettings.Given(parsed))
                given[name] = value;

            await using var app = ServerBuilder.Build(given, rooms, configure: null);
            await app.StartAsync(stop);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"API Connections serves {string.Join(", ", app.Urls)} as {app.Configuration["ApiConnections:Issuer"] ?? "http://localhost:8400"}");
            foreach (var room in rooms)
            {
                // On the console alone: what is announced may be for the operator's eyes only, and logs are read by others.
                if (await room.Announces(app.Services) is { } sentence)
                    await parsed.InvocationConfiguration.Output.WriteLineAsync(sentence);
            }

            await app.WaitForShutdownAsync(stop);
            return 0;
        });
        return command;
    }
}

/// <summary>Opens everything before the server listens, and holds the data folder while it does.</summary>
internal sealed class ServerStart(DatabaseOpening opening, IDatabase database, DataFolder folder, Keys.KeyRotation keys) : IHostedLifecycleService, IDisposable
{
    private FileStream? hold;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (database.Engine == Engine.Sqlite)
            hold = folder.TryHold() ?? throw new SettingException("ApiConnections:Data", $"another server runs on {folder.FullPath}; one folder serves one server. For several nodes use PostgreSQL.");

        await opening.Open(holds: true);
        await keys.DoWhatIsDue();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => hold?.Dispose();
}
