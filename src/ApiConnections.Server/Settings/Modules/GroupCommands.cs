using System.CommandLine;
using ApiConnections.Server.Hosting;
using ApiConnections.Server.Model;

namespace ApiConnections.Server.Settings.Modules;

internal static class GroupCommands
{
    public static Command Group(CommandRunner run)
    {
        var company = CompanyOption();
        var name = new Option<string>("--name") { Description = "The group's name.", Required = true };
        var newName = new Option<string?>("--name") { Description = "Its new name." };
        var description = new Option<string?>("--description") { Description = "What it is for." };
        var scopes = new Option<string>("--scopes") { Description = "What it allows, for example \"tasks:view assets:view\".", Required = true };
        var newScopes = new Option<string?>("--scopes") { Description = "What it allows from now on." };
        var readOnly = new Option<bool>("--read-only") { Description = "Keep only view and reports of the scopes." };
        var newReadOnly = new Option<bool?>("--read-only") { Description = "true or false." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Change nothing; say what it would take away." };
        var which = new Argument<string>("NAME") { Description = "The group's name." };

        return new Command("group", "Permission groups: what consumers and people may do at most.")
        {
            run.On(
                new Command("create", "Make a permission group.") { company, name, description, scopes, readOnly },
                call => call.Service<Groups>().Create(CommandCall.Actor, call.Get(company), call.Get(name), call.Get(scopes), call.Get(readOnly), call.Get(description)),
                group => new View(Json(group), $"Group \"{group.Name}\" made.")),
            run.On(
                new Command("list", "List the permission groups of a company.") { company },
                call => call.Service<Groups>().List(CommandCall.Actor, call.Get(company)),
                groups => View.Table([.. groups.Select(details => details.Group)], Json, ["NAME", "READ-ONLY", "SCOPES"], group => [group.Name, group.ReadOnly ? "yes" : "no", group.Scopes.ToString()])),
            run.On(
                new Command("show", "Show a permission group and who uses it.") { which, company },
                call => call.Service<Groups>().Show(CommandCall.Actor, call.Get(company), call.Get(which)!),
                details => new View(
                    new { details.Group.Id, details.Group.Name, details.Group.ReadOnly, scopes = details.Group.Scopes.ToString(), allowed = details.Allowed.ToString(), details.Consumers, details.Users },
                    $"Name        {details.Group.Name}",
                    $"Read-only   {(details.Group.ReadOnly ? "yes" : "no")}",
                    $"Scopes      {details.Group.Scopes}",
                    $"Allows      {details.Allowed}",
                    $"Used by     {details.Consumers} consumers, {details.Users} people")),
            run.On<object>(
                new Command("edit", "Edit a permission group; a narrowing ends the tokens of those who are in it.") { which, company, newName, description, newScopes, newReadOnly, dryRun },
                async call =>
                {
                    var edit = new GroupEdit(call.Get(newName), call.Get(newScopes), call.Get(newReadOnly)) { Description = call.Get(description) };
                    if (call.Get(dryRun))
                        return (await call.Service<Groups>().Foresee(CommandCall.Actor, call.Get(company), call.Get(which)!, edit)).TryGet(out var foreseen, out var refusal) ? foreseen : refusal;

                    return (await call.Service<Groups>().Edit(CommandCall.Actor, call.Get(company), call.Get(which)!, edit)).TryGet(out var group, out var whyNot) ? group : whyNot;
                },
                done => done is ForeseenNarrowing foreseen ? Show(foreseen) : new View(Json((PermissionGroup)done), $"Group \"{((PermissionGroup)done).Name}\" saved.")),
            run.On(
                new Command("delete", "Delete a permission group that nobody uses.") { which, company },
                call => call.Service<Groups>().Delete(CommandCall.Actor, call.Get(company), call.Get(which)!),
                group => new View(Json(group), $"Group \"{group.Name}\" deleted.")),
        };
    }

    public static Command Module(CommandRunner run)
    {
        var company = CompanyOption();
        var which = new Argument<string>("NAME") { Description = "The module's name in the catalogue." };
        return new Command("module", "The modules of the product, which a company can switch off as a whole.")
        {
            run.On(
                new Command("list", "List the modules with their scopes.") { company },
                call => call.Service<CompanyModules>().List(CommandCall.Actor, call.Get(company)),
                modules => View.Table(modules, Json, ["MODULE", "ON", "SCOPES"], module => [module.Module.Name, module.On ? "yes" : "no", string.Join(' ', Scopes(module.Module))])),
            run.On(
                new Command("on", "Switch a module on.") { which, company },
                call => call.Service<CompanyModules>().Switch(CommandCall.Actor, call.Get(company), call.Get(which)!, on: true),
                module => new View(Json(module), $"Module \"{module.Module.Name}\" is on.")),
            run.On(
                new Command("off", "Switch a module off; the company's tokens end, its next ones lack its scopes.") { which, company },
                call => call.Service<CompanyModules>().Switch(CommandCall.Actor, call.Get(company), call.Get(which)!, on: false),
                module => new View(Json(module), $"Module \"{module.Module.Name}\" is off.")),
        };
    }

    private static Option<string?> CompanyOption() => new("--company") { Description = "The company's name or id; may be left out where there is one company." };

    private static IEnumerable<string> Scopes(Model.Module module) => module.Scopes.Keys.Select(action => $"{module.Name}:{action}");

    private static View Show(ForeseenNarrowing foreseen)
    {
        string[] lines = foreseen.Lost.Count == 0
            ? ["Nobody would lose anything."]
            : [
                $"The access tokens of {foreseen.Consumers} consumers and {foreseen.Users} people would end; the next ones would have less:",
                .. foreseen.Lost.Select(lost => $"{lost.Scope}  in {lost.Authorizations} app authorizations"),
            ];
        return new View(new { lost = foreseen.Lost.Select(lost => new { lost.Scope, lost.Authorizations }), foreseen.Consumers, foreseen.Users }, lines);
    }

    private static object Json(PermissionGroup group) => new { group.Id, group.Name, group.ReadOnly, scopes = group.Scopes.ToString() };

    private static object Json(CompanyModule module) => new { module.Module.Name, module.On, module.Module.Title, scopes = Scopes(module.Module) };
}
