using System.Text;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
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
    private static async Task Export(HttpContext http)
    {
        var pages = http.RequestServices.GetRequiredService<Pages>();
        if (await http.RequestServices.GetRequiredService<People>().Find(http) is not { } person)
        {
            pages.See(http, "/signin?return=" + Uri.EscapeDataString(List));
            return;
        }

        var texts = http.RequestServices.GetRequiredService<Texts>();
        string[] heads = ["consumers.name", "consumers.key", "consumers.description", "consumers.grant", "consumers.group", "consumers.status", "consumers.created", "consumers.last"];
        StreamWriter? output = null;
        var exported = await http.RequestServices.GetRequiredService<ConsumerLists>().Export(
            new Actor(person.User.Email, People.AddressOf(http)) { Session = person.Session.Id },
            person.User.CompanyId.ToString(),
            ConsumerAddress.Read(http.Request.Query),
            [.. heads.Select(head => texts.In(Languages.Of(http, person), head))],
            () =>
            {
                Pages.Protect(http.Response);
                http.Response.ContentType = "text/csv; charset=utf-8";
                http.Response.Headers.ContentDisposition = "attachment; filename=\"oauth-consumers.csv\"";
                // With a mark at the beginning spreadsheets know that it is UTF-8.
                output = new StreamWriter(http.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
                return Task.FromResult<TextWriter>(output);
            });
        if (output is not null)
            await output.DisposeAsync();
        if (!exported.TryGet(out _, out var refusal))
            http.Response.StatusCode = refusal.Error.Status;
    }
}
