using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;

namespace ApiConnections.Server.Settings.UserAccounts;

/// <summary>Somebody to be invited.</summary>
/// <param name="Group">The name of a permission group of the company; null for none.</param>
internal sealed record NewInvitation(string? Email, string? Name, UserRole Role, string? Group)
{
    /// <summary>The names of the groups that they may hand out; of a developer alone.</summary>
    public IReadOnlyCollection<string> MayAssign { get; init; } = [];
}

/// <summary>How a link reaches the person.</summary>
internal enum Delivery
{
    /// <summary>By whoever made it: no mail server is configured.</summary>
    ByHand,

    Mailed,

    /// <summary>By whoever made it: the mail server did not take the mail.</summary>
    NotMailed,
}

/// <summary>A one-time link that was made for somebody.</summary>
/// <param name="Address">Shown once; null where it was mailed.</param>
internal sealed record DeliveredLink(User User, string? Address, DateTimeOffset ExpiresAt, Delivery Delivery)
{
    public override string ToString() => "***";
}

/// <summary>
/// Invites people, and makes links for those who have forgotten their password. Each is one transaction with its record in the log; a mail is sent after it,
/// so that a mail server that is away holds up nothing but whoever waits for the answer.
/// </summary>
internal sealed class Invitations(IDatabase database, PersonLinks links, Mailer mailer, Texts texts, AuditLog log, TimeProvider time)
{
    public async Task<Outcome<DeliveredLink>> Invite(Actor actor, string? companyName, NewInvitation invitation)
    {
        var made = await database.Write<Made>(async session =>
        {
            if (!(await CompanyLookup.Find(session, companyName)).TryGet(out var company, out var refusal))
                return refusal;
            if (await Rights.WhyNot(session, actor, company.Id, Refused.NotFound("There is no such company."), time.GetUtcNow(), recent: true) is { } whyNot)
                return whyNot;
            if (!Persons.Check(invitation.Email, invitation.Name).TryGet(out var typed, out refusal))
                return refusal;
            if (company.Status == CompanyStatus.Suspended)
                return Refused.Conflict("The company is suspended: nobody can be invited.");

            if (invitation.MayAssign.Count > 0 && invitation.Role != UserRole.IntegrationDeveloper)
                return PersonEdits.HandsOutNothing;

            string[] own = string.IsNullOrEmpty(invitation.Group) ? [] : [invitation.Group];
            if (!(await PersonEdits.Groups(session, company.Id, [.. invitation.MayAssign, .. own])).TryGet(out var groups, out refusal))
                return refusal;

            var (group, handedOut) = (own.Select(groups.Named).FirstOrDefault(), groups.Named(invitation.MayAssign));
            var now = time.GetUtcNow();
            var user = new User(Guid.CreateVersion7(now), company.Id, typed.Email, typed.Name, invitation.Role, group?.Id, UserStatus.Invited, 1, 1, now) { InvitedUntil = now + PersonLinks.InvitationLife };
            if (!await UserStore.Insert(session, user))
                return Refused.Conflict($"Somebody has the e-mail address \"{typed.Email}\" already.");

            await UserGroupStore.Set(session, user.Id, [.. handedOut.Select(handed => handed.Id)]);
            var link = await links.Make(session, user, LinkPurpose.Invitation);
            await log.Append(session, actor, company.Id, Persons.Module, "invitation.create", user.Id.ToString(), new { after = Persons.Describe(user, group, handedOut), expires_at = link.ExpiresAt });
            return new Made(user, company, link);
        });
        return made.TryGet(out var done, out var refusal) ? await Deliver(done, "people.mail_invitation_subject", "people.mail_invitation") : refusal;
    }

    /// <summary>Makes another link for somebody who has not accepted; those before are void.</summary>
    /// <param name="who">Their e-mail address or id, here and below.</param>
    public async Task<Outcome<DeliveredLink>> Renew(Actor actor, string who)
    {
        var made = await database.Write<Made>(async session =>
        {
            if (!(await Invited(session, actor, who)).TryGet(out var user, out var refusal))
                return refusal;

            var company = (await CompanyStore.Find(session, user.CompanyId))!;
            if (company.Status == CompanyStatus.Suspended)
                return Refused.Conflict("The company is suspended: nobody can be invited.");

            var link = await links.Make(session, user, LinkPurpose.Invitation);
            if (!await PersonLinkStore.InviteUntil(session, user.Id, link.ExpiresAt))
                return Accepted(user);

            await log.Append(session, actor, user.CompanyId, Persons.Module, "invitation.renew", user.Id.ToString(), new { user.Email, before = new { expires_at = user.InvitedUntil }, after = new { expires_at = link.ExpiresAt } });
            return new Made(user with { InvitedUntil = link.ExpiresAt }, company, link);
        });
        return made.TryGet(out var done, out var refusal) ? await Deliver(done, "people.mail_invitation_subject", "people.mail_invitation") : refusal;
    }

    /// <summary>Takes an invitation back: its link is void, and the e-mail address free.</summary>
    public Task<Outcome<User>> Withdraw(Actor actor, string who) => database.Write<User>(async session =>
    {
        if (!(await Invited(session, actor, who)).TryGet(out var user, out var refusal))
            return refusal;
        // Nobody is given one meanwhile: the foreign key waits for whoever holds the person.
        if (await PersonLinkStore.OwnsConsumers(session, user.Id))
            return Refused.Conflict($"{user.Email} was given consumers already; give them to somebody else first.");

        await PersonLinkStore.WithdrawAll(session, user.Id, time.GetUtcNow());
        await UserGroupStore.Set(session, user.Id, []);
        if (!await PersonLinkStore.DeleteInvited(session, user.Id))
            return Accepted(user);

        await log.Append(session, actor, user.CompanyId, Persons.Module, "invitation.withdraw", user.Id.ToString(), new { user.Email, user.Name, role = UserStore.RoleText(user.Role) });
        return user;
    });

    /// <summary>Makes a link with which somebody chooses another password; until they do, the one they have goes on.</summary>
    public async Task<Outcome<DeliveredLink>> ForPassword(Actor actor, string who)
    {
        var made = await database.Write<Made>(async session =>
        {
            if (!(await PersonLookup.Find(session, actor, who, time.GetUtcNow(), recent: true)).TryGet(out var found, out var refusal))
                return refusal;
            if (await UserStore.FindAndHold(session, found.Id) is not { } user)
                return PersonLookup.Missing(who);
            if (user.Status == UserStatus.Invited)
                return PersonLookup.NotYet(user);
            if (user.Status == UserStatus.Disabled)
                return Refused.Conflict($"{user.Email} is disabled; enable them first.");

            var link = await links.Make(session, user, LinkPurpose.Password);
            await log.Append(session, actor, user.CompanyId, Persons.Module, "password.link", user.Id.ToString(), new { user.Email, expires_at = link.ExpiresAt });
            return new Made(user, (await CompanyStore.Find(session, user.CompanyId))!, link);
        });
        return made.TryGet(out var done, out var refusal) ? await Deliver(done, "people.mail_password_subject", "people.mail_password") : refusal;
    }

    private async Task<Outcome<User>> Invited(Session session, Actor actor, string who)
    {
        if (!(await PersonLookup.Find(session, actor, who, time.GetUtcNow(), recent: true)).TryGet(out var found, out var refusal))
            return refusal;
        if (await UserStore.FindAndHold(session, found.Id) is not { } user)
            return PersonLookup.Missing(who);

        return user.Status == UserStatus.Invited ? user : Accepted(user);
    }

    private static Refusal Accepted(User user) => Refused.Conflict($"{user.Email} is not invited any more: they can sign in already, or were disabled since.");

    private async Task<DeliveredLink> Deliver(Made made, string subject, string body)
    {
        if (!mailer.IsOn)
            return new DeliveredLink(made.User, made.Link.Address, made.Link.ExpiresAt, Delivery.ByHand);

        var language = made.User.Language ?? (made.Company.Language.Length > 0 ? made.Company.Language : ModuleCatalogue.Languages[0]);
        var hours = (int)Math.Round((made.Link.ExpiresAt - time.GetUtcNow()).TotalHours);
        var mailed = await mailer.Send(made.User.Name, made.User.Email, texts.In(language, subject, made.Company.Name), texts.In(language, body, made.User.Name, made.Company.Name, made.Link.Address, hours));
        return mailed
            ? new DeliveredLink(made.User, null, made.Link.ExpiresAt, Delivery.Mailed)
            : new DeliveredLink(made.User, made.Link.Address, made.Link.ExpiresAt, Delivery.NotMailed);
    }

    private sealed record Made(User User, Company Company, MadeLink Link);
}
