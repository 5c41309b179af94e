using ApiConnections.Protocol;
using ApiConnections.Server.Access.Identity;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.SignIn;

/// <summary>What the set-up page shows: what was typed, but for the password, and what is wrong with which field.</summary>
/// <param name="Existing">The company that there is already; null where one is to be named.</param>
/// <param name="Wrong">Keys of texts by the names of fields.</param>
/// <param name="Why">What is wrong with the password, or with the whole.</param>
internal sealed record SetUpView(string Action, string? Existing, string Company, string Language, string Email, string Name, IReadOnlyDictionary<string, string> Wrong, Refusal? Why)
{
    /// <summary>How long a password is at least.</summary>
    public int Shortest { get; init; } = SecurityPolicy.Default.PasswordLength;
}

/// <summary>Set-up at the first start, at an address that the program printed.</summary>
internal sealed class SetUpPages(Pages pages, PageForms forms, SetUp setUp, SetUpAddress address, Passwords passwords, NewSessions sessions)
{
    private static readonly PageError gone = new("signin.setup_gone_title", "signin.setup_gone", ForDeveloper: false, null, null);

    public async Task Show(HttpContext http)
    {
        if (!await address.IsOpen(TokenOf(http)))
        {
            await pages.Error(http, StatusCodes.Status404NotFound, gone);
            return;
        }

        var existing = await setUp.Only();
        await pages.Write<SetUpPage, SetUpView>(http, new SetUpView(http.Request.Path, existing?.Name, "", Languages.Of(http, null), "", "", new Dictionary<string, string>(), null) { Shortest = (await setUp.Policy()).PasswordLength });
    }

    public async Task Submit(HttpContext http)
    {
        if (await forms.Read(http) is not { } form)
            return;

        // Before anything is checked or hashed for somebody without the address.
        if (!await address.IsOpen(TokenOf(http)))
        {
            await pages.Error(http, StatusCodes.Status404NotFound, gone);
            return;
        }

        var existing = await setUp.Only();
        var policy = await setUp.Policy();
        var view = Read(http, form, existing?.Name) with { Shortest = policy.PasswordLength };
        var typed = Persons.Check(view.Email, view.Name);
        if (view.Wrong.Count > 0 || !typed.TryGet(out var person, out _))
        {
            await pages.Write<SetUpPage, SetUpView>(http, view with { Why = PasswordRules.WhyNot(form.One("password"), view.Email, view.Name, policy) });
            return;
        }

        if (!(await passwords.Hash(form.One("password"), person.Email, person.Name, policy, http.RequestAborted)).TryGet(out var hash, out var refusal))
        {
            await pages.Write<SetUpPage, SetUpView>(http, view with { Why = refusal });
            return;
        }

        await Make(http, view, new FirstPerson(existing is null ? view.Company : null, view.Language, person.Email, person.Name, hash));
    }

    private async Task Make(HttpContext http, SetUpView view, FirstPerson first)
    {
        if ((await setUp.Run(http, TokenOf(http), first)).TryGet(out var progress, out var refusal))
        {
            Languages.Keep(http, first.Language);
            sessions.Enter(http, progress, LocalReturn.Default);
        }
        else if (refusal == SetUp.Gone)
        {
            await pages.Error(http, StatusCodes.Status404NotFound, gone);
        }
        else
        {
            await pages.Write<SetUpPage, SetUpView>(http, view with { Wrong = new Dictionary<string, string> { ["company"] = "signin.setup_company_taken" } });
        }
    }

    private static SetUpView Read(HttpContext http, IFormCollection form, string? existing)
    {
        var wrong = new Dictionary<string, string>();
        var company = existing is null ? Text("company", DisplayText.LongestName, "signin.setup_company_wrong") : "";
        var email = EmailAddress.Read(form.One("email")).Address;
        if (email is null)
            wrong["email"] = "signin.setup_email_wrong";
        var name = Text("name", DisplayText.LongestName, "signin.setup_name_wrong");
        var language = ModuleCatalogue.Languages.FirstOrDefault(known => known == form.One("language")) ?? Languages.Of(http, null);
        return new SetUpView(http.Request.Path, existing, company, language, email ?? Shown(form.One("email")), name, wrong, null);

        string Text(string field, int longest, string key)
        {
            if (DisplayText.Read("", form.One(field), longest, required: true).Text is { } text)
                return text;

            wrong[field] = key;
            return Shown(form.One(field));
        }
    }

    // What was typed wrong is shown again, unless it hides something.
    private static string Shown(string? typed) => DisplayText.Read("", typed, EmailAddress.Longest, required: false).Text ?? "";

    private static string? TokenOf(HttpContext http) => http.Request.RouteValues["token"] as string;
}
