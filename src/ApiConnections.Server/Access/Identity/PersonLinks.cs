using System.Security.Cryptography;
using System.Text;
using ApiConnections.Protocol;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Access.Identity;

/// <summary>A one-time address that was just made, which nobody can be shown again.</summary>
internal sealed record MadeLink(string Address, DateTimeOffset ExpiresAt)
{
    public override string ToString() => "***";
}

/// <summary>A one-time address that somebody has opened, with whose it is, and what their company asks of passwords.</summary>
internal sealed record OpenedLink(User User, Company Company, SecurityPolicy Policy);

/// <summary>
/// One-time addresses for people: to accept an invitation within three days, to choose another password within one. 256 random bits of which only the SHA-256 is kept;
/// a newer one makes those before it void. Opening one uses nothing up, since programs that read mail open every address in it.
/// </summary>
internal sealed class PersonLinks(IDatabase database, IOptions<IssuerOptions> issuer, TimeProvider time)
{
    public const string InvitationPath = "/invitation/";
    public const string PasswordPath = "/new-password/";
    public static readonly TimeSpan InvitationLife = TimeSpan.FromHours(72);
    public static readonly TimeSpan PasswordLife = TimeSpan.FromHours(24);
    private const int Characters = 43; // 62^43 > 2^256

    public static readonly Refusal Unknown = Make("unknown", 404, "There is no such link, or it ended long ago.");
    public static readonly Refusal Used = Make("used", 410, "This link was used already.");
    public static readonly Refusal Withdrawn = Make("withdrawn", 410, "This link was withdrawn, or a newer one took its place.");
    public static readonly Refusal Expired = Make("expired", 410, "This link has expired.");
    public static readonly Refusal CompanySuspended = Make("suspended", 403, "The company is suspended.");
    public static readonly Refusal PersonDisabled = Make("disabled", 403, "The person is disabled.");

    /// <summary>Every reason that a page about a link can have to give.</summary>
    public static IReadOnlyList<Refusal> Reasons => [Unknown, Used, Withdrawn, Expired, CompanySuspended, PersonDisabled];

    /// <summary>Makes one in the caller's transaction.</summary>
    public async Task<MadeLink> Make(Session session, User user, LinkPurpose purpose)
    {
        var now = time.GetUtcNow();
        var token = Base62.Random(Characters);
        var (path, life) = purpose == LinkPurpose.Invitation ? (InvitationPath, InvitationLife) : (PasswordPath, PasswordLife);
        await PersonLinkStore.WithdrawAll(session, user.Id, now);
        await PersonLinkStore.Insert(session, new PersonLink(user.Id, user.CompanyId, purpose, now + life, null, null), Hash(token)!, now);
        return new MadeLink(issuer.Value.Address(path + token), now + life);
    }

    /// <summary>Whose it is, where it can be used now.</summary>
    public Task<Outcome<OpenedLink>> Open(string? token, LinkPurpose purpose) => database.Read(session => Look(session, token, purpose, hold: false));

    /// <summary>Uses it up in the caller's transaction, which holds the company and the person from here on.</summary>
    public async Task<Outcome<OpenedLink>> Take(Session session, string? token, LinkPurpose purpose)
    {
        if (!(await Look(session, token, purpose, hold: true)).TryGet(out var opened, out var refusal))
            return refusal;

        return await PersonLinkStore.Take(session, Hash(token)!, purpose, time.GetUtcNow()) ? opened : Used;
    }

    private async Task<Outcome<OpenedLink>> Look(Session session, string? token, LinkPurpose purpose, bool hold)
    {
        // An address for one thing is none for another.
        if (Hash(token) is not { } hash || await PersonLinkStore.Find(session, hash) is not { } link || link.Purpose != purpose)
            return Unknown;
        if (WhyNot(link) is { } whyNot)
            return whyNot;

        var company = (hold ? await CompanyStore.FindAndHold(session, link.CompanyId) : await CompanyStore.Find(session, link.CompanyId))!;
        if (await (hold ? UserStore.FindAndHold(session, link.UserId) : UserStore.Find(session, link.UserId)) is not { } user)
            return Withdrawn;
        if (company.Status == CompanyStatus.Suspended)
            return CompanySuspended;
        if (user.Status == UserStatus.Disabled)
            return PersonDisabled;

        return user.Status == UserStatus.Invited == (purpose == LinkPurpose.Invitation) ? new OpenedLink(user, company, await SecurityPolicyStore.Of(session, company.Id)) : Used;
    }

    private Refusal? WhyNot(PersonLink link)
    {
        if (link.UsedAt is not null)
            return Used;
        if (link.WithdrawnAt is not null)
            return Withdrawn;

        return link.ExpiresAt <= time.GetUtcNow() ? Expired : null;
    }

    private static byte[]? Hash(string? token) => token is { Length: Characters } && Ascii.IsValid(token) ? SHA256.HashData(Encoding.ASCII.GetBytes(token)) : null;

    private static Refusal Make(string code, int status, string sentence) => new OAuthError(code, status).Because(sentence);
}
