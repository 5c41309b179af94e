using System.CommandLine;
using ApiConnections.Samples.FieldApp;

// An app for a person on the command line: it acts with what that person allowed it, and with nothing else.
var noBrowser = new Option<bool>("--no-browser") { Description = "Print the address to open instead of opening it." };
var language = new Option<string?>("--language") { Description = "The language of the pages: en, es or pt; that of the browser by default." };
var id = new Argument<int>("ID") { Description = "The work order's number." };

var signIn = new Command("sign-in", "Sign in in the browser, and allow this app to act for you.") { noBrowser, language };
signIn.SetAction((parsed, stop) => Run(app => app.SignIn(parsed.GetValue(language), openBrowser: !parsed.GetValue(noBrowser), stop)));
var orders = new Command("orders", "Show the work orders that are open.");
orders.SetAction((_, stop) => Run(app => app.Orders(stop)));
var close = new Command("close", "Complete a work order.") { id };
close.SetAction((parsed, stop) => Run(app => app.Close(parsed.GetValue(id), stop)));
var who = new Command("whoami", "Show who the API takes you for.");
who.SetAction((_, stop) => Run(app => app.WhoAmI(stop)));
var signOut = new Command("sign-out", "End the tokens of this computer, and forget them.");
signOut.SetAction((_, stop) => Run(app => app.SignOut(stop)));

return await new RootCommand("Work orders in the field. Settings: API_CONNECTIONS_ISSUER, API_CONNECTIONS_KEY, API_CONNECTIONS_SECRET, MAINTENANCE_API.") { signIn, orders, close, who, signOut }
    .Parse(args).InvokeAsync();

static async Task<int> Run(Func<FieldApp, Task> act)
{
    try
    {
        using var app = FieldApp.FromEnvironment();
        await act(app);
        return 0;
    }
    catch (FailureException failure)
    {
        await Console.Error.WriteLineAsync(failure.Message);
        return 1;
    }
    catch (HttpRequestException e)
    {
        await Console.Error.WriteLineAsync("The server cannot be reached: " + e.Message);
        return 1;
    }
}
