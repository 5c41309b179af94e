using System.CommandLine;
using System.Globalization;
using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.UserAccounts;

/// <summary>The commands about people.</summary>
internal static class UserCommands
{
    public static readonly string[] Roles = [.. Enum.GetValues<UserRole>().Select(UserStore.RoleText)];

    public static Command User(CommandRunner run) => new("user", "People, who sign in and let apps act for them.")
    {
        Create(run), List(run), Show(run), Edit(run), Disable(run), Enable(run), ResetPassword(run), RemoveSecondFactor(run), RemovePasskeys(run), Unlock(run), Sessions(run),
        InvitationCommands.Invite(run), InvitationCommands.Renew(run), InvitationCommands.Withdraw(run),
    };

    private static Command Create(CommandRunner run)
    {
        var company = CompanyOption();
        var email = new Option<string>("--email") { Description = "The e-mail address that the person signs in with.", Required = true };
        var name = new Option<string?>("--name") { Description = "The person's name; what stands before the @ when it is left out." };
        var role = new Option<string>("--role") { Description = "What the person may do in the console.", Required = true };
        role.AcceptOnlyFromAmong(Roles);
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
        return run.On(new Command("list", "List the people of a company.") { company }, call => call.Service<PersonLists>().All(CommandCall.Actor, call.Get(company)), people => View.Table(
            people,
            person => new
            {
                person.Id,
                person.Email,
                person.Name,
                role = UserStore.RoleText(person.Role),
                person.Group,
                person.MayAssign,
                status = UserStore.StatusText(person.Status),
                person.CreatedAt,
                person.LastSignedInAt,
                person.SecondFactor,
                person.InvitedUntil,
            },
            ["E-MAIL", "NAME", "ROLE", "GROUP", "STATUS", "LAST SIGNED IN", "SECOND FACTOR"],
            person => [person.Email, person.Name, UserStore.RoleText(person.Role), person.Group ?? "-", UserStore.StatusText(person.Status), Time(person.LastSignedInAt), person.SecondFactor ? "yes" : "no"]));
    }

    private static Command Show(CommandRunner run)
    {
        var who = Who();
        return run.On(new Command("show", "Show a person.") { who }, call => call.Service<UserAccounts>().Show(CommandCall.Actor, call.Get(who)!), person => new View(
            Json(person),
            $"{person.User.Name} <{person.User.Email}>",
            $"role: {UserStore.RoleText(person.User.Role)}, group: {person.Group ?? "-"}, status: {UserStore.StatusText(person.User.Status)}",
            $"last signed in: {Time(person.User.LastSignedInAt)}, second factor: {(person.SecondFactor ? "yes" : "no")}, sessions: {person.Sessions.Count}"));
    }

    private static Command Edit(CommandRunner run)
    {
        var who = Who();
        var name = new Option<string?>("--name") { Description = "Another name." };
        var email = new Option<string?>("--email") { Description = "Another e-mail address; one-time links that went to the former one are void." };
        var role = new Option<string?>("--role") { Description = "What the person may do in the console." };
        role.AcceptOnlyFromAmong(Roles);
        var group = new Option<string?>("--group") { Description = "The permission group that the person is moved to." };
        var noGroup = new Option<bool>("--no-group") { Description = "Take the person out of their group: apps can do nothing for them." };
        var mayAssign = MayAssignOption();
        var assignsNone = new Option<bool>("--may-assign-none") { Description = "Take all groups away that the person may hand out." };
        return run.On(
            new Command("edit", "Set a person's name, e-mail address, role, permission group and the groups they may hand out; access tokens end where the group allows less.") { who, name, email, role, group, noGroup, mayAssign, assignsNone },
            call =>
            {
                var assigned = call.Get(mayAssign)!;
                var edit = new PersonEdit
                {
                    Name = call.Get(name),
                    Email = call.Get(email),
                    Role = UserStore.ReadRole(call.Get(role)),
                    Group = call.Get(noGroup) ? "" : call.Get(group),
                    MayAssign = call.Get(assignsNone) ? [] : assigned.Length > 0 ? assigned : null,
                };
                var twice = (call.Get(noGroup) && call.Get(group) is not null) || (call.Get(assignsNone) && assigned.Length > 0);
                return twice || edit == new PersonEdit()
                    ? Task.FromResult<Outcome<User>>(Refused.Invalid("Give --role, --group NAME or --no-group, --may-assign GROUP or --may-assign-none, --name, --email; of what belongs together one alone."))
                    : call.Service<PersonEdits>().Edit(CommandCall.Actor, call.Get(who)!, edit);
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
        var link = new Option<bool>("--link") { Description = "Make a one-time link instead, with which the person chooses a password within 24 hours." };
        var command = new Command("reset-password", "Set a new password, read from standard input or asked for; sessions end, and what apps hold for the person.") { who, factor, link };
        return run.On<object>(
            command,
            async call =>
            {
                if (call.Get(link))
                    return (await call.Service<Invitations>().ForPassword(CommandCall.Actor, call.Get(who)!)).TryGet(out var made, out var refusal) ? made : refusal;

                return (await call.Service<UserAccounts>().ResetPassword(CommandCall.Actor, call.Get(who)!, await call.Password(), call.Get(factor))).TryGet(out var user, out var whyNot) ? user : whyNot;
            },
            done => done is DeliveredLink made ? InvitationCommands.Show(made) : new View(Json((User)done), $"{((User)done).Email} has a new password."));
    }

    private static Command RemoveSecondFactor(CommandRunner run)
    {
        var who = Who();
        return run.On(
            new Command("remove-second-factor", "Take the second factor away from somebody who lost their authenticator app and their recovery codes.") { who },
            call => call.Service<SecondFactors>().RemoveOf(CommandCall.Actor, call.Get(who)!),
            user => new View(Json(user), $"{user.Email} signs in with their password alone."));
    }

    private static Command RemovePasskeys(CommandRunner run)
    {
        var who = Who();
        return run.On(
            new Command("remove-passkeys", "Take all passkeys away from somebody who lost the devices that keep them.") { who },
            call => call.Service<Passkeys>().RemoveAllOf(CommandCall.Actor, call.Get(who)!),
            removed => new View(new { removed }, removed == 0 ? "They had no passkeys." : $"{removed} passkeys removed: nobody signs in with them any more, and sessions that began with one have ended."));
    }

    private static Command Unlock(CommandRunner run)
    {
        var who = Who();
        return run.On(
            new Command("unlock", "End the growing wait after failed sign-ins of a person, on every node.") { who },
            call => call.Service<Passwords>().Unlock(CommandCall.Actor, call.Get(who)!),
            user => new View(Json(user), $"{user.Email} may try again at once."));
    }

    private static Command Sessions(CommandRunner run)
    {
        var who = Who();
        var end = new Option<bool>("--end") { Description = "End all of them." };
        var one = new Option<Guid?>("--end-one") { Description = "End the one with this id." };
        var command = new Command("sessions", "List where a person is signed in, or end it.") { who, end, one };
        return run.On(
            command,
            async call =>
            {
                var persons = call.Service<Persons>();
                var found = await persons.Sessions(CommandCall.Actor, call.Get(who)!);
                if (call.Get(one) is { } id && !(await persons.EndSession(CommandCall.Actor, call.Get(who)!, id)).TryGet(out _, out var refusal))
                    return refusal;

                return call.Get(end) && !(await persons.EndSessions(CommandCall.Actor, call.Get(who)!)).TryGet(out _, out refusal) ? refusal : found;
            },
            sessions => View.Table(
                sessions,
                session => new { session.Id, session.Methods, signed_in_at = session.AuthenticatedAt, session.LastSeenAt, session.ExpiresAt, session.Ip, session.Agent },
                ["SIGNED IN", "LAST SEEN", "FROM", "WITH", "BROWSER", "ID"],
                session => [Time(session.AuthenticatedAt), Time(session.LastSeenAt), session.Ip, session.Methods, session.Agent, session.Id.ToString()]));
    }

    public static Argument<string> Who() => new("EMAIL") { Description = "The person's e-mail address or id." };

    public static Option<string[]> MayAssignOption() => new("--may-assign")
    {
        Description = "A permission group that an integration developer may give to consumers; may be given several times.",
        DefaultValueFactory = _ => [],
    };

    public static Option<string?> CompanyOption() => new("--company") { Description = "The company's name or id; may be left out where there is one company." };

    private static object Json(PersonDetails person) => new
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
        person.User.InvitedUntil,
        person.SecondFactor,
        person.Passkeys,
        sessions = person.Sessions.Count,
    };

    public static object Json(User user) => new { user.Id, user.Email, user.Name, role = UserStore.RoleText(user.Role), status = UserStore.StatusText(user.Status) };

    public static string Time(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "never";
}
