using ApiConnections.Server.Hosting;

namespace ApiConnections.Server.Settings.ApiConnections.Apis;

internal static class ApisRoom
{
    public const string List = "/settings/api-connections/apis";
    public const string New = List + "/new";

    public static Room Room { get; } = new("Settings/ApiConnections/Apis")
    {
        Services = services => services.AddSingleton<Apis>(),
        Commands = run => [ApiCommands.Api(run)],
        Tab = new TabEntry(3, "apis.title", List),
    };

    public static string Of(string key) => $"{List}/{key}";
}
