using System.Net;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Settings.ApiConnections.Consumers;
using ApiConnections.Server.Settings.General;
using ApiConnections.Server.Settings.Modules;
using ApiConnections.Tests.Support;

namespace ApiConnections.Tests.Access.Causes;

/// <summary>What a cause does to something that was issued before.</summary>
internal enum Effect
{
    /// <summary>It goes on as if nothing had happened.</summary>
    Stays,

    /// <summary>It goes on with less.</summary>
    Narrower,

    /// <summary>It is refused as long as the cause lasts, and good again afterwards.</summary>
    Refused,

    /// <summary>It is good for nothing from the answer on, and never again.</summary>
    Dead,
}

/// <summary>One row of the table: what was done, what became of what, and what it left in the log and the changes.</summary>
internal sealed record Cause(string Name, string Door)
{
    public required Func<World, Task> Do { get; init; }

    /// <summary>What has to have happened before.</summary>
    public Func<World, Task> Before { get; init; } = _ => Task.CompletedTask;

    /// <summary>Takes it back, where that can be done.</summary>
    public Func<World, Task>? Undo { get; init; }

    /// <summary>It is done to the whole installation, and the server has to be stopped for it.</summary>
    public bool Alone { get; init; }

    /// <summary>An access token that was issued for the person and the app, at an API.</summary>
    public Effect Token { get; init; }

    /// <summary>A code of theirs that was not redeemed yet.</summary>
    public Effect Code { get; init; }

    /// <summary>The refresh token of a device of theirs.</summary>
    public Effect Refresh { get; init; }

    /// <summary>The browser in which the person is signed in.</summary>
    public Effect Session { get; init; }

    /// <summary>An access token of somebody else with another app in the same company.</summary>
    public Effect Others { get; init; }

    /// <summary>The actions of its records, in their order.</summary>
    public required string Records { get; init; }

    /// <summary>The kinds of its changes in their order; those with a star are for the APIs too.</summary>
    public string Changes { get; init; } = "";

    public override string ToString() => Name;
}

/// <summary>A person, an app that acts for them, a browser in which they are signed in; and somebody else with another app.</summary>
internal sealed class World : IAsyncDisposable
{
    public const string Password = "three old lighthouses";
    private static readonly Actor by = new("test", "local");
    public const string Fresh = "seven green umbrellas";

    public required Installation Installation { get; init; }

    public required bool Owned { get; init; }

    public required Node Node { get; init; }

    public required TestConsumer App { get; init; }

    public required TestPerson Person { get; init; }

    public required Browser Browser { get; init; }

    /// <summary>Another browser in which they are signed in.</summary>
    public required Browser Second { get; init; }

    /// <summary>What the app holds: an access token and a refresh token of one device.</summary>
    public required TokenAnswer Device { get; init; }

    /// <summary>The last refresh token of that device.</summary>
    public required string RefreshToken { get; set; }

    /// <summary>The code that the device came from.</summary>
    public required TestCode Redeemed { get; init; }

    /// <summary>One more, which nobody has redeemed.</summary>
    public required TestCode Open { get; init; }

    public required TokenAnswer Others { get; init; }

    /// <summary>Its company, in which nothing else is.</summary>
    public required string Company { get; init; }

    /// <summary>Its own, so that what is done to all of an installation is done to nobody else.</summary>
    public static async Task<World> Alone(On engine)
    {
        var installation = await Installation.New(engine);
        return await In(installation, await installation.Start(), owned: true);
    }

    /// <summary>A company more in an installation.</summary>
    public static async Task<World> In(Installation installation, Node node, bool owned = false)
    {
        var company = "Company " + Guid.CreateVersion7();
        var services = node.App.Services;
        (await services.GetRequiredService<Companies>().Create(by, company)).Granted();
        foreach (var (name, scopes) in new[] { ("Viewers", "assets:view tasks:view"), ("Assets only", "assets:view"), ("Wide", "assets:view tasks:view tasks:edit") })
            (await services.GetRequiredService<Groups>().Create(by, company, name, scopes, readOnly: false)).Granted();
        var (app, other) = (await Made(installation, node, company, "App"), await Made(installation, node, company, "Other"));
        installation.Watch((await services.GetRequiredService<ConsumerSecrets>().Add(by, app.Key, "spare", null, null)).Granted().Secret.Clear.Reveal());
        var (person, somebody) = (await node.Person(company: company), await node.Person(company: company));
        (await services.GetRequiredService<Passwords>().Reset(by, person.Email, Password)).Granted();
        var (browser, second) = (node.Browser(installation), node.Browser(installation));
        await browser.SignIn(person);
        await second.SignIn(person);
        var redeemed = await node.Code(installation, app, person);
        var device = await node.Redeem(installation, app, redeemed);
        return new World
        {
            Installation = installation,
            Owned = owned,
            Node = node,
            Company = company,
            App = app,
            Person = person,
            Browser = browser,
            Second = second,
            Redeemed = redeemed,
            Device = device,
            RefreshToken = device.RefreshToken!,
            Others = await node.Redeem(installation, other, await node.Code(installation, other, somebody)),
            Open = await node.Code(installation, app, person),
        };
    }

    public Task Run(params string[] command) => Installation.Do(command);

    public async Task Submit(string page, params (string Name, string? Value)[] fields)
    {
        await Browser.Get(page);
        var answer = await Browser.Submit(page, fields);
        if (answer.Status != HttpStatusCode.SeeOther)
            throw new InvalidOperationException($"{page}: {(int)answer.Status} {answer.Html}");
    }

    public async ValueTask DisposeAsync()
    {
        Browser.Dispose();
        Second.Dispose();
        if (Owned)
            await Installation.DisposeAsync();
    }

    private static async Task<TestConsumer> Made(Installation installation, Node node, string company, string name)
    {
        var typed = new NewConsumer { Company = company, Name = name, GrantType = "authorization_code", CallbackUrls = [Apps.Callback], Group = "Viewers", Options = ConsumerOptions.Default };
        var made = (await node.App.Services.GetRequiredService<Consumers>().Create(by, typed)).Granted();
        installation.Watch(made.Secret!.Reveal());
        return new TestConsumer(made.Consumer.Key, made.Secret.Reveal(), name, made.Scope.ToString());
    }
}

/// <summary>One installation with one node per database, for all worlds that are companies of their own.</summary>
public sealed class Installations : IAsyncDisposable
{
    private readonly Dictionary<On, (Installation Installation, Node Node)> made = [];
    private readonly Dictionary<Installation, TestConsumer> apis = [];

    internal async Task<World> World(On engine, Cause cause)
    {
        if (cause.Alone)
            return await Causes.World.Alone(engine);
        if (!made.TryGetValue(engine, out var here))
        {
            var installation = await Installation.New(engine);
            made[engine] = here = (installation, await installation.Start());
        }

        return await Causes.World.In(here.Installation, here.Node);
    }

    /// <summary>The API that the tokens are for, with a further secret of its own.</summary>
    internal async Task<TestConsumer> Api(Installation installation)
    {
        if (apis.TryGetValue(installation, out var known))
            return known;

        var key = (await installation.Do("api", "list")).EnumerateArray().First().GetProperty("key").GetString()!;
        return apis[installation] = new TestConsumer(key, (await installation.Reveal("api", "secret", key)).GetProperty("secret").GetString()!, "", "");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (installation, _) in made.Values)
            await installation.DisposeAsync();
    }
}
