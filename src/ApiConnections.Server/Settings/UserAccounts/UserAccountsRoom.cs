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
        role.AcceptOnlyFromAmong("super_administrator", "integration_developer", "auditor", "user");
        var group = new Option<string?>("--group") { Description = "The permission group: what apps may do for the person at most; nothing without one." };
        return run.On(
            new Command("create", "Make a person. The password is read from standard input, or asked for.") { company, email, name, role, group },
            async call => await call.Service<UserAccounts>().Create(
                CommandCall.Actor, call.Get(company), new NewPerson(call.Get(email), call.Get(name), UserStore.ReadRole(call.Get(role))!.Value, call.Get(group), await call.Password())),
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
        var group = new Option<string?>("--group") { Description = "The permission group that the person is moved to." };
        var none = new Option<bool>("--no-group") { Description = "Take the person out of their group: apps can do nothing for them." };
        return run.On(
            new Command("edit", "Move a person to another permission group; access tokens end where that allows less.") { who, group, none },
            call => call.Get(none) == (call.Get(group) is not null)
                ? Task.FromResult<Outcome<User>>(Refused.Invalid("Give either --group NAME or --no-group."))
                : call.Service<Persons>().Move(CommandCall.Actor, call.Get(who)!, call.Get(group)),
            user => new View(Json(user), $"{user.Email} is moved."));
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

    private static object Json(ListedPerson person) => new
    {
        person.User.Id,
        person.User.Email,
        person.User.Name,
        role = UserStore.RoleText(person.User.Role),
        person.Group,
        status = UserStore.StatusText(person.User.Status),
        person.User.CreatedAt,
        person.User.LastSignedInAt,
    };

    private static object Json(User user) => new { user.Id, user.Email, user.Name, role = UserStore.RoleText(user.Role), status = UserStore.StatusText(user.Status) };

    private static string Time(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "never";
}
