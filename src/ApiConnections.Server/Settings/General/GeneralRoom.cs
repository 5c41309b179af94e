using System.CommandLine;
using ApiConnections.Server.Access;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.General;

internal static class GeneralRoom
{
    public static Room Room { get; } = new("Settings/General")
    {
        Services = services => services.AddSingleton<Companies>(),
        Commands = run => [CompanyCommand(run)],
    };

    private static Command CompanyCommand(CommandRunner run)
    {
        var name = new Argument<string>("NAME") { Description = "The company's name." };
        var which = new Argument<string?>("COMPANY") { Description = "Its name or id; may be left out where there is one company.", Arity = ArgumentArity.ZeroOrOne };
        var create = new Command("create", "Make a company.") { name };
        var suspend = new Command("suspend", "Refuse every request of the company's consumers; its tokens end.") { which };
        var resume = new Command("resume", "Let a suspended company go on.") { which };
        var on = new Command("on", "Switch API Connections on for the company.") { which };
        var off = new Command("off", "Switch API Connections off for the company; its tokens end.") { which };

        return new Command("company", "Companies of this installation.")
        {
            run.On(create, call => call.Service<Companies>().Create(CommandCall.Actor, call.Get(name)), company => Show(company, $"Company \"{company.Name}\" made: {company.Id}")),
            run.On(new Command("list", "List the companies."), call => call.Service<Companies>().List(), companies => View.Table(
                companies, Json, ["NAME", "ID", "STATUS", "API CONNECTIONS"], company => [company.Name, company.Id.ToString(), StatusOf(company), company.AddOn ? "on" : "off"])),
            run.On(suspend, call => call.Service<CompanyAccess>().SetStatus(CommandCall.Actor, call.Get(which), CompanyStatus.Suspended), company => Show(company, $"\"{company.Name}\" is suspended.")),
            run.On(resume, call => call.Service<CompanyAccess>().SetStatus(CommandCall.Actor, call.Get(which), CompanyStatus.Active), company => Show(company, $"\"{company.Name}\" is active.")),
            new Command("addon", "Switch API Connections on or off for a company.")
            {
                run.On(on, call => call.Service<CompanyAccess>().SetAddOn(CommandCall.Actor, call.Get(which), on: true), company => Show(company, $"API Connections is on for \"{company.Name}\".")),
                run.On(off, call => call.Service<CompanyAccess>().SetAddOn(CommandCall.Actor, call.Get(which), on: false), company => Show(company, $"API Connections is off for \"{company.Name}\".")),
            },
        };
    }

    private static View Show(Company company, string line) => new(Json(company), line);

    private static object Json(Company company) =>
        new { company.Id, company.Name, status = StatusOf(company), addon = company.AddOn, company.ModulesOff, company.CreatedAt };

    private static string StatusOf(Company company) => company.Status == CompanyStatus.Active ? "active" : "suspended";
}
