using System.CommandLine;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.UserAccounts;

/// <summary>The commands about people who are invited.</summary>
internal static class InvitationCommands
{
    public static Command Invite(CommandRunner run)
    {
        var company = UserCommands.CompanyOption();
        var email = new Option<string>("--email") { Description = "The e-mail address that the person will sign in with.", Required = true };
        var name = new Option<string?>("--name") { Description = "The person's name; what stands before the @ when it is left out." };
        var role = new Option<string>("--role") { Description = "What the person may do in the console.", Required = true };
        role.AcceptOnlyFromAmong(UserCommands.Roles);
        var group = new Option<string?>("--group") { Description = "The permission group: what apps may do for the person at most; nothing without one." };
        var mayAssign = UserCommands.MayAssignOption();
        return run.On(
            new Command("invite", "Invite a person, who chooses a password with a one-time link within 72 hours. It is mailed where a mail server is configured, else printed, once.") { company, email, name, role, group, mayAssign },
            call => call.Service<Invitations>().Invite(CommandCall.Actor, call.Get(company), new NewInvitation(call.Get(email), call.Get(name), UserStore.ReadRole(call.Get(role))!.Value, call.Get(group)) { MayAssign = call.Get(mayAssign)! }),
            Show);
    }

    public static Command Renew(CommandRunner run)
    {
        var who = UserCommands.Who();
        return run.On(
            new Command("invite-again", "Make a new link for somebody who has not accepted; the one before is void.") { who }, call => call.Service<Invitations>().Renew(CommandCall.Actor, call.Get(who)!), Show);
    }

    public static Command Withdraw(CommandRunner run)
    {
        var who = UserCommands.Who();
        return run.On(
            new Command("withdraw", "Take back the invitation of somebody who has not accepted.") { who },
            call => call.Service<Invitations>().Withdraw(CommandCall.Actor, call.Get(who)!),
            user => new View(UserCommands.Json(user), $"The invitation of {user.Email} is withdrawn."));
    }

    public static View Show(DeliveredLink made)
    {
        var json = new { made.User.Id, made.User.Email, link = made.Address, made.ExpiresAt, mailed = made.Delivery == Delivery.Mailed };
        var until = UserCommands.Time(made.ExpiresAt);
        if (made.Address is null)
            return new View(json, $"A link was mailed to {made.User.Email}; it works once, until {until}.");

        var handed = $"Give this link to {made.User.Email}; it works once, until {until}, and is shown only now:";
        return made.Delivery == Delivery.NotMailed
            ? new View(json, "The mail server did not take the mail.", handed, made.Address)
            : new View(json, handed, made.Address);
    }
}
