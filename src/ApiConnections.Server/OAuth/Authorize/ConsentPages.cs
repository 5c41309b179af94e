using ApiConnections.Server.Access;
using ApiConnections.Server.Console.Static;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.OAuth.Authorize;

/// <summary>One permission on the consent page.</summary>
/// <param name="IsRequired">The app cannot work without it: shown, and not to be unticked.</param>
/// <param name="IsNew">The person has neither granted nor declined it before, but has answered this app.</param>
internal sealed record Choice(string Scope, bool IsRequired, bool IsTicked, bool IsNew);

/// <summary>What the consent page shows.</summary>
/// <param name="AnotherAccount">Where somebody else can sign in and answer.</param>
/// <param name="Message">A key of the texts: why the page is shown again; null for the first time.</param>
internal sealed record ConsentView(AskingApp App, ModuleCatalogue Catalogue, Guid Request, IReadOnlyList<Choice> Choices, string AnotherAccount, string? Message)
{
    public string Name { get; } = DisplayText.Visible(App.Consumer.Name);

    /// <summary>The first letter of the app's name, as people see letters.</summary>
    public string Initial => Name.Length == 0 ? "?" : System.Globalization.StringInfo.GetNextTextElement(Name).ToUpperInvariant();

    public IEnumerable<IGrouping<string, Choice>> Modules => Choices.GroupBy(choice => Catalogue.ModuleOf(choice.Scope));

    /// <summary>Where people can read about the app, each with the key of its text; rows that were not written by us may hold anything.</summary>
    public IEnumerable<(string Text, string Address)> Links =>
        new[] { ("authorize.site", App.Consumer.Links.Url), ("authorize.privacy", App.Consumer.Links.PrivacyPolicyUrl), ("authorize.terms", App.Consumer.Links.EulaUrl) }
            .Where(link => link.Item2 is not null && DisplayText.WhyNotHttps("", link.Item2) is null)
            .Select(link => (link.Item1, link.Item2!));
}

/// <summary>What a page about an app says, where there is nothing to decide.</summary>
internal sealed record AnsweredView(string App);

/// <summary>A person of another company than the app's.</summary>
internal sealed record OtherCompany(string App, string AnotherAccount);

/// <summary>The pages of the consent.</summary>
internal sealed class ConsentPages(Pages pages, PageForms forms, People people, ModuleCatalogue catalogue)
{
    public ValueTask<SignedIn?> Person(HttpContext http) => people.Find(http);

    /// <inheritdoc cref="PageForms.Read"/>
    public Task<IFormCollection?> Read(HttpContext http) => forms.Read(http);

    public Task Ask(HttpContext http, AskingApp app, Guid request, IReadOnlyList<Choice> choices, string anotherAccount, string? message) =>
        pages.Write<ConsentPage, ConsentView>(http, new ConsentView(app, catalogue, request, choices, anotherAccount, message));

    public Task OtherCompany(HttpContext http, AskingApp app, string anotherAccount) =>
        pages.Write<OtherCompanyPage, OtherCompany>(http, new OtherCompany(app.Consumer.Name, anotherAccount), StatusCodes.Status403Forbidden);

    /// <inheritdoc cref="Pages.See"/>
    public void See(HttpContext http, string path) => pages.See(http, path);

    public Task Answered(HttpContext http, AskingApp app) => pages.Write<AnsweredPage, AnsweredView>(http, new AnsweredView(app.Consumer.Name));
}
