namespace ApiConnections.Samples.FieldApp;

/// <summary>The commands.</summary>
internal sealed class FieldApp(HttpClient http, Authorization authorization, TokenFile tokens, string api) : IDisposable
{
    public static FieldApp FromEnvironment()
    {
        var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        var issuer = Setting("API_CONNECTIONS_ISSUER");
        // An app that cannot keep a secret (most apps that people install cannot) is a public consumer and has none.
        var authorization = new Authorization(http, issuer, Setting("API_CONNECTIONS_KEY"), Environment.GetEnvironmentVariable("API_CONNECTIONS_SECRET"));
        return new FieldApp(http, authorization, new TokenFile(TokenFile.DefaultPath), Setting("MAINTENANCE_API"));
    }

    public async Task SignIn(string? language, bool openBrowser, CancellationToken stop)
    {
        var granted = await authorization.Ask(language, openBrowser, stop);
        tokens.Write(granted);
        Console.WriteLine($"Signed in. This app may: {granted.Scope}");
    }

    public async Task Orders(CancellationToken stop)
    {
        var open = (await Client().WorkOrders(stop)).Where(order => order.IsOpen).OrderBy(order => order.DueDate).ThenBy(order => order.Id).ToList();
        Console.WriteLine($"{open.Count} work orders are open; those that are due first:");
        foreach (var order in open.Take(10))
            Console.WriteLine($"{order.Id,6}  {order.Folio}  due {order.DueDate:yyyy-MM-dd}  {order.Responsible,-12}  {order.Description}");
    }

    public async Task Close(int id, CancellationToken stop)
    {
        var order = await Client().Complete(id, stop);
        Console.WriteLine($"{order.Folio} is completed: {order.Description}");
    }

    public async Task WhoAmI(CancellationToken stop) => Console.WriteLine(await Client().WhoAmI(stop));

    public async Task SignOut(CancellationToken stop)
    {
        if (tokens.Read()?.RefreshToken is { } refresh)
            await authorization.Revoke(refresh, stop);

        tokens.Delete();
        Console.WriteLine("The tokens of this computer have ended. What you allowed stays allowed until you revoke it under \"Apps\" in your account.");
    }

    public void Dispose() => http.Dispose();

    private MaintenanceClient Client() => new(http, new LiveTokens(authorization, tokens), api);

    private static string Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : throw new FailureException($"{name} is not set.");
}
