using ApiConnections.Server.Hosting;

namespace ApiConnections.Server.Settings.ApiConnections.AppAuthorizations;

internal static class AppAuthorizationsRoom
{
    public const string List = "/settings/api-connections/authorizations";

    public static Room Room { get; } = new("Settings/ApiConnections/AppAuthorizations")
    {
        Services = services => services.AddSingleton<AppAuthorizations>(),
        Commands = run => [AuthorizationCommands.Authorization(run)],
        Tab = new TabEntry(2, "authorizations.title", List) { ForDevelopers = true },
    };
}
