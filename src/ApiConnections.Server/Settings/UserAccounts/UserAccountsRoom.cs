using System.CommandLine;
using System.Globalization;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.UserAccounts;

internal static class UserAccountsRoom
{
    private static readonly string[] roles = [.. Enum.GetValues<UserRole>().Select(UserStore.RoleText)];

    public static Room Room { get; } = new("Settings/UserAccounts")
    {
        Services = services => services.AddSingleton<UserAccounts>(),
        Commands = run => [new Command("user", "People, who sign in and let apps act for them.") { Create(run), List(run), Edit(run), Disable(run), Enable(run), ResetPassword(run), Sessions(run) }],
    };

    private static Command Create(CommandRunner run)
    {
        var company = CompanyOption();
        var email = new Option<string>("--email") { Description = "The e-mail address that the person signs in with.", Required = true };
        var name = new Option<string?>("--name") { Description = "The person's name; what stands before the @ when it is left out." };
        var role = new Option<string>("--role") { Description = "What the person may do in the console.", Required = true };
        role.AcceptOnlyFromAmong(roles);
        var group = new Option<string?>("--group") { Description = "The permission group: what apps may do for the person at most; nothing without one." };
        var mayAssign = MayAssignOption();
        return run.On(
            new Command("create", "Make a person. The password is read from standard input, or asked for.") { company, email, name, role, group, mayAssign },
            async call => await call.Service<UserAccounts>().Create(
                CommandCall.Actor, call.Get(company), new NewPerson(call.Get(email), call.Get(name), UserStore.ReadRole(call.Get(role))!.Value, call.Get(group), await call.Password()) { MayAssign = call.Get(mayAssign)! }),
            person => new View(Json(person), $"{person.User.Email} may sign in."));
    }

    private static Command List(CommandRunner run)
    {
        var company = CompanyOption();
        return run.On(new Command("list", "List the people of a company.") { company }, call => call.Service<UserAccounts>().List(call.Get(company)), people => View.Table(
            people,
            Json,
            ["E-MAIL", "NAME", "ROLE", "GROUP", "STATUS", "LAST SIGNED IN"],
            person => [person.User.Email, person.User.Name, UserStore.RoleText(person.User.Role), person.Group ?? "-", UserStore.StatusText(person.User.Status), Time(person.User.LastSignedInAt)]));
    }

    private static Command Edit(CommandRunner run)
    {
        var who = Who();
        var role = new Option<string?>("--role") { Description = "What the person may do in the console." };
        role.AcceptOnlyFromAmong(roles);
        var group = new Option<string?>("--group") { Description = "The permission group that the person is moved to." };
        var noGroup = new Option<bool>("--no-group") { Description = "Take the person out of their group: apps can do nothing for them." };
        var mayAssign = MayAssignOption();
        var assignsNone = new Option<bool>("--may-assign-none") { Description = "Take all groups away that the person may hand out." };
        return run.On(
            new Command("edit", "Set a person's role, permission group and the groups they may hand out; access tokens end where the group allows less.") { who, role, group, noGroup, mayAssign, assignsNone },
            call =>
            {
                var assigned = call.Get(mayAssign)!;
                var (twice, nothing) = ((call.Get(noGroup) && call.Get(group) is not null) || (call.Get(assignsNone) && assigned.Length > 0), call.Get(role) is null && call.Get(group) is null && !call.Get(noGroup) && assigned.Length == 0 && !call.Get(assignsNone));
                return twice || nothing
                    ? Task.FromResult<Outcome<User>>(Refused.Invalid("Give --role, --group NAME or --no-group, --may-assign GROUP or --may-assign-none; of what belongs together one alone."))
                    : call.Service<PersonEdits>().Edit(CommandCall.Actor, call.Get(who)!, new PersonEdit
                    {
                        Role = UserStore.ReadRole(call.Get(role)),
                        Group = call.Get(noGroup) ? "" : call.Get(group),
                        MayAssign = call.Get(assignsNone) ? [] : assigned.Length > 0 ? assigned : null,
                    });
            },
            user => new View(Json(user), $"{user.Email} is changed."));
    }

    private static Command Disable(CommandRunner run)
    {
        var who = Who();
        return run.On(
            new Command("disable", "Let a person sign in no more; their sessions end, and what apps hold for them.") { who },
            call => call.Service<Persons>().Disable(CommandCall.Actor, call.Get(who)!),
            user => new View(Json(user), $"{user.Email} is disabled."));
    }

    private static Command Enable(CommandRunner run)
    {
        var who = Who();
        return run.On(
            new Command("enable", "Let a disabled person sign in again.") { who },
            call => call.Service<Persons>().Enable(CommandCall.Actor, call.Get(who)!),
            user => new View(Json(user), $"{user.Email} is active."));
    }

    private static Command ResetPassword(CommandRunner run)
    {
        var who = Who();
        var factor = new Option<bool>("--remove-second-factor") { Description = "For somebody who lost their authenticator app and their recovery codes." };
        return run.On(
            new Command("reset-password", "Set a new password, read from standard input or asked for; sessions end, and what apps hold for the person.") { who, factor },
            async call => await call.Service<UserAccounts>().ResetPassword(CommandCall.Actor, call.Get(who)!, await call.Password(), call.Get(factor)),
            user => new View(Json(user), $"{user.Email} has a new password."));
    }

    private static Command Sessions(CommandRunner run)
    {
        var who = Who();
        var end = new Option<bool>("--end") { Description = "End all of them." };
        var command = new Command("sessions", "List where a person is signed in, or end it.") { who, end };
        return run.On(
            command,
            async call =>
            {
                var found = await call.Service<Persons>().Sessions(call.Get(who)!);
                return call.Get(end) && !(await call.Service<Persons>().EndSessions(CommandCall.Actor, call.Get(who)!)).TryGet(out _, out var refusal) ? refusal : found;
            },
            sessions => View.Table(
                sessions,
                session => new { session.Id, session.Methods, signed_in_at = session.AuthenticatedAt, session.LastSeenAt, session.ExpiresAt, session.Ip, session.Agent },
                ["SIGNED IN", "LAST SEEN", "FROM", "WITH", "BROWSER"],
                session => [Time(session.AuthenticatedAt), Time(session.LastSeenAt), session.Ip, session.Methods, session.Agent]));
    }

    private static Argument<string> Who() => new("EMAIL") { Description = "The person's e-mail address." };

    private static Option<string?> CompanyOption() => new("--company") { Description = "The company's name or id; may be left out where there is one company." };

    private static Option<string[]> MayAssignOption() => new("--may-assign")
    {
        Description = "A permission group that an integration developer may give to consumers; may be given several times.",
        DefaultValueFactory = _ => [],
    };

    private static object Json(ListedPerson person) => new
    {
        person.User.Id,
        person.User.Email,
        person.User.Name,
        role = UserStore.RoleText(person.User.Role),
        person.Group,
        person.MayAssign,
        status = UserStore.StatusText(person.User.Status),
        person.User.CreatedAt,
        person.User.LastSignedInAt,
    };

    private static object Json(User user) => new { user.Id, user.Email, user.Name, role = UserStore.RoleText(user.Role), status = UserStore.StatusText(user.Status) };

    private static string Time(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "never";
}
