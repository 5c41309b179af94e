using ApiConnections.Server.Hosting;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

internal static class ConsumersRoom
{
    public static Room Room { get; } = new("Settings/ApiConnections/Consumers")
    {
        Services = services => services.AddSingleton<Consumers>().AddSingleton<ConsumerSecrets>().AddSingleton<ConsumerFields>(),
        Commands = run => [ConsumerCommands.Consumer(run), SecretCommands.Secret(run)],
    };
}
