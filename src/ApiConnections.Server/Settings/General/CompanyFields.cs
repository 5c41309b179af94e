using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.General;

/// <summary>The fields of a company that something can be wrong with.</summary>
internal enum CompanyField
{
    Name,
    Language,
    TimeZone,
    Contact,
    Links,
}

/// <summary>What is wrong with a field.</summary>
/// <param name="Link">Which of the links, from 0, and which of its fields; null where it is none of them.</param>
internal sealed record CompanyProblem(CompanyField Field, Sentence WhyNot, (int At, HostLinkField Field)? Link = null);

/// <summary>The rules for the fields of a company, each with its sentence.</summary>
internal static class CompanyFields
{
    public const int LongestContact = 200;
    public const int MostLinks = 20;

    /// <summary>What it is called where the language is left to the browser of each person.</summary>
    public const string Browser = "browser";

    /// <summary>What is wrong, field by field, so that a form can say it beside each; nothing where it can be taken.</summary>
    public static IEnumerable<CompanyProblem> Problems(CompanyEdit edit)
    {
        if (edit.Name is { } name && DisplayText.Read("The name", name, DisplayText.LongestName, required: true).WhyNot is { } notName)
            yield return new(CompanyField.Name, notName);
        if (edit.Language is { } language && language is not "" and not Browser && !ModuleCatalogue.Languages.Contains(language))
            yield return new(CompanyField.Language, "The language is en, es or pt, or browser where each person's browser decides.");
        if (edit.TimeZone is { } zone && TimeZones.Find(zone) is null)
            yield return new(CompanyField.TimeZone, $"\"{DisplayText.Visible(zone, TimeZones.Longest)}\" is no time zone; choose one such as America/Bogota or UTC.");
        if (edit.Contact is { } contact && DisplayText.Read("The contact", contact, LongestContact, required: false).WhyNot is { } notContact)
            yield return new(CompanyField.Contact, notContact);
        foreach (var problem in Problems(edit.Links?.To ?? []))
            yield return problem;
    }

    /// <summary>The company with what was typed in it, which has no problem.</summary>
    public static Company Apply(Company company, CompanyEdit edit) => company with
    {
        Name = edit.Name is { } name ? DisplayText.Read("The name", name, DisplayText.LongestName, required: true).Text! : company.Name,
        Language = edit.Language is { } language ? (language == Browser ? "" : language) : company.Language,
        TimeZone = edit.TimeZone is { } zone ? TimeZones.Find(zone)!.Id : company.TimeZone,
        Contact = edit.Contact is { } contact ? DisplayText.Read("The contact", contact, LongestContact, required: false).Text! : company.Contact,
        HostLinks = edit.Links is { } links ? links.To?.Select(link => link.Normal()).ToArray() : company.HostLinks,
    };

    private static IEnumerable<CompanyProblem> Problems(IReadOnlyList<HostLink> links)
    {
        if (links.Count > MostLinks)
            yield return new(CompanyField.Links, $"A company has at most {MostLinks} links in the menu.");

        for (var at = 0; at < links.Count; at++)
        {
            foreach (var (field, whyNot) in links[at].Problems())
                yield return new(CompanyField.Links, whyNot, (at, field));
        }
    }
}
