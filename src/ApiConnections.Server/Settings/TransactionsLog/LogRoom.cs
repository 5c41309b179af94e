using ApiConnections.Server.Audit;
using ApiConnections.Server.Console.Components;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.TransactionsLog;

internal static class LogRoom
{
    public const string List = "/settings/log";
    public const string Csv = "/settings/log.csv";
    public const string JsonLines = "/settings/log.jsonl";

    public static Room Room { get; } = new("Settings/TransactionsLog")
    {
        Services = services => services.AddSingleton<LogVerification>().AddSingleton<LogExport>().AddSingleton<LogLists>(),
        Endpoints = endpoints =>
        {
            endpoints.MapPage(Csv, http => Export(http, "transactions-log.csv", LogFormat.Csv, ListDownload.Csv));
            endpoints.MapPage(JsonLines, http => Export(http, "transactions-log.jsonl", LogFormat.JsonLines, "application/x-ndjson; charset=utf-8"));
        },
        Commands = run => [LogCommands.Log(run)],
        Menu = new MenuEntry(45, "log.title", List, "M6 3h9l4 4v14H6zM9 12h7M9 16h7M9 8h3"),
    };

    // As the page shows them, all of them.
    private static Task Export(HttpContext http, string file, LogFormat form, string type)
    {
        string[] heads = ["log.number", "log.time", "log.actor", "log.address", "log.module", "log.action", "log.subject", "log.changed"];
        return ListDownload.Send(http, List, file, heads, Write, type);

        async Task<Protocol.Outcome<long>> Write(ListRequest asked)
        {
            var company = await http.RequestServices.GetRequiredService<IDatabase>().Read(session => CompanyStore.Find(session, Guid.Parse(asked.Company)));
            var query = LogAddress.Read(name => http.Request.Query[name], RelativeTime.Zone(company!.TimeZone));
            return await http.RequestServices.GetRequiredService<LogExport>().Records(asked.Actor, asked.Company, query with { Before = null }, form, asked.Heads, asked.Open);
        }
    }
}
