using ApiConnections.Server.Console.Components;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Hosting;

namespace ApiConnections.Server.Settings.UserAccounts;

internal static class UserAccountsRoom
{
    public const string List = "/settings/users";
    public const string Invite = List + "/invite";
    public const string Csv = "/settings/users.csv";

    public static Room Room { get; } = new("Settings/UserAccounts")
    {
        Services = services => services.AddSingleton<UserAccounts>().AddSingleton<PersonLists>().AddSingleton<Invitations>(),
        Endpoints = endpoints => endpoints.MapPage(Csv, Export),
        Commands = run => [UserCommands.User(run)],
        Menu = new MenuEntry(20, "people.title", List, "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c.500-4 3-6 7-6s6.500 2 7 6M16 3.500a4 4 0 0 1 0 7M18 15.500c2.500.800 3.700 2.700 4 5.500"),
    };

    public static string Of(Guid id) => $"{List}/{id}";

    // As the page shows them, all of them.
    private static Task Export(HttpContext http) => ListDownload.Send(
        http, List, "users.csv", ["people.name", "people.email", "people.role", "people.group", "people.status", "people.last", "people.factor", "people.created", "people.invited_until"],
        asked => http.RequestServices.GetRequiredService<PersonLists>().Export(asked.Actor, asked.Company, PersonAddress.Read(name => http.Request.Query[name], http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow()), asked.Heads, asked.Open));
}
