using System.CommandLine;
using ApiConnections.Server.Access;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.General;

internal static class CompanyCommands
{
    public static Command Company(CommandRunner run)
    {
        var name = new Argument<string>("NAME") { Description = "The company's name." };
        var which = new Argument<string?>("COMPANY") { Description = "Its name or id; may be left out where there is one company.", Arity = ArgumentArity.ZeroOrOne };
        var newName = new Option<string?>("--name") { Description = "Its new name." };
        var language = new Option<string?>("--language") { Description = "en, es or pt for people who chose none; browser where each one's browser decides." };
        var timeZone = new Option<string?>("--time-zone") { Description = "In which times are shown, for example America/Bogota, or its city alone." };
        var contact = new Option<string?>("--contact") { Description = "Whom people may ask, shown where they consent to an app; \"\" for nobody." };
        var suspend = new Command("suspend", "Refuse every request of the company's consumers; its tokens end.") { which };
        var resume = new Command("resume", "Let a suspended company go on.") { which };
        var on = new Command("on", "Switch API Connections on for the company.") { which };
        var off = new Command("off", "Switch API Connections off for the company; its tokens end.") { which };

        return new Command("company", "Companies of this installation.")
        {
            run.On(
                new Command("create", "Make a company.") { name },
                call => call.Service<Companies>().Create(CommandCall.Actor, call.Get(name)),
                company => Show(company, $"Company \"{company.Name}\" made: {company.Id}")),
            run.On(new Command("list", "List the companies."), call => call.Service<Companies>().List(), companies => View.Table(
                companies, Json, ["NAME", "ID", "STATUS", "API CONNECTIONS"], company => [company.Name, company.Id.ToString(), StatusOf(company), company.AddOn ? "on" : "off"])),
            run.On(new Command("show", "Show a company.") { which }, call => call.Service<Companies>().Show(CommandCall.Actor, call.Get(which)), Details),
            run.On(
                new Command("edit", "Edit a company: its name, language, time zone and contact.") { which, newName, language, timeZone, contact },
                call => call.Service<Companies>().Edit(CommandCall.Actor, call.Get(which), new CompanyEdit(call.Get(newName), call.Get(language), call.Get(timeZone), call.Get(contact))),
                details => new View(Json(details), $"Company \"{details.Company.Name}\" saved.")),
            Links(run),
            run.On(suspend, call => call.Service<CompanyAccess>().SetStatus(CommandCall.Actor, call.Get(which), CompanyStatus.Suspended), company => Show(company, $"\"{company.Name}\" is suspended.")),
            run.On(resume, call => call.Service<CompanyAccess>().SetStatus(CommandCall.Actor, call.Get(which), CompanyStatus.Active), company => Show(company, $"\"{company.Name}\" is active.")),
            new Command("addon", "Switch API Connections on or off for a company.")
            {
                run.On(on, call => call.Service<CompanyAccess>().SetAddOn(CommandCall.Actor, call.Get(which), on: true), company => Show(company, $"API Connections is on for \"{company.Name}\".")),
                run.On(off, call => call.Service<CompanyAccess>().SetAddOn(CommandCall.Actor, call.Get(which), on: false), company => Show(company, $"API Connections is off for \"{company.Name}\".")),
            },
        };
    }

    private static Command Links(CommandRunner run)
    {
        var company = new Option<string?>("--company") { Description = "The company's name or id; may be left out where there is one company." };
        var number = new Argument<int>("NUMBER") { Description = "Its place in the list, from 1." };
        var to = new Argument<int>("TO") { Description = "Its new place." };
        var place = new Option<int?>("--at") { Description = "Its place in the list; the last by default." };
        var address = new Option<string>("--address") { Description = "Where it leads: an https address.", Required = true };
        var icon = new Option<string>("--icon") { Description = $"One of {string.Join(", ", HostLink.Icons)}.", DefaultValueFactory = _ => HostLink.AnyIcon };
        var english = new Option<string>("--en") { Description = "Its label in English.", Required = true };
        var spanish = new Option<string>("--es") { Description = "Its label in Spanish.", Required = true };
        var portuguese = new Option<string>("--pt") { Description = "Its label in Portuguese.", Required = true };

        return new Command("link", "The product's own pages in the menu of the company's settings.")
        {
            run.On(new Command("list", "List them in their order.") { company }, call => call.Service<Companies>().Show(CommandCall.Actor, call.Get(company)), Listed),
            run.On(
                new Command("add", "Put one into the menu.") { company, address, icon, english, spanish, portuguese, place },
                call => call.Service<CompanyLinks>().Add(
                    CommandCall.Actor, call.Get(company), new HostLink(call.Get(address)!, call.Get(icon)!, call.Get(english)!, call.Get(spanish)!, call.Get(portuguese)!), call.Get(place)),
                Listed),
            run.On(new Command("remove", "Take one out of the menu.") { number, company }, call => call.Service<CompanyLinks>().Remove(CommandCall.Actor, call.Get(company), call.Get(number)), Listed),
            run.On(new Command("move", "Give one another place.") { number, to, company }, call => call.Service<CompanyLinks>().Move(CommandCall.Actor, call.Get(company), call.Get(number), call.Get(to)), Listed),
            run.On(new Command("reset", "Show those of the configuration again.") { company }, call => call.Service<CompanyLinks>().Reset(CommandCall.Actor, call.Get(company)), Listed),
        };
    }

    private static View Listed(CompanyDetails details)
    {
        var numbered = details.Links.Select((link, at) => (Number: at + 1, Link: link)).ToArray();
        return View.Table(
            numbered, row => Json(row.Link), ["NUMBER", "ICON", "ENGLISH", "SPANISH", "PORTUGUESE", "ADDRESS"],
            row => [$"{row.Number}", row.Link.Icon, row.Link.English, row.Link.Spanish, row.Link.Portuguese, row.Link.Address]);
    }

    private static View Details(CompanyDetails details) => new(
        Json(details),
        $"Name              {details.Company.Name}",
        $"Id                {details.Company.Id}",
        $"Status            {StatusOf(details.Company)}",
        $"API Connections   {(details.Company.AddOn ? "on" : "off")}",
        $"Language          {LanguageOf(details.Company)}",
        $"Time zone         {details.Company.TimeZone}",
        $"Contact           {(details.Company.Contact.Length > 0 ? details.Company.Contact : "–")}",
        $"Links             {details.Links.Count}{(details.Company.HostLinks is null ? ", of the configuration" : "")}");

    private static View Show(Company company, string line) => new(Json(company), line);

    private static object Json(Company company) =>
        new { company.Id, company.Name, status = StatusOf(company), addon = company.AddOn, company.ModulesOff, company.CreatedAt };

    private static object Json(CompanyDetails details) => new
    {
        details.Company.Id,
        details.Company.Name,
        status = StatusOf(details.Company),
        addon = details.Company.AddOn,
        details.Company.ModulesOff,
        details.Company.CreatedAt,
        language = LanguageOf(details.Company),
        details.Company.TimeZone,
        details.Company.Contact,
        own_links = details.Company.HostLinks is not null,
        links = details.Links.Select(Json),
    };

    private static object Json(HostLink link) => new { link.Address, link.Icon, en = link.English, es = link.Spanish, pt = link.Portuguese };

    private static string LanguageOf(Company company) => company.Language.Length > 0 ? company.Language : CompanyFields.Browser;

    private static string StatusOf(Company company) => company.Status == CompanyStatus.Active ? "active" : "suspended";
}
