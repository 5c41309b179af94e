using ApiConnections.Protocol;
using ApiConnections.Server;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Commands;
using ApiConnections.Server.Keys;
using ApiConnections.Server.Model;
using ApiConnections.Server.Settings.ApiConnections.Apis;
using ApiConnections.Server.Settings.ApiConnections.Consumers;
using ApiConnections.Server.Settings.General;
using ApiConnections.Server.Settings.Modules;
using ApiConnections.Server.Settings.UserAccounts;
using ApiConnections.Server.Storage;
using Microsoft.Extensions.Options;

namespace ApiConnections.Samples.Demo;

/// <summary>
/// Plays what the company has done in the months before today, by the product's own functions and a clock that goes through these months: what the transactions
/// log, the lists and the requests show was made as it would have been then. Made once, together with the company.
/// </summary>
internal sealed class DemoHistory
{
    private const string Browser = "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36";

    private readonly History history = History.Read();
    private readonly PastClock clock;
    private readonly IServiceProvider services;
    private readonly string company;
    private readonly List<PastEvent> events = [];
    private readonly Dictionary<string, string> keys = [];
    private readonly Dictionary<string, List<string>> secrets = [];

    private DemoHistory(PastClock clock, IServiceProvider services, string company) => (this.clock, this.services, this.company) = (clock, services, company);

    /// <summary>The installation as the past needs it: its functions on a clock of their own, and no server.</summary>
    /// <param name="people">The people that the demo tells of, who have been there from the beginning.</param>
    /// <param name="password">The password of whom that address names, in the company of that id.</param>
    public static async Task Play(DemoOptions options, string company, IReadOnlyList<NewPerson> people, Func<Guid, string, string> password)
    {
        var clock = new PastClock(TimeProvider.System.GetUtcNow());
        await using var app = ApiConnectionsServer.Build(new Dictionary<string, string?>(options.Settings) { ["ApiConnections:Issuer"] = options.Issuer }, builder =>
        {
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<TimeProvider>(clock);
        });
        await app.Services.GetRequiredService<DatabaseOpening>().Open(holds: false);
        // The first signing key is of today, as that of any installation which starts now: without one some requests would be answered that there is none.
        await new KeyRotation(
            app.Services.GetRequiredService<IDatabase>(),
            app.Services.GetRequiredService<KeyEncryptionKey>(),
            app.Services.GetRequiredService<KeyRing>(),
            app.Services.GetRequiredService<IOptions<KeyOptions>>().Value,
            app.Services.GetRequiredService<DatabaseClock>()).DoWhatIsDue();
        await new DemoHistory(clock, app.Services, company).Play(people, password, new RefusedRequests(app, clock));
    }

    private async Task Play(IReadOnlyList<NewPerson> people, Func<Guid, string, string> password, RefusedRequests requests)
    {
        // Whoever is named first has done what an administrator does.
        var administrator = new Actor(people[0].Email!, "203.0.113.9");
        clock.SetOn(clock.At(history.Began, company));
        var made = (await Service<Companies>().Create(Actor.CommandLine, company)).Or();
        Rooms(administrator, people.Concat(history.People.Select(PersonOf)), email => password(made.Id, email));
        foreach (var consumer in history.Consumers)
            Consumer(administrator, consumer);

        var consents = new PastConsents(history, clock, services, made.Id, keys);
        events.AddRange(consents.Events());
        foreach (var refusal in history.Refusals)
            Refused(refusal, requests);

        await Happen();
        await consents.WriteRequests(history.Consumers.Where(consumer => consumer.Callbacks is null));
        await requests.Write();
    }

    private void Rooms(Actor administrator, IEnumerable<NewPerson> people, Func<string, string> password)
    {
        foreach (var group in history.Groups)
            On(clock.At(group.Made, group.Name), async () => (await Service<Groups>().Create(By(group.Made, administrator), company, group.Name, group.Scopes, group.ReadOnly, group.Description)).Or());
        foreach (var api in history.Apis)
            On(clock.At(api.Made, api.Name), async () => (await Service<Apis>().Create(administrator, api.Name, api.Audience, company, api.Modules)).Or());
        foreach (var person in people)
        {
            var past = history.People.FirstOrDefault(past => past.Email == person.Email);
            var made = past?.Made ?? history.Groups.Single(group => group.Name == person.Group).Made;
            On(After(person.Group!, clock.At(made, person.Email!)), async () => (await Service<UserAccounts>().Create(By(made, administrator), company, person with { Password = password(person.Email!) })).Or());
            if (past?.Disabled is { } disabled)
                On(clock.At(disabled, past.Email), async () => (await Service<Persons>().Disable(administrator, past.Email)).Or());
        }
    }

    private void Consumer(Actor administrator, PastConsumer consumer)
    {
        On(After(consumer.Group, clock.At(consumer.Made, consumer.Name)), async () =>
        {
            var made = (await Service<Consumers>().Create(administrator, new NewConsumer
            {
                Company = company,
                Name = consumer.Name,
                Description = consumer.Description,
                GrantType = consumer.Callbacks is null ? GrantTypes.ClientCredentials : GrantTypes.AuthorizationCode,
                Confidential = !consumer.Public,
                CallbackUrls = consumer.Callbacks ?? [],
                Links = new ConsumerLinks(consumer.Url, consumer.Privacy, null),
                Group = consumer.Group,
                Options = ConsumerOptions.Default with { AllowedNetworks = consumer.Networks ?? [] },
            })).Or();
            keys[consumer.Name] = made.Consumer.Key;
            secrets[consumer.Name] = made.Secret is null ? [] : [made.Secret.Reveal()];
        });
        foreach (var secret in consumer.Secrets ?? [])
        {
            On(clock.At(secret.Made, consumer.Name + secret.Label), async () =>
            {
                DateTimeOffset? ends = secret.Ends is { } end ? clock.Today - end.Ago : null;
                secrets[consumer.Name].Add((await Service<ConsumerSecrets>().Add(administrator, keys[consumer.Name], secret.Label, ends, secret.OthersEndAfter?.Ago)).Or().Secret.Clear.Reveal());
            });
        }

        if (consumer.Disabled is { } disabled)
            On(clock.At(disabled, "disabled " + consumer.Name), async () => (await Service<ConsumerAccess>().Disable(administrator, keys[consumer.Name])).Or());
        if (consumer.Revoked is { } revoked)
        {
            On(clock.At(revoked, "revoked " + consumer.Name), async () =>
            {
                var machine = (await Service<AuthorizationAccess>().Page(administrator, company, new AuthorizationQuery { Consumer = keys[consumer.Name] })).Or().Rows.Single();
                (await Service<AuthorizationAccess>().Revoke(administrator, machine.Authorization.Id, consumer.Reason)).Or();
            });
        }
    }

    private void Refused(PastRefusal refusal, RefusedRequests requests)
    {
        var consumer = history.Consumers.Single(consumer => consumer.Name == refusal.Consumer);
        for (var i = 0; i < refusal.Ages.Count; i++)
        {
            On(clock.At(refusal.Ages[i], $"{refusal.Consumer} {refusal.What} {i}"), () => requests.Send(refusal, new AskingConsumer(
                keys[consumer.Name], secrets[consumer.Name], consumer.Callbacks?[0], refusal.Address ?? consumer.Address!, consumer.Agent ?? Browser)));
        }
    }

    // On the first day there is nobody yet but whoever installs it.
    private Actor By(Age made, Actor administrator) => made == history.Began ? Actor.CommandLine : administrator;

    private DateTimeOffset After(string group, DateTimeOffset at) =>
        history.Groups.Where(past => past.Name == group).Select(past => clock.At(past.Made, past.Name).AddMinutes(1)).Append(at).Max();

    // What only rows of the database are needed for shares transactions: three hundred of them would make a slow disk wait three hundred times.
    private async Task Happen()
    {
        var database = Service<IDatabase>();
        var inOrder = new Queue<PastEvent>(events.OrderBy(happened => happened.At));
        while (inOrder.TryDequeue(out var first))
        {
            if (first.Alone is { } alone)
            {
                clock.SetOn(first.At);
                await alone();
                continue;
            }

            List<PastEvent> together = [first];
            while (together.Count < 50 && inOrder.TryPeek(out var next) && next.Alone is null)
                together.Add(inOrder.Dequeue());
            (await database.Write<bool>(async session =>
            {
                foreach (var happened in together)
                {
                    clock.SetOn(happened.At);
                    await happened.InTransaction!(session);
                }

                return true;
            })).Or();
        }
    }

    private void On(DateTimeOffset at, Func<Task> happens) => events.Add(new PastEvent(at, happens, null));

    private T Service<T>()
        where T : notnull => services.GetRequiredService<T>();

    private static NewPerson PersonOf(PastPerson person) => new(person.Email, person.Name, UserStore.ReadRole(person.Role)!.Value, person.Group, null);
}

/// <summary>What happened at a time: by a function of a room, or by rows of a transaction that is shared.</summary>
internal sealed record PastEvent(DateTimeOffset At, Func<Task>? Alone, Func<Session, Task>? InTransaction);

internal static class Expected
{
    /// <summary>What the demo's own data cannot be refused.</summary>
    public static T Or<T>(this Outcome<T> outcome)
        where T : notnull => outcome.TryGet(out var value, out var refusal) ? value : throw new DemoFailedException(refusal.Reason);
}
