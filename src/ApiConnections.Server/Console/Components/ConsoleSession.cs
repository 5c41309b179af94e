using System.Security.Claims;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;
using ApiConnections.Server.Storage;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Options;

namespace ApiConnections.Server.Console.Components;

/// <summary>Who sits before an open console, in which language, and what the pages of one circuit share.</summary>
internal sealed class ConsoleSession(AuthenticationStateProvider authentication, IDatabase database, Sessions sessions, Texts texts, IOptions<IssuerOptions> issuer)
{
    public const string AddressClaim = "ip";
    public const string LanguageClaim = "lang";
    public const string PersonClaim = "person";

    private Guid id;
    private bool active;

    /// <summary>Their texts, person and paths; null before <see cref="Open"/>.</summary>
    public PageContext? Page { get; private set; }

    public SignedIn Person => Page!.Person!;

    /// <summary>What their role lets them do; the functions decide, this is for what a page shows.</summary>
    public bool MayChangeAll => Rights.MayChangeAll(Person.User);

    /// <inheritdoc cref="MayChangeAll"/>
    public bool MayChangeConsumers => Rights.MayChangeConsumers(Person.User);

    /// <inheritdoc cref="MayChangeAll"/>
    public bool MaySeeAll => Rights.MaySeeAll(Person.User);

    public Company Company { get; private set; } = null!;

    /// <summary>The company has another name, language, zone or menu.</summary>
    public event Action? CompanyChanged;

    public Guid CompanyId => Person.User.CompanyId;

    /// <summary>The company as the rooms' functions take it.</summary>
    public string CompanyName => CompanyId.ToString();

    /// <summary>Who acts, for the functions of the rooms, which check anew what this person may do.</summary>
    public Actor Actor { get; private set; } = null!;

    public TimeZoneInfo Zone => RelativeTime.Zone(Company.TimeZone);

    /// <summary>Finds out who it is; false where the session is over or they may not be here.</summary>
    public async Task<bool> Open()
    {
        var user = (await authentication.GetAuthenticationStateAsync()).User;
        if (!Guid.TryParse(user.FindFirstValue(ClaimTypes.NameIdentifier), out id) || await Find() is not { } person)
            return false;

        Company = await FindCompany(person.User.CompanyId);
        Actor = new Actor(person.User.Email, user.FindFirstValue(AddressClaim) ?? "") { Session = id };
        Page = new PageContext(texts, user.FindFirstValue(LanguageClaim) ?? ModuleCatalogue.Languages[0], person, issuer.Value.Path, null, () => "");
        return true;
    }

    /// <summary>Something was typed or pressed here since the last <see cref="Renew"/>.</summary>
    public void NoteActivity() => active = true;

    /// <summary>Looks whether they may still be here; whoever did something meanwhile was seen.</summary>
    public async Task<bool> Renew()
    {
        if (await Find() is null)
            return false;
        if (active)
            await sessions.Seen(id, Actor.Ip);

        active = false;
        await RenewCompany();
        return true;
    }

    /// <summary>Shows the company as it is now.</summary>
    public async Task RenewCompany()
    {
        var before = Company.Version;
        Company = await FindCompany(CompanyId);
        if (Company.Version != before)
            CompanyChanged?.Invoke();
    }

    private async Task<Company> FindCompany(Guid company) => (await database.Read(session => CompanyStore.Find(session, company)))!;

    // Whose role is another one begins anew, with what that one shows.
    private async Task<SignedIn?> Find() =>
        await sessions.Find(id) is { } found && Rights.MayEnter(found.User) && (Page is null || found.User.Role == Person.User.Role) ? found : null;
}
