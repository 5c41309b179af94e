using ApiConnections.Server.Hosting;

namespace ApiConnections.Server.Settings.Modules;

internal static class ModulesRoom
{
    public const string List = "/settings/modules";
    public const string Modules = List + "/switches";
    public const string New = List + "/groups/new";

    public static Room Room { get; } = new("Settings/Modules")
    {
        Services = services => services.AddSingleton<Groups>().AddSingleton<CompanyModules>(),
        Commands = run => [GroupCommands.Group(run), GroupCommands.Module(run)],
        Menu = new MenuEntry(30, "modules.menu", List, "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z"),
    };

    public static string Of(Guid group) => $"{List}/groups/{group}";
}
