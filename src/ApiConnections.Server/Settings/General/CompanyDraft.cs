using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.General;

/// <summary>What stands in the form of a company while somebody types, as they typed it.</summary>
internal sealed class CompanyDraft
{
    public string Name { get; set; } = "";

    public string Language { get; set; } = "";

    public string TimeZone { get; set; } = "";

    public string Contact { get; set; } = "";

    /// <summary>Whether the company has links of its own; else those are shown that are the configuration's.</summary>
    public bool OwnLinks { get; set; }

    public List<LinkDraft> Links { get; } = [];

    /// <summary>What is wrong with it so far.</summary>
    public List<CompanyProblem> Problems { get; } = [];

    public CompanyEdit Typed => new(Name, Language, TimeZone, Contact) { Links = new LinksEdit(OwnLinks ? [.. Links.Select(link => link.Typed)] : null) };

    public static CompanyDraft Of(CompanyDetails details)
    {
        var company = details.Company;
        var draft = new CompanyDraft { Name = company.Name, Language = company.Language, TimeZone = company.TimeZone, Contact = company.Contact, OwnLinks = company.HostLinks is not null };
        draft.Links.AddRange(details.Links.Select(LinkDraft.Of));
        return draft;
    }

    public Sentence? Wrong(CompanyField field) => Problems.FirstOrDefault(problem => problem.Field == field && problem.Link is null)?.WhyNot;

    public Sentence? Wrong(int link, HostLinkField field) => Problems.FirstOrDefault(problem => problem.Link == (link, field))?.WhyNot;

    /// <summary>Something of it was typed anew.</summary>
    public void Mended(CompanyField field) => Problems.RemoveAll(problem => problem.Field == field && problem.Link is null);

    /// <inheritdoc cref="Mended(CompanyField)"/>
    public void Mended(int link, HostLinkField field) => Problems.RemoveAll(problem => problem.Link == (link, field));

    public void Add()
    {
        OwnLinks = true;
        Links.Add(new LinkDraft());
    }

    public void Remove(int at)
    {
        Links.RemoveAt(at);
        ForgetLinks();
    }

    public void Move(int at, int to)
    {
        var link = Links[at];
        Links.RemoveAt(at);
        Links.Insert(to, link);
        ForgetLinks();
    }

    // Their numbers are other ones now.
    private void ForgetLinks() => Problems.RemoveAll(problem => problem.Field == CompanyField.Links);
}

/// <summary>A link while somebody types.</summary>
internal sealed class LinkDraft
{
    public string Address { get; set; } = "";

    public string Icon { get; set; } = HostLink.AnyIcon;

    public string English { get; set; } = "";

    public string Spanish { get; set; } = "";

    public string Portuguese { get; set; } = "";

    public HostLink Typed => new(Address, Icon, English, Spanish, Portuguese);

    public static LinkDraft Of(HostLink link) => new() { Address = link.Address, Icon = link.Icon, English = link.English, Spanish = link.Spanish, Portuguese = link.Portuguese };
}
