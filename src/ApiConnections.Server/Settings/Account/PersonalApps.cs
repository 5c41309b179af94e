using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.Account;

/// <summary>An app as the person it acts for sees it.</summary>
/// <param name="May">What it may do as things stand: what was granted ∩ its group ∩ the person's ∩ the company's modules.</param>
internal sealed record ListedApp(PersonalApp App, ScopeSet May, IReadOnlyList<ConnectedDevice> Devices);

/// <summary>A person's own apps: seen, revoked, ended on one device. Anybody else's are as if they did not exist.</summary>
internal sealed class PersonalApps(IDatabase database, Authorizations authorizations, TokenFamilies families, ModuleCatalogue catalogue, TimeProvider time)
{
    // How long the page may say that something was just done.
    private static readonly TimeSpan justNow = TimeSpan.FromMinutes(5);

    public Task<IReadOnlyList<ListedApp>> Of(User user) => database.Read<IReadOnlyList<ListedApp>>(async session =>
    {
        var apps = await PersonalAppStore.OfUser(session, user.Id);
        if (apps.Count == 0)
            return [];

        var devices = (await PersonalAppStore.DevicesOf(session, user.Id, time.GetUtcNow())).ToLookup(device => device.Authorization);
        var company = (await CompanyStore.Find(session, user.CompanyId))!;
        var own = user.GroupId is { } id ? await GroupStore.Find(session, id) : null;
        var listed = new List<ListedApp>();
        foreach (var app in apps)
        {
            var allowed = await GroupStore.Find(session, app.GroupId) is { } group ? EffectiveScope.Of(group, own, company, catalogue) : ScopeSet.Empty;
            listed.Add(new ListedApp(app, app.Granted.Intersect(allowed), [.. devices[app.Authorization]]));
        }

        return listed;
    });

    /// <summary>Ends what a person allowed an app, on every device.</summary>
    public Task<Outcome<Authorization>> Revoke(Actor actor, User user, Guid id) => database.Write<Authorization>(async session =>
        await AuthorizationStore.Find(session, id) is { } authorization && authorization.UserId == user.Id
            ? await authorizations.Revoke(session, actor, authorization, "Revoked by the person.")
            : Refused.NotFound("There is no such app."));

    /// <summary>The name of the app that a person revoked a moment ago.</summary>
    public Task<string?> JustRevoked(User user, Guid id) => database.Read(session => PersonalAppStore.FindRevoked(session, user.Id, id, time.GetUtcNow() - justNow));

    /// <summary>Ends an app on one device; its other devices go on.</summary>
    public Task<Outcome<Guid>> EndDevice(Actor actor, User user, Guid id) => families.EndOf(actor, user.Id, id, "Ended by the person.");
}
