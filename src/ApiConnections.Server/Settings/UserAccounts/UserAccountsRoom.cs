using System.Text;
using ApiConnections.Server.Audit;
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
    private static async Task Export(HttpContext http)
    {
        var pages = http.RequestServices.GetRequiredService<Pages>();
        if (await http.RequestServices.GetRequiredService<People>().Find(http) is not { } person)
        {
            pages.See(http, "/signin?return=" + Uri.EscapeDataString(List));
            return;
        }

        var texts = http.RequestServices.GetRequiredService<Texts>();
        string[] heads = ["people.name", "people.email", "people.role", "people.group", "people.status", "people.last", "people.factor", "people.created", "people.invited_until"];
        StreamWriter? output = null;
        var exported = await http.RequestServices.GetRequiredService<PersonLists>().Export(
            new Actor(person.User.Email, People.AddressOf(http)) { Session = person.Session.Id },
            person.User.CompanyId.ToString(),
            PersonAddress.Read(name => http.Request.Query[name], http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow()),
            [.. heads.Select(head => texts.In(Languages.Of(http, person), head))],
            () =>
            {
                Pages.Protect(http.Response);
                http.Response.ContentType = "text/csv; charset=utf-8";
                http.Response.Headers.ContentDisposition = "attachment; filename=\"users.csv\"";
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
