using ApiConnections.Server.Hosting;

namespace ApiConnections.Server.Settings.General;

internal static class GeneralRoom
{
    public const string Path = "/settings/general";

    public static Room Room { get; } = new("Settings/General")
    {
        Services = services => services.AddSingleton<Companies>().AddSingleton<CompanyLinks>(),
        Commands = run => [CompanyCommands.Company(run)],
        Menu = new MenuEntry(10, "general.title", Path, "M4 7h9M17 7h3M15 5v4M4 12h3M11 12h9M9 10v4M4 17h11M19 17h1M17 15v4"),
    };
}
