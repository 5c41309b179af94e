using ApiConnections.Server.Access;
using ApiConnections.Server.Console.Components;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Hosting;

namespace ApiConnections.Server.Settings.ApiConnections.Consumers;

internal static class ConsumersRoom
{
    public const string List = "/settings/api-connections/consumers";
    public const string New = List + "/new";
    public const string Csv = "/settings/api-connections/consumers.csv";

    public static Room Room { get; } = new("Settings/ApiConnections/Consumers")
    {
        Services = services => services.AddSingleton<Consumers>().AddSingleton<ConsumerSecrets>().AddSingleton<ConsumerFields>().AddSingleton<ConsumerLists>().AddSingleton<ConsumerEdits>().AddSingleton<ConsumerOwners>()
            .AddSingleton<OwnEndpoints>().AddSingleton<TrialRuns>().AddSingleton<PersonTrials>().AddSingleton<TrialEnds>(),
        Endpoints = endpoints =>
        {
            endpoints.MapPage(Csv, Export);
            endpoints.MapPage(Trials.Route, TrialCallback.Take);
            endpoints.MapPage(TrialCallback.AnsweredRoute, TrialCallback.Answered);
        },
        Commands = run => [ConsumerCommands.Consumer(run), SecretCommands.Secret(run)],
        Tab = new TabEntry(1, "consumers.title", List) { ForDevelopers = true },
        Menu = new MenuEntry(50, "consumers.menu", "/settings/api-connections", "M8 7V3M16 7V3M6 7h12v4a6 6 0 0 1-12 0zM12 17v4") { ForDevelopers = true },
    };

    public static string Of(string key) => $"{List}/{key}";

    // As the page shows them, all of them.
    private static Task Export(HttpContext http) => ListDownload.Send(
        http, List, "oauth-consumers.csv", ["consumers.name", "consumers.key", "consumers.description", "consumers.grant", "consumers.group", "consumers.status", "consumers.created", "consumers.last"],
        asked => http.RequestServices.GetRequiredService<ConsumerLists>().Export(asked.Actor, asked.Company, ConsumerAddress.Read(http.Request.Query), asked.Heads, asked.Open));
}
