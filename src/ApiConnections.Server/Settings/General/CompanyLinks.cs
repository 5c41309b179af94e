using ApiConnections.Protocol;
using ApiConnections.Server.Access;
using ApiConnections.Server.Audit;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.General;

/// <summary>One link of a company's menu after the other; whoever has none of their own begins with those of the configuration.</summary>
internal sealed class CompanyLinks(Companies companies)
{
    /// <param name="to">Its place, from 1; null for the last.</param>
    public Task<Outcome<CompanyDetails>> Add(Actor actor, string? companyName, HostLink link, int? to) => Change(actor, companyName, links =>
    {
        if (WhyNot(to, links.Count + 1) is { } whyNot)
            return whyNot;

        links.Insert((to ?? (links.Count + 1)) - 1, link);
        return null;
    });

    /// <param name="number">Its place, from 1.</param>
    public Task<Outcome<CompanyDetails>> Remove(Actor actor, string? companyName, int number) => Change(actor, companyName, links =>
    {
        if (WhyNot(number, links.Count) is { } whyNot)
            return whyNot;

        links.RemoveAt(number - 1);
        return null;
    });

    public Task<Outcome<CompanyDetails>> Move(Actor actor, string? companyName, int number, int to) => Change(actor, companyName, links =>
    {
        if ((WhyNot(number, links.Count) ?? WhyNot(to, links.Count)) is { } whyNot)
            return whyNot;

        var link = links[number - 1];
        links.RemoveAt(number - 1);
        links.Insert(to - 1, link);
        return null;
    });

    /// <summary>Those of the configuration again.</summary>
    public Task<Outcome<CompanyDetails>> Reset(Actor actor, string? companyName) => companies.Edit(actor, companyName, new CompanyEdit { Links = new LinksEdit(null) });

    private Task<Outcome<CompanyDetails>> Change(Actor actor, string? companyName, Func<List<HostLink>, Refusal?> change) => companies.Edit(actor, companyName, details =>
    {
        var links = details.Links.ToList();
        return change(links) is { } whyNot ? whyNot : new CompanyEdit { Links = new LinksEdit(links) };
    });

    private static Refusal? WhyNot(int? place, int last)
    {
        if (place is null or >= 1 && (place ?? 1) <= last)
            return null;

        return Refused.NotFound($"There is no link {place}; they are numbered from 1 to {last}.");
    }
}
