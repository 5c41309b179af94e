using System.CommandLine;
using ApiConnections.Server.Access;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.ApiConnections.AppAuthorizations;

internal static class AuthorizationCommands
{
    public static Command Authorization(CommandRunner run)
    {
        var company = new Option<string?>("--company") { Description = "The company's name or id; may be left out where there is one company." };
        var consumer = new Option<string?>("--consumer") { Description = "Only those of the consumer with this key." };
        var search = new Option<string?>("--search") { Description = "Only those whose app or person has this in its name, description or address." };
        var unused = new Option<int?>("--unused-for-days") { Description = "Only those that were not used for so many days, or never." };
        var id = new Argument<Guid>("ID") { Description = "The authorization's id." };
        var why = new Option<string?>("--reason") { Description = "Why, for whoever reads the log." };
        var key = new Argument<string>("KEY") { Description = "The consumer's key." };
        return new Command("authorization", "App authorizations: which consumers may do what, on whose behalf.")
        {
            run.On(
                new Command("list", "List the app authorizations of a company, newest first.") { company, consumer, search, unused },
                call => call.Service<AppAuthorizations>().Page(CommandCall.Actor, call.Get(company), new AuthorizationQuery
                {
                    Consumer = call.Get(consumer),
                    Search = call.Get(search) ?? "",
                    UnusedSince = call.Get(unused) is { } days ? call.Service<TimeProvider>().GetUtcNow().AddDays(-Math.Clamp(days, 0, 36_500)) : null,
                    Live = null,
                    Take = int.MaxValue,
                }),
                page => ShowList([.. page.Rows.Select(row => row.Listed)])),
            run.On(
                new Command("revoke", "Revoke an app authorization: all its tokens end.") { id, why },
                call => call.Service<AuthorizationAccess>().Revoke(CommandCall.Actor, call.Get(id), call.Get(why)),
                authorization => new View(Json(authorization), "Revoked.")),
            run.On(
                new Command("revoke-all", "Revoke every app authorization of a consumer: people may consent again, a machine has to be allowed again.") { key, why },
                call => call.Service<AuthorizationAccess>().RevokeAllOf(CommandCall.Actor, call.Get(key)!, call.Get(why)),
                app => new View(new { consumer = app.Key }, $"Nobody's authorization of \"{app.Name}\" is live any more.")),
            run.On(
                new Command("allow", "Give a machine consumer its standing permission again.") { key },
                call => call.Service<AuthorizationAccess>().Allow(CommandCall.Actor, call.Get(key)!),
                authorization => new View(Json(authorization), $"Allowed: {authorization.Id}")),
        };
    }

    private static View ShowList(IReadOnlyList<ListedAuthorization> list) => View.Table(
        list,
        row => new
        {
            row.Authorization.Id,
            consumer = row.Authorization.Consumer,
            name = row.ConsumerName,
            row.GrantType,
            row.Person,
            scope = row.Authorization.Scope.ToString(),
            status = StatusOf(row.Authorization),
            since = row.Authorization.CreatedAt,
            row.LastAccessedAt,
            row.LastAccessedIp,
            row.Uses,
            revoked_at = row.Authorization.Revoked?.At,
            revoked_by = row.Authorization.Revoked?.By,
            revoked_why = row.Authorization.Revoked?.Why,
        },
        ["NAME", "PERSON", "GRANT TYPE", "STATUS", "LAST ACCESSED", "ID"],
        row => [row.ConsumerName, row.Person ?? "-", row.GrantType, StatusOf(row.Authorization), row.LastAccessedAt?.ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture) ?? "never", row.Authorization.Id.ToString()]);

    private static object Json(Authorization authorization) => new { authorization.Id, consumer = authorization.Consumer, status = StatusOf(authorization) };

    private static string StatusOf(Authorization authorization) => authorization.IsLive ? "live" : "revoked";
}
