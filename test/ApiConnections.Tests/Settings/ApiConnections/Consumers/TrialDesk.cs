using ApiConnections.Protocol;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Settings.ApiConnections.Consumers;
using ApiConnections.Tests.OAuth.Authorize;
using ApiConnections.Tests.Support;

namespace ApiConnections.Tests.Settings.ApiConnections.Consumers;

/// <summary>An administrator who tries consumers, with the browser in which they are signed in.</summary>
internal sealed class TrialDesk : IAsyncDisposable
{
    private bool ownsServer;

    private TrialDesk(AppServer server, Browser browser, TestPerson person, Actor actor) => (Server, Browser, Person, Actor) = (server, browser, person, actor);

    public AppServer Server { get; }

    public Browser Browser { get; }

    public TestPerson Person { get; }

    public Actor Actor { get; }

    public Installation Installation => Server.Installation;

    public TestConsumer App => Server.App;

    public PersonTrials People => Server.Node.App.Services.GetRequiredService<PersonTrials>();

    public TrialRuns Runs => Server.Node.App.Services.GetRequiredService<TrialRuns>();

    public TrialEnds Ends => Server.Node.App.Services.GetRequiredService<TrialEnds>();

    public static async Task<TrialDesk> Open(On engine)
    {
        var desk = await Open(await AppServer.New(engine));
        desk.ownsServer = true;
        return desk;
    }

    /// <summary>Another administrator of the same company.</summary>
    public static async Task<TrialDesk> Open(AppServer server)
    {
        var person = await server.Node.Person("Technicians", role: UserRole.SuperAdministrator);
        var browser = server.Browser();
        await browser.SignIn(person);
        var id = person.Id;
        var session = await server.Installation.Read(session => session.Value<Guid>("select id from sessions where user_id = @id order by id desc limit 1", new { id }));
        return new TrialDesk(server, browser, person, new Actor(person.Email, "127.0.0.1") { Session = session });
    }

    public async Task<BegunTrial> Begin(string scope = "", string? key = null)
    {
        var begun = (await People.Begin(Actor, key ?? App.Key, scope, "")).Granted();
        Installation.Watch(begun.Verifier);
        return begun;
    }

    /// <summary>The path and query of an address, for a browser whose node may listen elsewhere.</summary>
    public static string Local(string address) => new Uri(address).PathAndQuery;

    /// <summary>The person allows it in their browser.</summary>
    /// <returns>Where the answer is handed over to.</returns>
    public async Task<string> Allow(BegunTrial begun, params string[] keep)
    {
        (await Browser.Visit(Local(begun.Address))).ShouldAsk();
        var page = await Browser.Allow(keep);
        Installation.Watch(page.Leads["code"]);
        return Local(page.HandOver!);
    }

    public async Task<TriedToken> Redeem(BegunTrial begun)
    {
        var progress = (await People.Look(Actor, App.Key, begun)).Granted();
        var tried = (await Runs.Redeem(Actor, App.Key, App.Secret, begun.Verifier, progress.Code!.Value)).Granted();
        Installation.Watch(tried.Token!.Access.Reveal());
        return tried.Token;
    }

    public async ValueTask DisposeAsync()
    {
        Browser.Dispose();
        if (ownsServer)
            await Server.DisposeAsync();
    }
}

internal static class Outcomes
{
    public static T Granted<T>(this Outcome<T> outcome)
        where T : notnull => outcome.TryGet(out var value, out var refusal) ? value : throw new InvalidOperationException(refusal.ToString());

    /// <summary>The code of the refusal; null where it was granted.</summary>
    public static string? Refused<T>(this Outcome<T> outcome)
        where T : notnull => outcome.TryGet(out _, out var refusal) ? null : refusal.Error.Code;
}
