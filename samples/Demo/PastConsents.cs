using System.Net;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Samples.Demo;

/// <summary>How people allowed apps, used them on their devices and revoked some again, and how programs used theirs: what only time can make, so by the stores.</summary>
internal sealed class PastConsents(History history, PastClock clock, IServiceProvider services, Guid companyId, IReadOnlyDictionary<string, string> keys)
{
    /// <summary>App authorizations in all, with those of programs and those that were revoked.</summary>
    private const int InAll = 300;

    private static readonly TimeSpan usage = TimeSpan.FromDays(60);
    private static readonly TimeSpan minute = TimeSpan.FromMinutes(1);

    private readonly Authorizations authorizations = services.GetRequiredService<Authorizations>();
    private readonly List<LoggedRequest> requests = [];

    public IEnumerable<PastEvent> Events()
    {
        var apps = history.Consumers.Where(consumer => consumer.Callbacks is not null);
        var pairs = apps.SelectMany(app => history.People.Select(person => (App: app, Person: person))).OrderBy(pair => Chance.Of(pair.App.Name + pair.Person.Email)).ToList();
        // The demo's own two consumers come to them: one has a standing permission, the other is still to be allowed.
        var ofPeople = InAll - history.Consumers.Count(consumer => consumer.Callbacks is null) - 1;
        var chosen = pairs[..(int)(pairs.Count * 0.85)];
        // The rest are earlier ones of the same people, which they revoked before they allowed the app again.
        return [.. chosen.SelectMany(pair => Allowed(pair.App, pair.Person, again: false)), .. chosen[..(ofPeople - chosen.Count)].SelectMany(pair => Allowed(pair.App, pair.Person, again: true))];
    }

    private IEnumerable<PastEvent> Allowed(PastConsumer app, PastPerson person, bool again)
    {
        // From when both were there until one of them was disabled.
        var name = app.Name + person.Email;
        var from = new[] { clock.At(app.Made, app.Name), clock.At(person.Made, person.Email) }.Max().AddHours(3);
        var until = new[] { app.Disabled, person.Disabled }.Where(end => end is not null).Select(end => (clock.Today - end!.Value.Ago).AddHours(-9)).Append(clock.Today.AddMinutes(-2)).Min();
        var middle = Between(from, until, 0.4);
        var (given, last) = again
            ? (Between(from, middle, Chance.Of("earlier" + name) * 0.6), (DateTimeOffset?)null)
            : (Between(middle, until, Math.Pow(Chance.Of("given" + name), 1.5) * 0.8), LastUse(name, middle, until));
        if (last < given)
            given = Between(middle, last.Value, 0.5);

        yield return new PastEvent(given, null, session => Grant(session, app, person));
        if (last is { } used)
            yield return new PastEvent(used, null, session => Use(session, app, person, Math.Max(1, (long)((used - given).TotalDays * 3))));
        if (again)
            yield return new PastEvent(Between(given, middle, 0.7), null, session => Revoke(session, app, person));
        else if (Chance.Of("revoked" + name) < 0.08)
            yield return new PastEvent(Between(last ?? given, until, 0.5), null, session => Revoke(session, app, person));
    }

    // Some never, some not for months, most of them lately.
    private static DateTimeOffset? LastUse(string name, DateTimeOffset from, DateTimeOffset until)
    {
        var chance = Chance.Of("used" + name);
        if (chance < 0.1)
            return null;

        var last = chance < 0.25
            ? Between(from, until - TimeSpan.FromDays(95), Chance.Of("long ago" + name))
            : until - (usage * Math.Pow(Chance.Of("lately" + name), 3));
        return last > from ? last : Between(from, until, 0.5);
    }

    private async Task Grant(Session session, PastConsumer app, PastPerson person)
    {
        var (consumer, user, company) = await Rows(session, app, person);
        var offered = EffectiveScope.Of((await GroupStore.Find(session, consumer.GroupId))!, (await GroupStore.Find(session, user.GroupId!.Value))!, company, services.GetRequiredService<ModuleCatalogue>());
        var declined = offered.Count > 2 && Chance.Of("declined" + app.Name + person.Email) < 0.2 ? ScopeSet.Of(offered.First(scope => scope != "assets:view")) : ScopeSet.Empty;
        var made = (await authorizations.Grant(session, [new GivenConsent(consumer, user, offered.Except(declined), declined)]))[0];
        await services.GetRequiredService<AuditLog>().Append(session, new Actor(person.Email, person.Address), companyId, "api_connections", "authorization.grant", made.Id.ToString(), new
        {
            app = consumer.Name,
            consumer = consumer.Key,
            scope = made.Scope.ToString(),
            declined = made.Declined.ToString(),
            redirect_host = consumer.CallbackUrls[0].Host,
        });
    }

    // The device connected anew, so that what is shown of it is as old as the use.
    private async Task Use(Session session, PastConsumer app, PastPerson person, long uses)
    {
        var (consumer, user, company) = await Rows(session, app, person);
        var (codes, now) = (services.GetRequiredService<AuthorizationCodes>(), clock.GetUtcNow());
        var live = (await AuthorizationStore.FindLive(session, consumer.Key, user.Id))!;
        var code = codes.New();
        await codes.Issue(session, [new CodeToIssue(code, live, new Generations(company.Generation, consumer.Generation, user.Generation), new CodeBinding(consumer.CallbackUrls[0].Value, true, null, live.Scope, null))]);
        var (family, _) = services.GetRequiredService<TokenFamilies>().Begin(consumer.Options, IPAddress.Parse(person.Address), person.Device);
        await RedemptionStore.Take(session, [(code.Locator, family)], now);
        await ActivityStore.WriteAuthorizations(session, [new Use(live.Id, now, person.Address, "", uses)]);
        if ((await SecretStore.OfConsumers.Of(session, consumer.Key)).FirstOrDefault(secret => secret.IsLiveAt(now)) is { } secret)
            await ActivityStore.WriteSecrets(session, [new Use(secret.Id, now, person.Address, person.Device, 1)]);
        requests.Add(RequestLog.Success(consumer.Key, LoggedEndpoint.Token, GrantTypes.AuthorizationCode, now, 1, IPAddress.Parse(person.Address), person.Device));
    }

    private async Task Revoke(Session session, PastConsumer app, PastPerson person)
    {
        var (consumer, user, _) = await Rows(session, app, person);
        var live = (await AuthorizationStore.FindLive(session, consumer.Key, user.Id))!;
        (await authorizations.Revoke(session, new Actor(person.Email, person.Address), live, "Revoked by the person.")).Or();
    }

    private async Task<(Consumer Consumer, User User, Company Company)> Rows(Session session, PastConsumer app, PastPerson person) =>
        ((await ConsumerStore.Find(session, keys[app.Name]))!, (await UserStore.FindByEmail(session, person.Email))!, (await CompanyStore.Find(session, companyId))!);

    /// <summary>When programs were last used, and the requests of all that were answered.</summary>
    public async Task WriteRequests(IEnumerable<PastConsumer> programs) => (await services.GetRequiredService<IDatabase>().Write<bool>(async session =>
    {
        foreach (var program in programs.Where(program => program.Used is not null))
            await Used(session, program, keys[program.Name]);

        var entries = requests.GroupBy(entry => (entry.Consumer, entry.Id)).Select(same => same.Aggregate((one, other) => one.With(other)));
        await RequestLogStore.Write(session, [.. entries.OrderBy(entry => entry.Consumer, StringComparer.Ordinal).ThenBy(entry => entry.Id)]);
        return true;
    })).Or();

    private async Task Used(Session session, PastConsumer program, string key)
    {
        var (last, every, address) = (clock.Today - program.Used!.Value.Ago, program.Every!.Value.Ago, IPAddress.Parse(program.Address!));
        var permission = (await AuthorizationStore.Listed(session, "a.consumer = @key", new { key })).Single().Authorization;
        await ActivityStore.WriteAuthorizations(session, [new Use(permission.Id, last, program.Address!, "", (long)((last - permission.CreatedAt) / every))]);
        // The first secret until there was a newer one, which the program took at once.
        var secrets = (await SecretStore.OfConsumers.Of(session, key)).OrderBy(secret => secret.CreatedAt).ToList();
        for (var i = 0; i < secrets.Count; i++)
        {
            var at = i + 1 < secrets.Count ? secrets[i + 1].CreatedAt - minute : last;
            await ActivityStore.WriteSecrets(session, [new Use(secrets[i].Id, at, program.Address!, program.Agent!, 1)]);
        }

        for (var i = 0; i < 6; i++)
            requests.Add(RequestLog.Success(key, LoggedEndpoint.Token, GrantTypes.ClientCredentials, last - (every * i), 1, address, program.Agent!));
    }

    private static DateTimeOffset Between(DateTimeOffset from, DateTimeOffset until, double share) => from + ((until - from) * share);
}
